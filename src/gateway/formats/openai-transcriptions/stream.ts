/** Writes what was said as events. Vendors' answers come whole, so there is one delta for each transcript. */

import type { JsonObject, Part } from "../../../contract/index.ts";
import type { AnswerFacts, StreamWriter } from "../../format.ts";
import { asObject, ofType, usageOf } from "../answer-parts.ts";
import { eventOf, openaiFaults } from "../openai-faults.ts";
import { said, transcriptOf, usageField } from "./answer.ts";

export function streamTranscript(facts: AnswerFacts): StreamWriter {
  const kept: Part[] = [];
  return {
    parts(batch) {
      kept.push(...ofType(batch, "transcript"), ...ofType(batch, "usage"));
      return ofType(batch, "transcript").map(({ text, raw }) =>
        segmentsOf(asObject(raw) ?? {}).map(eventOf).join("") +
        (text === "" ? "" : eventOf({ type: "transcript.text.delta", delta: text }))
      ).join("");
    },
    end(outcome) {
      if (outcome.status !== "ok") {
        return openaiFaults.errorEvent(outcome.error, outcome.error.status, facts.callId);
      }
      const { text, raw } = transcriptOf(kept);
      return eventOf({
        type: "transcript.text.done",
        text,
        ...said(raw),
        ...usageField(usageOf(kept, facts)),
      });
    },
  };
}

/** Who said what when: of recordings with several speakers. */
function segmentsOf({ segments }: JsonObject): readonly JsonObject[] {
  if (!Array.isArray(segments)) return [];
  return segments.flatMap((entry) => {
    const segment = asObject(entry);
    return segment?.["type"] === "transcript.text.segment" ? [segment] : [];
  });
}
