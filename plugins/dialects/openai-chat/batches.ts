/** Batches as OpenAI has them: a file of calls is uploaded, a job works on it, two files hold answers and errors. */

import {
  asFields,
  asList,
  asText,
  type Attempting,
  type BatchCodec,
  type BatchState,
  type Chained,
  type Json,
  type Manifest,
  type ManifestBatch,
  type Operation,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import { filesOf, jobOf } from "./batch-job.ts";
import { endpointOf, type RowCodec, writeRow } from "./batch-line.ts";
import { batchList } from "./batch-list.ts";
import { customIdIn, decodeBatchRow } from "./batch-row.ts";
import { readBatchState } from "./batch-state.ts";
import type { Reading } from "./reading.ts";
import { uploadRequest } from "./upload.ts";

export function chatBatches(
  manifest: Manifest,
  batch: ManifestBatch,
  codec: RowCodec,
  how: Reading,
): BatchCodec {
  const { path = "/batches", upload = {}, rows = "request", file = "input_file_id", metadata = "loom" } =
    batch;
  const { path: files = "/files", fields = { purpose: "batch" } } = upload;
  const limits = { maxRows: batch.maxRows, maxBytes: batch.maxBytes };
  const jobPath = (id: string) => `${path}/${encodeURIComponent(id)}`;
  const state = (body: Json | Uint8Array, head: WireReplyHead) => readBatchState(body, head, how);

  function create(fileId: string, ctx: Attempting, label: string | undefined): Chained<BatchState> {
    const body = {
      [file]: file === "input_files" ? [fileId] : fileId,
      endpoint: endpointOf(ctx, manifest, batch),
      ...(rows === "body-without-model" && { model: ctx.target.upstreamModel }),
      ...(label !== undefined && metadata !== false && { metadata: { [metadata]: label } }),
      ...batch.create,
    };
    return {
      request: { method: "POST", path, body: JSON.stringify(body), stream: false, once: true },
      decode: state,
    };
  }

  const download = (fileId: string): WireRequest => ({
    method: "GET",
    path: `/files/${encodeURIComponent(fileId)}/content`,
    stream: false,
    answer: "bytes",
  });

  return {
    limits,
    row: (row) => writeRow(row, manifest, batch, codec),

    submit: (texts, ctx, label) => ({
      request: uploadRequest(files, fields, texts, label),
      decode(body, head) {
        const id = asText(asFields(body)?.["id"]);
        if (id === undefined) throw how.notAnAnswer(head, "the uploaded file has no `id`");
        return { then: create(id, ctx, label) };
      },
    }),

    list: batchList(batch, path, how),

    status: (_, id): Operation<BatchState> => ({
      request: { method: "GET", path: jobPath(id), stream: false },
      decode: state,
    }),

    cancel: (_, id): Operation<BatchState> => ({
      request: { method: "POST", path: `${jobPath(id)}/cancel`, stream: false },
      decode: state,
    }),

    results: (_, id) => ({
      request: { method: "GET", path: jobPath(id), stream: false },
      decode(body, head) {
        const job = jobOf(body);
        if (job === undefined) throw how.notAnAnswer(head, "the batch is not a JSON object");
        const inline = (asList(job["outputs"]) ?? []) as readonly Json[];
        return { rows: inline, files: filesOf(job).map(download) };
      },
    }),

    customIdOf: (result) => customIdIn(result, "custom_id", manifest),

    decodeRow: (result, head) => decodeBatchRow(result, head, codec, how),
  };
}
