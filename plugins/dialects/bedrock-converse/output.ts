/** Asks for an answer of a given form. */

import type { Attempting, Body, Json, JsonObject, Notice, OutputFormat } from "../../../src/plugin.ts";
import { takesSchema } from "./family.ts";
import { isClosed } from "./schema.ts";

/** Models that can be held to a schema are, when it is one that Bedrock takes; others are asked by the prompt. */
export function writeOutput(ctx: Attempting, output: OutputFormat, body: Body, notices: Notice[]): void {
  const { upstreamModel, model } = ctx.target;
  if (takesSchema(upstreamModel) && isClosed(output.schema)) {
    const jsonSchema = { name: output.name, schema: JSON.stringify(output.schema) };
    const given = body["outputConfig"] as JsonObject | undefined;
    body["outputConfig"] = { ...given, textFormat: { type: "json_schema", structure: { jsonSchema } } };
    return;
  }
  notices.push({
    code: "output-by-prompt",
    message: `${model} on Bedrock cannot be held to this schema; the prompt asks for it instead`,
  });
  const text =
    "When you give your answer, give one JSON value and nothing else: no explanation, no code fence. " +
    `It must be valid against this JSON Schema:\n${JSON.stringify(output.schema)}`;
  body["system"] = [...(body["system"] as readonly Json[] | undefined ?? []), { text }];
}
