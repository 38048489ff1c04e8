/** Reads fields that hold one text or several. */

import type { Json } from "../../contract/index.ts";
import { invalid } from "./field-checks.ts";

/** @throws LoomError `invalid-request`, when it is no text and no list of texts, or has none, or too many */
export function textList(value: Json | undefined, name: string, max: number): readonly string[] {
  if (typeof value === "string") return [value];
  const list = listOf(value, name, max, "a text or a list of texts");
  const wrong = list.findIndex((entry) => typeof entry !== "string");
  if (wrong >= 0) throw invalid(`${name}[${wrong}]`, "must be a text");
  return list as readonly string[];
}

/** @throws LoomError `invalid-request` */
export function listOf(value: Json | undefined, name: string, max: number, what: string): readonly Json[] {
  if (value === undefined) throw invalid(name, `is missing; give ${what}`);
  if (!Array.isArray(value)) throw invalid(name, `must be ${what}`);
  if (value.length === 0) throw invalid(name, "must not be empty");
  if (value.length > max) throw invalid(name, `has ${value.length} entries, and ${max} are the most`);
  return value;
}
