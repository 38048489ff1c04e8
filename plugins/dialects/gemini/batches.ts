/** Many calls at once: https://ai.google.dev/gemini-api/docs/batch-api */

import {
  asFields,
  asList,
  asText,
  type Attempting,
  type BatchCodec,
  type BatchPage,
  type BatchResultPage,
  type BatchRow,
  clean,
  type Codec,
  type Fields,
  type Json,
  loomError,
  type Manifest,
  type Operation,
  type Part,
  rowRequest,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import { displayNameOf, operationOf, outputOf, stateOf } from "./batch-state.ts";
import { decodeWhole } from "./decode.ts";
import { decodeEmbeddings, encodeEmbeddings } from "./embeddings.ts";
import { encoder } from "./encode.ts";
import { type Flavour, modelPath } from "./flavour.ts";
import type { Reading } from "./reading.ts";
import { cancelledCode, statusError } from "./rpc-status.ts";

/** Google wants a name, which people see in its console. */
const someName = "loom";

export function batches(manifest: Manifest, flavour: Flavour, how: Reading): BatchCodec {
  const encodeText = encoder(manifest, flavour);
  const encode: Codec["encode"] = (ctx) =>
    ctx.target.modality === "embedding" ? encodeEmbeddings(ctx, manifest, flavour) : encodeText(ctx);

  function ask<T>(request: WireRequest, read: (operation: Fields, head: WireReplyHead) => T): Operation<T> {
    return { request, decode: (body, head) => read(operationOf(body, head, how), head) };
  }
  const get = (id: string): WireRequest => ({ method: "GET", path: batchPath(id), stream: false });
  // Few at a time: batches may have their results with them.
  const page = (label: string, from?: string): Operation<BatchPage> => ({
    request: {
      method: "GET",
      path: `/batches?pageSize=20${from === undefined ? "" : `&pageToken=${encodeURIComponent(from)}`}`,
      stream: false,
    },
    decode(body, head) {
      const fields = asFields(body) ?? {};
      how.refuseFault(fields, head);
      const batches = (asList(fields["operations"]) ?? []).map((one) => {
        const operation = operationOf(one as Json, head, how);
        return { state: stateOf(operation), carries: displayNameOf(operation) === label };
      });
      const next = asText(fields["nextPageToken"]);
      return next === undefined ? { batches } : { batches, next: page(label, next) };
    },
  });

  return {
    // Google sets no number of rows. A request is to stay below 20 MB, with what stands around the rows.
    limits: { maxRows: Number.MAX_SAFE_INTEGER, maxBytes: 19_900_000 },
    row(row) {
      refuseUnfit(row, manifest);
      const { body } = rowRequest(encode, row.ctx);
      return `{"request":${body},"metadata":{"key":${JSON.stringify(row.customId)}}}`;
    },
    submit: (rows, ctx, label) => ask(creation(rows, ctx, label ?? someName), stateOf),
    list: (_, label) => page(label),
    status: (_, id) => ask(get(id), stateOf),
    // Answered with nothing, so that the state is asked for.
    cancel: (_, id) => ({
      request: { method: "POST", path: `${batchPath(id)}:cancel`, body: "{}", stream: false },
      decode(body, head) {
        how.refuseFault(asFields(body) ?? {}, head);
        return { then: ask(get(id), stateOf) };
      },
    }),
    results: (_, id) =>
      ask<BatchResultPage>(get(id), (operation, head) => {
        const { file, rows } = outputOf(operation);
        if (rows !== undefined) return { rows };
        if (file === undefined) throw how.notAnAnswer(head, "the batch has no results");
        return { files: [download(file, flavour)] };
      }),
    customIdOf(result) {
      const fields = asFields(result);
      const key = asText(asFields(fields?.["metadata"])?.["key"]) ?? asText(fields?.["key"]);
      if (key !== undefined) return key;
      const message = `${manifest.label} sent a result without \`metadata.key\``;
      throw loomError("invalid-reply", message, {}, { provider: manifest.id });
    },
    decodeRow: (result, head) => decodeRow(result, head, manifest, flavour, how),
  };
}

function creation(rows: readonly string[], ctx: Attempting, displayName: string): WireRequest {
  const verb = ctx.target.modality === "embedding" ? "asyncBatchEmbedContent" : "batchGenerateContent";
  const name = JSON.stringify(displayName);
  return {
    method: "POST",
    path: modelPath(ctx, verb),
    body: `{"batch":{"inputConfig":{"requests":{"requests":[${rows.join(",")}]}},"displayName":${name}}}`,
    stream: false,
    once: true,
  };
}

/** `batches/abc`, or `abc` alone. */
function batchPath(id: string): string {
  return `/batches/${encodeURIComponent(id.slice(id.lastIndexOf("/") + 1))}`;
}

/** Files come from `/download/v1beta/files/abc:download`, beside the API; a proxy whose address has no version has its own way. */
function download(file: string, { baseUrl }: Flavour): WireRequest {
  const version = /\/(v\d\w*)$/.exec(baseUrl)?.[1];
  const name = encodeURIComponent(file.slice(file.lastIndexOf("/") + 1));
  const path = `${version === undefined ? "" : `/../download/${version}`}/files/${name}:download?alt=media`;
  return { method: "GET", path, stream: false, answer: "bytes" };
}

/** @throws LoomError `unsupported` */
function refuseUnfit({ ctx: { call, target } }: BatchRow, { label }: Manifest): void {
  const { modality, provider, model } = target;
  const refuse = (message: string, feature: string) =>
    loomError("unsupported", message, { feature }, { provider, model });
  if (modality !== "text" && modality !== "embedding") {
    throw refuse(`${label} is asked for text and embeddings in batches, not for ${modality}`, modality);
  }
  if (modality === "embedding" && (call.input ?? []).length > 1) {
    throw refuse(`input: ${label} embeds one text per row of a batch; make a row of each`, "batch");
  }
}

function decodeRow(
  result: Json,
  head: WireReplyHead,
  manifest: Manifest,
  flavour: Flavour,
  how: Reading,
): readonly Part[] {
  const row = asFields(result) ?? {};
  const error = asFields(row["error"]);
  if (error?.["code"] === cancelledCode) {
    const { provider, model } = head.ctx.target;
    const said = clean(asText(error["message"]) ?? "the batch was cancelled before this row began");
    throw loomError("aborted", `${manifest.label}: ${said}`, {}, { provider, model });
  }
  if (error !== undefined) throw statusError(error, head, how);
  const response = (row["response"] ?? null) as Json;
  if (head.ctx.target.modality !== "embedding") return decodeWhole(response, head, how);
  const decoded = decodeEmbeddings(response, head, { how, manifest, flavour });
  if ("next" in decoded) throw how.notAnAnswer(head, "a row of a batch has too few vectors");
  return decoded;
}
