/** Asks for an answer of a given form, in the way the vendor can be asked. */

import {
  type Body,
  isStrictSchema,
  type Json,
  type JsonObject,
  type Manifest,
  type OutputFormat,
  schemaName,
} from "../../../src/plugin.ts";

/** Writes the wish for structured output into a body whose messages are encoded already. */
export function writeOutput(output: OutputFormat, body: Body, messages: Json[], manifest: Manifest): void {
  const way = manifest.structuredOutput ?? "json_schema";
  if (way === "json_schema") {
    const name = schemaName(output.name);
    const schema = output.schema;
    const strict = isStrictSchema(schema) ? { strict: true } : {};
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
