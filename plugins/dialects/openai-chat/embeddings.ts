/** Embeddings: texts in, vectors out, in the order of the texts. */

import {
  asFields,
  asList,
  asText,
  type Attempting,
  type Body,
  type Fields,
  type Json,
  loomError,
  type Manifest,
  type Notice,
  type ParamWriter,
  type Part,
  type WireRequest,
} from "../../../src/plugin.ts";
import { addUnknown, dialectId, nativeOf } from "./forward.ts";
import type { Decoding } from "./reading.ts";

/** `encoding_format` goes out only when the caller gave it: some hosts refuse to see it at all. */
export function encodeEmbeddings(ctx: Attempting, manifest: Manifest, writeParams: ParamWriter): WireRequest {
  const { call, target } = ctx;
  const notices: Notice[] = [];
  if (call.input === undefined || call.input.length === 0) {
    throw loomError(
      "invalid-request",
      "input: an embedding call needs at least one text",
      { path: "input" },
      {
        provider: target.provider,
        model: target.model,
      },
    );
  }
  const body: Body = { model: target.upstreamModel, input: call.input };
  writeParams(target.params, body, notices);
  const native = nativeOf(call);
  addUnknown(native, body, writeParams, notices);
  return {
    method: "POST",
    path: manifest.paths?.embeddings ?? "/embeddings",
    body: JSON.stringify(body),
    stream: false,
    ...(native !== undefined && { verbatim: dialectId }),
    ...(notices.length > 0 && { warnings: notices }),
  };
}

/** Decodes vectors by what came, floats or base64, not by what was asked for. @throws LoomError `invalid-reply` */
export function decodeEmbeddings(body: Fields, decoding: Decoding): readonly Part[] {
  const rows = asList(body["data"]);
  if (rows === undefined || rows.length === 0) throw decoding.notAnAnswer("it has no `data`");
  const parts: Part[] = [];
  const model = asText(body["model"]);
  const id = asText(body["id"]);
  if (model !== undefined || id !== undefined) {
    parts.push({ type: "response", ...(id !== undefined && { id }), ...(model !== undefined && { model }) });
  }
  const vectors = rows.map((entry, position) => {
    const row = asFields(entry);
    const index = typeof row?.["index"] === "number" ? row["index"] : position;
    return { index, vector: readVector(row?.["embedding"], index, decoding) };
  });
  const expected = decoding.ctx.call.input?.length ?? vectors.length;
  if (vectors.length !== expected) {
    throw decoding.notAnAnswer(`${expected} text(s) were sent and ${vectors.length} vector(s) came`);
  }
  // Hosts that number every row 0 send them in the order of the texts.
  const numbered = new Set(vectors.map((row) => row.index)).size === vectors.length;
  if (numbered) vectors.sort((one, other) => one.index - other.index);
  vectors.forEach(({ vector }, index) => parts.push({ type: "embedding", index, vector }));
  const usage = decoding.usage(body);
  if (usage !== undefined) parts.push({ type: "usage", usage });
  parts.push({ type: "raw", value: body as Json });
  return parts;
}

function readVector(value: unknown, index: number, decoding: Decoding): readonly number[] {
  if (typeof value === "string" && value !== "") return fromBase64(value, index, decoding);
  const numbers = asList(value);
  if (numbers === undefined || numbers.length === 0 || !numbers.every((entry) => typeof entry === "number")) {
    throw decoding.notAnAnswer(`\`data[${index}].embedding\` is not a list of numbers`);
  }
  return numbers as readonly number[];
}

/** Little-endian 32-bit floats, whatever the byte order of this machine. */
function fromBase64(text: string, index: number, decoding: Decoding): readonly number[] {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    throw decoding.notAnAnswer(`\`data[${index}].embedding\` is not base64`);
  }
  if (bytes.length % 4 !== 0) throw decoding.notAnAnswer(`\`data[${index}].embedding\` is cut`);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(at * 4, true));
}
