/** Reads fields of a request that nobody has checked; what does not fit is an error that names the field as the caller wrote it. */

import type { Json, JsonObject } from "../../../contract/index.ts";
import { type LoomError, loomError } from "../../../errors/index.ts";

type Value = Json | undefined;

export function invalid(path: string, what: string): LoomError {
  return loomError("invalid-request", `${path}: ${what}`, { path });
}

/** Whether nothing was said: clients write `null` for what they leave out. */
export function isAbsent(value: Value): value is null | undefined {
  return value === undefined || value === null;
}

export function objectAt(value: Value, path: string): JsonObject {
  if (typeof value === "object" && value !== null && !isList(value)) return value;
  throw invalid(path, `must be an object, not ${kindOf(value)}`);
}

export function listAt(value: Value, path: string): readonly Json[] {
  if (isList(value)) return value;
  throw invalid(path, `must be a list, not ${kindOf(value)}`);
}

export function textAt(value: Value, path: string): string {
  if (typeof value === "string") return value;
  throw invalid(path, `must be a string, not ${kindOf(value)}`);
}

/** A string that says something. */
export function nameAt(value: Value, path: string): string {
  const text = textAt(value, path);
  if (text === "") throw invalid(path, "must not be empty");
  return text;
}

export function optionalText(value: Value, path: string): string | undefined {
  return isAbsent(value) ? undefined : textAt(value, path);
}

export function optionalFlag(value: Value, path: string): boolean | undefined {
  if (isAbsent(value)) return undefined;
  if (typeof value === "boolean") return value;
  throw invalid(path, `must be true or false, not ${kindOf(value)}`);
}

export function optionalNumber(value: Value, path: string): number | undefined {
  if (isAbsent(value)) return undefined;
  if (typeof value === "number") return value;
  throw invalid(path, `must be a number, not ${kindOf(value)}`);
}

export function optionalCount(value: Value, path: string): number | undefined {
  const count = optionalNumber(value, path);
  if (count === undefined || (Number.isSafeInteger(count) && count > 0)) return count;
  throw invalid(path, "must be a whole number from 1");
}

export function optionalObject(value: Value, path: string): JsonObject | undefined {
  return isAbsent(value) ? undefined : objectAt(value, path);
}

/** `Array.isArray` does not narrow readonly lists. */
export function isList(value: Value): value is readonly Json[] {
  return Array.isArray(value);
}

/** What a value is, without saying it: it may be a prompt. */
function kindOf(value: Value): string {
  if (value === undefined) return "absent";
  if (value === null) return "null";
  if (isList(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
