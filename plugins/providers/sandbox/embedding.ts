/** Vectors for texts: the same for the same text, alike for texts that share words, always of length 1. */

import { type Attempting, loomError, type Part } from "../../../src/plugin.ts";
import { usageOf } from "./answer.ts";
import { hash } from "./hash.ts";
import type { Params } from "./params.ts";
import type { Tokenizer } from "./tokens.ts";

export function embeddingParts(
  { call, target }: Attempting,
  params: Params,
  tokenizer: Tokenizer,
): readonly Part[] {
  const { input = [] } = call;
  if (input.length === 0) {
    const details = { provider: target.provider, model: target.model };
    throw loomError(
      "invalid-request",
      "input: is empty; give at least one text to embed",
      { path: "input" },
      details,
    );
  }
  const tokens = input.reduce((sum, text) => sum + tokenizer.count(text), 0);
  return [
    { type: "response", model: target.upstreamModel },
    ...input.map((text, index): Part => ({
      type: "embedding",
      index,
      vector: vectorOf(text, params.dimensions),
    })),
    { type: "usage", usage: usageOf(tokens, 0, params) },
  ];
}

/** Each word, and each run of three letters in it, pulls at one dimension: word by word as real vectors are alike. */
export function vectorOf(text: string, dimensions: number): readonly number[] {
  const vector = new Array<number>(dimensions).fill(0);
  const pull = (feature: string, weight: number) => {
    const seed = hash(feature);
    const at = seed % dimensions;
    vector[at] = (vector[at] ?? 0) + ((seed >>> 16) & 1 ? weight : -weight);
  };
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    pull(word, 1);
    for (let index = 0; index + 3 <= word.length; index++) pull(`:${word.slice(index, index + 3)}`, 0.5);
  }
  let length = Math.hypot(...vector);
  if (length === 0) {
    // No words, or pulls that cancel each other out: a direction of its own.
    vector[hash(text) % dimensions] = 1;
    length = 1;
  }
  return vector.map((value) => value / length);
}
