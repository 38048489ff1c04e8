/** Checks of a request's fields, in the words and with the paths of Anthropic's own API: `messages.3.content.0.source`. */

import type { Json, JsonObject } from "../../../contract/index.ts";
import { type LoomError, loomError } from "../../../errors/index.ts";

type Given = Json | undefined;

export function invalid(path: string, what: string): LoomError {
  return loomError("invalid-request", `${path}: ${what}`, { path });
}

/** `undefined` and `null` say nothing. */
export function isGiven(value: Given): value is Exclude<Json, null> {
  return value !== undefined && value !== null;
}

export function isObject(value: Given): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectAt(value: Given, path: string): JsonObject {
  if (isObject(value)) return value;
  throw wrong(value, path, "a valid object");
}

export function listAt(value: Given, path: string): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw wrong(value, path, "a valid list");
}

export function textAt(value: Given, path: string): string {
  if (typeof value === "string") return value;
  throw wrong(value, path, "a valid string");
}

export function numberAt(value: Given, path: string): number {
  if (typeof value === "number") return value;
  throw wrong(value, path, "a valid number");
}

export function booleanAt(value: Given, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw wrong(value, path, "a valid boolean");
}

export function wrong(value: Given, path: string, expected: string): LoomError {
  return invalid(path, value === undefined ? "Field required" : `Input should be ${expected}`);
}

/**
 * Fields beside those that a reader has taken; `undefined` when they say nothing.
 * @param rest made by destructuring, so that a key `__proto__` is a key like any other
 */
export function extraOf(rest: JsonObject): JsonObject | undefined {
  let given = 0;
  let empty = 0;
  for (const name in rest) {
    if (isGiven(rest[name])) given++;
    else empty++;
  }
  if (given === 0) return undefined;
  return empty === 0 ? rest : Object.fromEntries(Object.entries(rest).filter(([, value]) => isGiven(value)));
}
