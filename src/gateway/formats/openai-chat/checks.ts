/** Questions that readers of requests ask of JSON that nobody has checked, and the error when the answer is no. */

import type { Json, JsonObject } from "../../../contract/index.ts";
import { loomError } from "../../../errors/index.ts";

/** The error of a field that cannot be understood; `path` as the caller wrote it. Values are never repeated. */
export function invalid(path: string, what: string): Error {
  return loomError("invalid-request", `${path}: ${what}`, { path });
}

/** `undefined` for `null` too: OpenAI's clients send it for what they have nothing to say about. */
export function given(value: Json | undefined): Json | undefined {
  return value === null ? undefined : value;
}

export function objectAt(value: Json | undefined, path: string): JsonObject {
  if (isObject(value)) return value;
  throw invalid(path, `must be an object, not ${kindOf(value)}`);
}

export function listAt(value: Json | undefined, path: string): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw invalid(path, `must be a list, not ${kindOf(value)}`);
}

export function textAt(value: Json | undefined, path: string): string {
  if (typeof value === "string") return value;
  throw invalid(path, `must be a string, not ${kindOf(value)}`);
}

/** A text that names something. */
export function nameAt(value: Json | undefined, path: string): string {
  const text = textAt(value, path);
  if (text === "") throw invalid(path, "must not be empty");
  return text;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a value is, without saying what it holds. */
export function kindOf(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
