/** Tells which JSON Schemas OpenAI's strict mode takes, where every object is closed and has no optional properties. */

import type { Json, JsonObject } from "../contract/json.ts";

const known = new WeakMap<JsonObject, boolean>();

/** Keywords that strict modes take; one of another name in a strict schema makes the vendor refuse the call. */
const strictKeywords: ReadonlySet<string> = new Set([
  ..."$schema $ref $defs definitions title description type enum const anyOf properties required".split(" "),
  ..."additionalProperties items minItems maxItems pattern format multipleOf".split(" "),
  ..."minimum maximum exclusiveMinimum exclusiveMaximum".split(" "),
]);

/** Whether the vendor can be held to the schema. Answers are kept, since one schema serves many calls. */
export function isStrictSchema(schema: JsonObject): boolean {
  let answer = known.get(schema);
  if (answer === undefined) {
    answer = schema["type"] === "object" && fitsStrictMode(schema, 0);
    known.set(schema, answer);
  }
  return answer;
}

/** A schema's name as OpenAI takes it: letters, digits, `_` and `-`, at most 64. */
export function schemaName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64) || "output";
}

function fitsStrictMode(value: Json | undefined, depth: number): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value) || depth > 64) return false;
  const schema = value as JsonObject;
  if (!Object.keys(schema).every((keyword) => strictKeywords.has(keyword))) return false;
  const { properties, items, anyOf, $defs, definitions } = schema;
  if (properties !== undefined || schema["type"] === "object") {
    const required = schema["required"];
    const names = Object.keys((properties ?? {}) as JsonObject);
    if (schema["additionalProperties"] !== false) return false;
    if (!names.every((name) => Array.isArray(required) && required.includes(name))) return false;
  }
  const inner: Json[] = [properties, $defs, definitions].flatMap((named) =>
    Object.values(named ?? {}) as Json[]
  );
  if (items !== undefined) inner.push(items);
  if (Array.isArray(anyOf)) inner.push(...anyOf as Json[]);
  return inner.every((entry) => fitsStrictMode(entry, depth + 1));
}
