/** Asks for an answer of a given form: newer models are held to it, older ones are told. */

import type { Body, Json, JsonObject } from "../../../src/plugin.ts";
import { generationOf } from "./generation.ts";
import { type Encoding, notice } from "./place.ts";
import { enforceable } from "./schema.ts";

/** Writes the wish for structured output; `system` are the blocks of the system prompt. */
export function writeOutput(body: Body, system: JsonObject[], at: Encoding): void {
  const { ctx: { call, target }, manifest } = at;
  if (call.output === undefined) return;
  const { schema } = call.output;
  const held = manifest.structuredOutput === undefined
    ? generationOf(target.upstreamModel).schemas
    : manifest.structuredOutput === "json_schema";
  if (held && !isOpen(schema)) {
    const config = (body["output_config"] ?? {}) as JsonObject;
    body["output_config"] = {
      format: { type: "json_schema", schema: enforceable(schema) },
      ...config,
    } as Json;
    return;
  }
  system.push({
    type: "text",
    text: "Answer with one JSON value and nothing else: no explanation, no code fence. " +
      `It must be valid against this JSON Schema:\n${JSON.stringify(schema)}`,
  });
  notice(
    at,
    "output-by-prompt",
    `${target.upstreamModel} cannot be held to ${
      held ? "an object of any fields" : "a schema"
    }; it was told the schema instead`,
  );
}

/** An object without named fields: closed, as the API demands, it could only be empty. */
function isOpen({ type, properties, additionalProperties, anyOf, allOf, oneOf, $ref }: JsonObject): boolean {
  return type === "object" && additionalProperties !== false &&
    [properties, anyOf, allOf, oneOf, $ref].every((keyword) => keyword === undefined);
}
