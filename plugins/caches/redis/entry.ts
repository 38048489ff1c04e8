/** How an answer stands in Redis: as JSON, and trusted only after a look at its shape, because anyone may write there. */

import type { CachedAnswer } from "../../../src/plugin.ts";

/** The answer is larger than the cache wants to store. */
export class EntryTooLarge extends Error {}

/** @throws EntryTooLarge */
export function writeEntry(answer: unknown, maxBytes: number): string {
  const text = JSON.stringify(answer);
  // A UTF-16 unit is at most three bytes of UTF-8, so most texts need no counting.
  if (text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes) {
    throw new EntryTooLarge();
  }
  return text;
}

/**
 * Reads an entry in the form that Keyv expects; `undefined` for anything that is not an answer. It carries no expiry of
 * Keyv's: Redis counts the time, so that machines whose clocks differ agree.
 */
export function readEntry(text: string): { readonly value: CachedAnswer } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // broken off or foreign: the same as absent
  }
  return isAnswer(value) ? { value } : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function isAnswer(value: unknown): value is CachedAnswer {
  if (!isObject(value) || !isObject(value.target) || !Array.isArray(value.parts)) return false;
  const { target, parts, nanoUsd, callId, storedAtMs } = value;
  return [target.provider, target.modality, target.model, target.upstreamModel, callId].every(isString) &&
    (nanoUsd === null || typeof nanoUsd === "number") &&
    typeof storedAtMs === "number" &&
    parts.every((part: unknown) => isObject(part) && isString(part.type));
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}
