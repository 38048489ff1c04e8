/** The object that a row of JSON is, and its id. */

import type { Json } from "../../../contract/json.ts";
import { rowFault } from "../faults.ts";
import type { RowPlace } from "../faults.ts";
import { lineEnds } from "../raw-row.ts";

/** @throws LoomError `invalid-request`, when the text is no JSON or no object */
export function rowObject(text: string, place: RowPlace): Record<string, Json> {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw rowFault(place, `it is no valid JSON: ${syntaxProblem(error, text, place.line)}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, Json>;
  }
  throw rowFault(place, `it is ${kindOf(value)}; each row is an object, such as {"id": "a", "prompt": "…"}`);
}

/** What the engine says, without the piece of the text that some of its messages quote. */
function syntaxProblem(error: unknown, text: string, line: number): string {
  const message = error instanceof Error ? error.message : "";
  const [, problem, position] = /^([^"]*?)(?: in JSON| after JSON)? at position (\d+)/.exec(message) ?? [];
  if (problem === undefined || problem.startsWith("Unexpected token")) {
    return message.startsWith("Unexpected end")
      ? "it ends too early"
      : "there is a character that may not be there";
  }
  const where = text.includes("\n")
    ? `on line ${line + lineEnds(text.slice(0, Number(position)))}`
    : `at column ${Number(position) + 1}`;
  return `${problem.charAt(0).toLowerCase()}${problem.slice(1)}, ${where}`;
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

/** A number becomes its text. @returns `undefined`: the row has none that identifies anything */
export function idOf({ id }: Readonly<Record<string, Json>>, text: string): string | undefined {
  if (typeof id === "string") return id === "" ? undefined : id;
  if (typeof id !== "number") return undefined;
  return Number.isInteger(id) && !Number.isSafeInteger(id) ? exactId(text) ?? String(id) : String(id);
}

/** Large numbers lose digits as numbers, and two ids would become one. */
function exactId(text: string): string | undefined {
  const sources = new Map<unknown, string | undefined>();
  let found: string | undefined;
  const reviver = function (this: unknown, key: string, value: unknown, context?: { source?: string }) {
    if (key === "id") sources.set(this, context?.source);
    if (key === "") found = sources.get(value);
    return value;
  };
  JSON.parse(text, reviver);
  return found;
}
