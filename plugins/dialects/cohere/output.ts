/** Asks for an answer of a given form. */

import type { Body, Json, JsonObject, Notice, OutputFormat } from "../../../src/plugin.ts";

/** Cohere holds the model to a schema, but not together with tools or documents: there only the prompt can ask for it. */
export function writeOutput(output: OutputFormat, body: Body, messages: Json[], notices: Notice[]): void {
  const beside = body["tools"] !== undefined
    ? "tools"
    : body["documents"] !== undefined
    ? "documents"
    : undefined;
  if (beside === undefined) {
    // A schema has to name a field; an object of any fields is asked for without one.
    const { schema } = output;
    const isAny = schema["properties"] === undefined && schema["additionalProperties"] === true;
    body["response_format"] = { type: "json_object", ...(!isAny && { json_schema: schema }) };
    return;
  }
  notices.push({
    code: "output-by-prompt",
    message: `Cohere takes no schema together with ${beside}; the prompt asks for it instead`,
  });
  instruct(messages, output.schema);
}

function instruct(messages: Json[], schema: JsonObject): void {
  const text =
    "When you give your answer, give one JSON value and nothing else: no explanation, no code fence. " +
    `It must be valid against this JSON Schema:\n${JSON.stringify(schema)}`;
  const first = messages[0] as JsonObject;
  if (first["role"] === "system" && typeof first["content"] === "string") {
    messages[0] = { ...first, content: `${first["content"]}\n\n${text}` };
  } else messages.unshift({ role: "system", content: text });
}
