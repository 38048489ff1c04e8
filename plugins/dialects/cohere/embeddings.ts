/** Embeddings: texts in, vectors out, in the order of the texts. */

import {
  asFields,
  asList,
  asText,
  type Attempting,
  type Body,
  type Json,
  type Manifest,
  type Notice,
  type ParamWriter,
  type Part,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import type { CohereErrors } from "./errors.ts";
import { missing } from "./invalid.ts";
import { metaUsage } from "./usage.ts";

/**
 * Cohere wants to know what vectors are for. What most callers embed are documents; who embeds questions says
 * `input_type: search_query`.
 */
export function encodeEmbeddings(ctx: Attempting, manifest: Manifest, writeParams: ParamWriter): WireRequest {
  const { call, target } = ctx;
  const notices: Notice[] = [];
  if (call.input === undefined || call.input.length === 0) {
    throw missing(ctx, "input", "an embedding call needs at least one text");
  }
  const body: Body = {
    model: target.upstreamModel,
    texts: call.input,
    input_type: "search_document",
    embedding_types: ["float"],
  };
  writeParams(target.params, body, notices);
  return {
    method: "POST",
    path: manifest.paths?.embeddings ?? "/v2/embed",
    body: JSON.stringify(body),
    stream: false,
    ...(notices.length > 0 && { warnings: notices }),
  };
}

/** Kinds of vectors, the most exact first. */
const kinds = ["float", "base64", "int8", "uint8", "binary", "ubinary"];

/** @throws LoomError, when the body holds an error or not one vector for each text */
export function decodeEmbeddings(body: Json, head: WireReplyHead, errors: CohereErrors): readonly Part[] {
  const fields = asFields(body);
  if (fields === undefined) throw errors.notAnAnswer(head, "it is not a JSON object");
  errors.refuse(fields, head);
  const found = asFields(fields["embeddings"]);
  // The first version of the API gave the list itself.
  const rows = asList(fields["embeddings"]) ??
    kinds.map((kind) => asList(found?.[kind])).find((list) => list !== undefined && list.length > 0);
  if (rows === undefined || rows.length === 0) throw errors.notAnAnswer(head, "it has no `embeddings`");
  const expected = head.ctx.call.input?.length ?? rows.length;
  if (rows.length !== expected) {
    throw errors.notAnAnswer(head, `${expected} text(s) were sent and ${rows.length} vector(s) came`);
  }
  const id = asText(fields["id"]);
  const parts: Part[] = id === undefined ? [] : [{ type: "response", id }];
  rows.forEach((row, index) => {
    const vector = vectorOf(row);
    if (vector === undefined) throw errors.notAnAnswer(head, `the vector ${index} is not a list of numbers`);
    parts.push({ type: "embedding", index, vector });
  });
  const usage = metaUsage(fields);
  if (usage !== undefined) parts.push({ type: "usage", usage });
  parts.push({ type: "raw", value: body });
  return parts;
}

function vectorOf(row: unknown): readonly number[] | undefined {
  if (typeof row === "string") return fromBase64(row);
  const numbers = asList(row);
  const good = numbers !== undefined && numbers.length > 0 &&
    numbers.every((entry) => typeof entry === "number");
  return good ? numbers as readonly number[] : undefined;
}

/** Little-endian 32-bit floats, whatever the byte order of this machine. */
function fromBase64(text: string): readonly number[] | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
}
