/** Writes what was said as JSON, as a plain text or as subtitles. */

import { Buffer } from "node:buffer";
import type { Json, JsonObject, Part, Usage } from "../../../contract/index.ts";
import { loomError } from "../../../errors/index.ts";
import type { AnswerFacts, Written } from "../../format.ts";
import { asObject, ofType, usageOf } from "../answer-parts.ts";

const asText = "text/plain; charset=utf-8";

/** @throws LoomError `unsupported`, where the vendor did not give the times that the asked form needs */
export function writeTranscript(parts: readonly Part[], facts: AnswerFacts): Written {
  const { text, raw } = transcriptOf(parts);
  const format = facts.body["response_format"];
  switch (format) {
    case "text":
      return { bytes: Buffer.from(text, "utf8"), contentType: asText };
    case "srt":
    case "vtt":
      // Subtitles are made by the vendor; what has no times in it is none, unless nothing was said.
      if (text !== "" && !text.includes("-->") && !text.startsWith("WEBVTT")) throw untimed(facts, format);
      return { bytes: Buffer.from(text, "utf8"), contentType: asText };
    case "verbose_json":
    case "diarized_json":
      if (!Array.isArray(raw["segments"]) && !Array.isArray(raw["words"])) throw untimed(facts, format);
      return { json: { task: "transcribe", ...raw, text } };
    default:
      return { json: { text, ...said(raw), ...usageField(usageOf(parts, facts)) } };
  }
}

/** All that was said, and the vendor's body where it came. */
export function transcriptOf(parts: readonly Part[]): { text: string; raw: JsonObject } {
  const transcripts = ofType(parts, "transcript");
  return {
    text: transcripts.map(({ text }) => text).join(""),
    raw: asObject(transcripts[0]?.raw) ?? {},
  };
}

/** What OpenAI says beside the text, when it was asked to. */
export function said({ logprobs, languages }: JsonObject): JsonObject {
  return {
    ...(Array.isArray(logprobs) && { logprobs }),
    ...(Array.isArray(languages) && { languages }),
  };
}

/** By tokens or by seconds, as it is billed. */
export function usageField(usage: Usage | undefined): { readonly usage?: Json } {
  if (usage === undefined) return {};
  const { inputTokens, outputTokens, inputAudioTokens, totalTokens, seconds } = usage;
  if (totalTokens === 0) return seconds === undefined ? {} : { usage: { type: "duration", seconds } };
  return {
    usage: {
      type: "tokens",
      input_tokens: inputTokens,
      ...(inputAudioTokens !== undefined && {
        input_token_details: { audio_tokens: inputAudioTokens, text_tokens: inputTokens - inputAudioTokens },
      }),
      output_tokens: outputTokens,
      total_tokens: totalTokens,
    },
  };
}

function untimed({ provider, model }: AnswerFacts, format: string): Error {
  const message = `response_format: ${provider} gave no times for ${format}; ask for json or text`;
  return loomError("unsupported", message, { feature: format }, { provider, model });
}
