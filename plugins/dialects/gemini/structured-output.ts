/** Asks for an answer of a given form: by its schema, or in words where the model refuses a schema. */

import type { Attempting, Body, Json, JsonObject, Manifest, Notice } from "../../../src/plugin.ts";
import { isThird } from "./family.ts";

/** Writes the wish for structured output into a body whose contents and tools are encoded already. */
export function writeOutput(
  ctx: Attempting,
  body: Body,
  config: Body,
  manifest: Manifest,
  notices: Notice[],
): void {
  const { output } = ctx.call;
  if (output === undefined) return;
  const { $schema: _, ...schema } = output.schema;
  const reason = whyNotBySchema(ctx, body);
  if (reason === undefined) {
    config["responseMimeType"] ??= "application/json";
    // An object of any fields is what the media type alone asks for.
    const isAny = schema["properties"] === undefined && schema["additionalProperties"] === true;
    if (config["responseSchema"] === undefined && !isAny) config["responseJsonSchema"] ??= schema;
    return;
  }
  const text =
    "When you give your final answer, give one JSON value and nothing else: no explanation, no code fence. " +
    `It must be valid against this JSON Schema:\n${JSON.stringify(schema)}`;
  notices.push({
    code: "output-by-prompt",
    message: `${manifest.label}: ${reason}; the schema was put into the prompt`,
  });
  instruct(body, text);
}

function whyNotBySchema({ call, target }: Attempting, body: Body): string | undefined {
  if (body["tools"] === undefined || call.toolChoice === "none") return undefined;
  if (!isThird(target.upstreamModel)) return `${target.upstreamModel} takes no schema beside tools`;
  const forced = call.toolChoice === "required" || typeof call.toolChoice === "object";
  return forced ? "a forced tool and a schema exclude each other" : undefined;
}

/** Into the system text; beside a cached beginning, which brings its own, behind the last words of the user. */
function instruct(body: Body, text: string): void {
  if (body["cachedContent"] === undefined) {
    const before = (body["systemInstruction"] as JsonObject | undefined)?.["parts"];
    body["systemInstruction"] = { parts: [...(Array.isArray(before) ? before as Json[] : []), { text }] };
    return;
  }
  (body["contents"] as Json[]).push({ role: "user", parts: [{ text }] });
}
