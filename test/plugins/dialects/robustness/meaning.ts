/** What a caller takes away of an answer, so that two decodings can be held against each other. */

import type { Part } from "../../../../src/contract/part.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import type { Outcome } from "./sample.ts";

/** Texts and calls: what must stay when only data about the answer are touched. */
export function wordsOf({ parts }: Outcome): unknown {
  return [said(parts), parts.flatMap((part) => part.type === "tool-call" ? [call(part)] : [])];
}

/** As `wordsOf`, and why it ended. */
export function endedWordsOf(outcome: Outcome): unknown {
  return [
    wordsOf(outcome),
    outcome.parts.flatMap((part) => part.type === "finish" ? [[part.choice ?? 0, part.reason]] : []),
  ];
}

/** Everything that a caller sees, but the vendor's own objects. */
export function meaningOf(outcome: Outcome): unknown {
  const { parts, error } = outcome;
  return {
    words: endedWordsOf(outcome),
    error: LoomError.is(error) ? error.code : error,
    ids: parts.flatMap((part) => part.type === "tool-call" ? [part.id] : []),
    signatures: parts.flatMap((part) =>
      (part.type === "reasoning" || part.type === "text") && part.signature !== undefined
        ? [part.signature]
        : []
    ),
    usage: parts.findLast((part) => part.type === "usage")?.usage,
    citations: parts.flatMap((part) => {
      if (part.type !== "citation") return [];
      const { raw: _, ...citation } = part.citation;
      return [citation];
    }),
    media: parts.filter(({ type }) => silent.has(type)),
    transcript: parts.flatMap((part) => part.type === "transcript" ? [part.text] : []),
  };
}

const silent: ReadonlySet<string> = new Set(["image", "video", "audio", "embedding", "rank", "moderation"]);

function said(parts: readonly Part[]): Readonly<Record<string, string>> {
  const words: Record<string, string> = {};
  for (const part of parts) {
    if (part.type !== "text" && part.type !== "reasoning" && part.type !== "refusal") continue;
    if (part.text === "") continue;
    const key = `${part.type} ${part.choice ?? 0}`;
    words[key] = (words[key] ?? "") + part.text;
  }
  return words;
}

function call(part: Extract<Part, { readonly type: "tool-call" }>): unknown {
  return [part.choice ?? 0, part.index, part.name, part.arguments];
}
