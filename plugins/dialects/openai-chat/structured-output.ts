/** Asks for an answer of a given form, in the way the vendor can be asked. */

import type { Json, JsonObject, Manifest, OutputFormat } from "../../../src/plugin.ts";
import type { Body } from "./params.ts";

/** Writes the wish for structured output into a body whose messages are encoded already. */
export function writeOutput(output: OutputFormat, body: Body, messages: Json[], manifest: Manifest): void {
  const way = manifest.structuredOutput ?? "json_schema";
  if (way === "json_schema") {
    const name = output.name.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64) || "output";
    const schema = output.schema;
    const strict = isStrict(schema) ? { strict: true } : {};
    body["response_format"] = { type: "json_schema", json_schema: { name, schema, ...strict } };
    return;
  }
  if (way === "json_object") body["response_format"] = { type: "json_object" };
  instruct(messages, output.schema, manifest.roles?.["system"] ?? "system");
}

/** Vendors with a JSON mode refuse prompts that do not name JSON, so the word must stay. */
function instruct(messages: Json[], schema: JsonObject, role: string): void {
  const text = "Answer with one JSON value and nothing else: no explanation, no code fence. " +
    `It must be valid against this JSON Schema:\n${JSON.stringify(schema)}`;
  const first = messages[0] as JsonObject | undefined;
  const content = first?.["role"] === role ? first["content"] : undefined;
  // One system turn in front is the only form that every vendor takes.
  if (typeof content === "string") messages[0] = { ...first, content: `${content}\n\n${text}` };
  else messages.unshift({ role, content: text });
}

const known = new WeakMap<JsonObject, boolean>();

/** Keywords that strict modes take; one of another name in a strict schema makes the vendor refuse the call. */
const strictKeywords: ReadonlySet<string> = new Set([
  ..."$schema $ref $defs definitions title description type enum const anyOf properties required".split(" "),
  ..."additionalProperties items minItems maxItems pattern format multipleOf".split(" "),
  ..."minimum maximum exclusiveMinimum exclusiveMaximum".split(" "),
]);

/** Whether the vendor can be held to the schema: in strict mode every object is closed and has no optional properties. */
function isStrict(schema: JsonObject): boolean {
  let answer = known.get(schema);
  if (answer === undefined) {
    answer = schema["type"] === "object" && fitsStrictMode(schema, 0);
    known.set(schema, answer);
  }
  return answer;
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
