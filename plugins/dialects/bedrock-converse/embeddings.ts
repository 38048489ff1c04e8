/** Embeddings through InvokeModel, whose bodies are the makers' own: Amazon Titan and Cohere. */

import {
  asCount,
  asFields,
  asList,
  type Attempting,
  type Body,
  type Fields,
  header,
  type Json,
  loomError,
  type Part,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import type { BedrockErrors } from "./errors.ts";
import { familyOf } from "./family.ts";
import { invalid } from "./invalid.ts";
import { modelPath } from "./model-path.ts";

export function encodeEmbeddings(ctx: Attempting): WireRequest {
  const { call, target } = ctx;
  const texts = call.input ?? [];
  if (texts.length === 0) throw invalid(ctx, "input", "an embedding call needs at least one text");
  const { dimensions, encoding_format: _, ...params } = target.params;
  const body: Body = familyOf(target.upstreamModel) === "cohere"
    ? {
      texts,
      input_type: "search_document",
      ...(dimensions !== undefined && { output_dimension: dimensions }),
    }
    : { inputText: onlyText(ctx, texts), ...(dimensions !== undefined && { dimensions }) };
  Object.assign(body, params);
  return {
    method: "POST",
    path: modelPath(target.upstreamModel, "invoke"),
    body: JSON.stringify(body),
    stream: false,
  };
}

function onlyText({ target }: Attempting, [text, ...more]: readonly string[]): string {
  if (text !== undefined && more.length === 0) return text;
  const feature = "several texts in one call";
  throw loomError(
    "unsupported",
    `input: ${target.model} on Bedrock embeds one text per call, not ${feature}`,
    {
      feature,
    },
    { provider: target.provider, model: target.model },
  );
}

/** Kinds of vectors, the most exact first. */
const kinds = ["float", "int8", "uint8", "binary", "ubinary"];

/** @throws LoomError, when the body holds an error or not one vector for each text */
export function decodeEmbeddings(body: Json, head: WireReplyHead, errors: BedrockErrors): readonly Part[] {
  const fields = asFields(body);
  if (fields === undefined) throw errors.notAnAnswer(head, "it is not a JSON object");
  errors.refuse(fields, head);
  const rows = rowsOf(fields);
  const expected = head.ctx.call.input?.length ?? rows?.length;
  if (rows === undefined || rows.length === 0) throw errors.notAnAnswer(head, "it has no embeddings");
  if (rows.length !== expected) {
    throw errors.notAnAnswer(head, `${expected} text(s) were sent and ${rows.length} vector(s) came`);
  }
  const parts = rows.map((row, index): Part => {
    const vector = asList(row);
    if (vector === undefined || vector.length === 0 || !vector.every((entry) => typeof entry === "number")) {
      throw errors.notAnAnswer(head, `the vector ${index} is not a list of numbers`);
    }
    return { type: "embedding", index, vector: vector as readonly number[] };
  });
  const inputTokens = asCount(fields["inputTextTokenCount"]) ??
    asCount(header(head.headers, "x-amzn-bedrock-input-token-count"));
  if (inputTokens !== undefined) {
    const usage = { inputTokens, outputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
    parts.push({ type: "usage", usage: { ...usage, totalTokens: inputTokens } });
  }
  parts.push({ type: "raw", value: body });
  return parts;
}

function rowsOf(fields: Fields): readonly unknown[] | undefined {
  const single = asList(fields["embedding"]);
  if (single !== undefined) return [single];
  const byType = asFields(fields["embeddings"]) ?? asFields(fields["embeddingsByType"]);
  const list = asList(fields["embeddings"]) ??
    kinds.map((kind) => asList(byType?.[kind])).find((rows) => rows !== undefined && rows.length > 0);
  // Titan names one vector by its type.
  return list !== undefined && typeof list[0] === "number" ? [list] : list;
}
