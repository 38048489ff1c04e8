/** Writes pictures as OpenAI answers them. */

import type { Json, JsonObject, Part, Usage } from "../../../contract/index.ts";
import type { AnswerFacts, Written } from "../../format.ts";
import { asObject, ofType, rawOf, usageOf } from "../answer-parts.ts";

type Picture = Extract<Part, { type: "image" }>;

/** What OpenAI says again of how it made them. */
const echoes = ["background", "output_format", "quality", "size"] as const;

/**
 * In the form that `response_format` asks for, as far as there is one: bytes stand as a `data:` URI where addresses were asked
 * for, and an address that could not be fetched stays one. Without it, as they came.
 */
export function writeImages(parts: readonly Part[], facts: AnswerFacts): Written {
  const pictures = ofType(parts, "image");
  const raw = rawOf(parts);
  const said = raw["data"];
  const rows = Array.isArray(said) && said.length === pictures.length ? said as readonly Json[] : [];
  const wanted = facts.body["response_format"];
  const data = pictures.map((picture, at): Json => {
    const revised = asObject(rows[at])?.["revised_prompt"];
    return {
      ...written(picture, wanted),
      ...(typeof revised === "string" && { revised_prompt: revised }),
    };
  });
  const { created } = raw;
  const usage = usageOf(parts, facts);
  return {
    json: {
      created: typeof created === "number" ? created : facts.createdAtS,
      ...echoed(raw),
      data,
      ...(usage !== undefined && usage.totalTokens > 0 && { usage: tokens(usage) }),
    },
  };
}

function written({ url, dataB64, mimeType = "image/png" }: Picture, wanted: Json | undefined): JsonObject {
  if (wanted === "url") return { url: url ?? `data:${mimeType};base64,${dataB64 ?? ""}` };
  if (wanted === "b64_json" && dataB64 !== undefined) return { b64_json: dataB64 };
  return { ...(dataB64 !== undefined && { b64_json: dataB64 }), ...(url !== undefined && { url }) };
}

function echoed(raw: JsonObject): JsonObject {
  return Object.fromEntries(
    echoes.filter((name) => typeof raw[name] === "string").map((name) => [name, raw[name]]),
  );
}

function tokens(usage: Usage): Json {
  const { inputTokens, outputTokens, inputImageTokens = 0, outputImageTokens = 0, totalTokens } = usage;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { image_tokens: inputImageTokens, text_tokens: inputTokens - inputImageTokens },
    output_tokens: outputTokens,
    output_tokens_details: { image_tokens: outputImageTokens, text_tokens: outputTokens - outputImageTokens },
    total_tokens: totalTokens,
  };
}
