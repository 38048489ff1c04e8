/** Batches as xAI has them: a file of calls, a batch without a word for its state, results in pages. https://docs.x.ai */

import {
  asFields,
  asList,
  asText,
  type BatchCodec,
  type BatchPage,
  type BatchResultPage,
  type Json,
  type Manifest,
  type ManifestBatch,
  type Operation,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { type RowCodec, writeRow } from "./batch-line.ts";
import { customIdIn, decodeBatchRow } from "./batch-row.ts";
import type { Reading } from "./reading.ts";
import { uploadRequest } from "./upload.ts";
import { readXaiState } from "./xai-batch-state.ts";

/** Its people see it in the console. */
const someName = "loom";
/** xAI's own default; a page of 100 answers is no larger than other answers may be. */
const resultsAtOnce = 100;

export function xaiBatches(
  manifest: Manifest,
  batch: ManifestBatch,
  codec: RowCodec,
  how: Reading,
): BatchCodec {
  const place = (id: string) => `/batches/${encodeURIComponent(id)}`;
  const state = (body: Json | Uint8Array, head: WireReplyHead) => readXaiState(body, head, how);

  function listed(label: string, from?: string): Operation<BatchPage> {
    return {
      request: { method: "GET", path: `/batches?limit=100${tokenOf(from)}`, stream: false },
      decode(body, head) {
        const fields = asFields(body);
        if (fields === undefined) throw how.notAnAnswer(head, "the list of batches is not a JSON object");
        const batches = (asList(fields["batches"]) ?? []).map((one) => ({
          state: readXaiState(one, head, how),
          carries: asFields(one)?.["name"] === label,
        }));
        const next = asText(fields["pagination_token"]);
        return next === undefined ? { batches } : { batches, next: listed(label, next) };
      },
    };
  }

  function results(id: string, from?: string): Operation<BatchResultPage> {
    return {
      request: {
        method: "GET",
        path: `${place(id)}/results?limit=${resultsAtOnce}${tokenOf(from)}`,
        stream: false,
      },
      decode(body, head) {
        const fields = asFields(body);
        if (fields === undefined) throw how.notAnAnswer(head, "the results are not a JSON object");
        const rows = (asList(fields["results"]) ?? []) as readonly Json[];
        const next = asText(fields["pagination_token"]);
        return next === undefined || next === from ? { rows } : { rows, next: results(id, next) };
      },
    };
  }

  return {
    limits: { maxRows: batch.maxRows, maxBytes: batch.maxBytes },
    row: (row) => writeRow(row, manifest, batch, codec),

    submit: (texts, _, label) => ({
      request: uploadRequest("/files", {}, texts, label),
      decode(body, head) {
        const id = asText(asFields(body)?.["id"]);
        if (id === undefined) throw how.notAnAnswer(head, "the uploaded file has no `id`");
        const order = JSON.stringify({ name: label ?? someName, input_file_id: id });
        return {
          then: {
            request: { method: "POST", path: "/batches", body: order, stream: false, once: true },
            decode: state,
          },
        };
      },
    }),

    list: (_, label) => listed(label),
    status: (_, id) => ({ request: { method: "GET", path: place(id), stream: false }, decode: state }),
    cancel: (_, id) => ({
      request: { method: "POST", path: `${place(id)}:cancel`, body: "{}", stream: false },
      decode: state,
    }),
    results: (_, id) => results(id),
    customIdOf: (result) => customIdIn(result, "batch_request_id", manifest),
    decodeRow: (result, head) => decodeBatchRow(asLine(result), head, codec, how),
  };
}

function tokenOf(token: string | undefined): string {
  return token === undefined ? "" : `&pagination_token=${encodeURIComponent(token)}`;
}

/** HTTP's statuses for those of google.rpc.Code. */
const statuses: Readonly<Record<number, number>> = {
  1: 499,
  3: 400,
  4: 504,
  5: 404,
  7: 403,
  8: 429,
  14: 503,
  16: 401,
};

/** A result as a line of OpenAI's files. */
function asLine(result: Json): Json {
  const row = asFields(result);
  const outcome = asFields(row?.["batch_result"]) ?? row;
  const answer = asFields(asFields(outcome?.["response"])?.["chat_get_completion"]);
  if (answer !== undefined) return { response: { status_code: 200, body: answer as Json } };
  const error = outcome?.["error"] ?? outcome?.["error_message"];
  if (error === undefined || error === null) return {};
  const fields = asFields(error) ?? { message: error };
  const code = fields["code"];
  const status = typeof code === "number" ? statuses[code] ?? 500 : 500;
  // The number says nothing that the status does not.
  const body = { error: { message: asText(fields["message"]) ?? "" } };
  return { response: { status_code: status, body } };
}
