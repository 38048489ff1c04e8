/** JSON schemas that Bedrock can hold a model to. */

import type { Json, JsonObject } from "../../../src/plugin.ts";

/** Keywords that Bedrock compiles; it refuses bounds of numbers and lists, and objects that are open. */
const keywords: ReadonlySet<string> = new Set([
  ..."$schema $ref $defs definitions title description type enum const anyOf allOf properties required".split(
    " ",
  ),
  ..."additionalProperties items format default".split(" "),
]);

/** Whether Bedrock compiles the schema: every object in it says which properties it has, and has no others. */
export function isClosed(value: Json | undefined, depth = 0): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value) || depth > 64) return false;
  const schema = value as JsonObject;
  if (!Object.keys(schema).every((keyword) => keywords.has(keyword))) return false;
  const { properties, items, anyOf, allOf, $defs, definitions } = schema;
  const isObject = schema["type"] === "object" || properties !== undefined;
  if (isObject && schema["additionalProperties"] !== false) return false;
  const inner = [properties, $defs, definitions].flatMap((named) => Object.values(named ?? {}) as Json[]);
  if (items !== undefined) inner.push(items);
  for (const list of [anyOf, allOf]) if (Array.isArray(list)) inner.push(...list as Json[]);
  return inner.every((entry) => isClosed(entry, depth + 1));
}
