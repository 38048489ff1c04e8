/** Batches as OpenAI has them: a file of calls is uploaded, a job works on it, two files hold answers and errors. */

import {
  asFields,
  asList,
  asText,
  type Attempting,
  type BatchCodec,
  type BatchRow,
  type BatchState,
  type Chained,
  type Codec,
  type Json,
  jsonLines,
  loomError,
  type Manifest,
  type ManifestBatch,
  type Operation,
  rowRequest,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { filesOf, jobOf } from "./batch-job.ts";
import { decodeBatchRow } from "./batch-row.ts";
import { readBatchState } from "./batch-state.ts";
import type { Reading } from "./reading.ts";
import { uploadOf } from "./upload.ts";

/** What of the vendor's codec a row is made with. */
type RowCodec = Pick<Codec, "encode" | "decode" | "decodeError">;

/** `undefined`, when the manifest names no batches. */
export function chatBatches(manifest: Manifest, codec: RowCodec, how: Reading): BatchCodec | undefined {
  const { batch } = manifest;
  if (batch === undefined) return undefined;
  const { path = "/batches", upload = {}, rows = "request", file = "input_file_id" } = batch;
  const { path: files = "/files", fields = { purpose: "batch" } } = upload;
  const limits = { maxRows: batch.maxRows, maxBytes: batch.maxBytes };
  const jobPath = (id: string) => `${path}/${encodeURIComponent(id)}`;
  const state = (body: Json | Uint8Array, head: WireReplyHead) => readBatchState(body, head, how);

  function create(fileId: string, ctx: Attempting): Chained<BatchState> {
    const body = {
      [file]: file === "input_files" ? [fileId] : fileId,
      endpoint: endpointOf(ctx, manifest, batch as ManifestBatch),
      ...(rows === "body-without-model" && { model: ctx.target.upstreamModel }),
      ...batch?.create,
    };
    return {
      request: { method: "POST", path, body: JSON.stringify(body), stream: false, once: true },
      decode: state,
    };
  }

  function download(
    fileId: string,
    before: readonly Json[],
    rest: readonly string[],
  ): Chained<readonly Json[]> {
    const place = `/files/${encodeURIComponent(fileId)}/content`;
    return {
      request: { method: "GET", path: place, stream: false, answer: "bytes" },
      decode(body, head) {
        const found = [...before, ...jsonLines(body, (why) => how.notAnAnswer(head, why))];
        const [next, ...others] = rest;
        return next === undefined ? found : { then: download(next, found, others) };
      },
    };
  }

  return {
    limits,
    row: (row) => writeRow(row, manifest, batch, codec),

    submit: (texts, ctx) => {
      const { contentType, bytes } = uploadOf(fields, texts);
      return {
        request: {
          method: "POST",
          path: files,
          headers: { "content-type": contentType },
          body: bytes,
          stream: false,
        },
        decode(body, head) {
          const id = asText(asFields(body)?.["id"]);
          if (id === undefined) throw how.notAnAnswer(head, "the uploaded file has no `id`");
          return { then: create(id, ctx) };
        },
      };
    },

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
        const [first, ...rest] = filesOf(job);
        return first === undefined ? inline : { then: download(first, inline, rest) };
      },
    }),

    customIdOf(result) {
      const id = asText(asFields(result)?.["custom_id"]);
      if (id !== undefined) return id;
      throw loomError("invalid-reply", `a row of ${manifest.label}'s batch has no \`custom_id\``, {});
    },

    decodeRow: (result, head) => decodeBatchRow(result, head, codec, how),
  };
}

function writeRow(
  { customId, ctx }: BatchRow,
  manifest: Manifest,
  batch: ManifestBatch,
  codec: RowCodec,
): string {
  const { body } = rowRequest(codec.encode, ctx);
  const url = endpointOf(ctx, manifest, batch);
  const head = `"custom_id":${JSON.stringify(customId)}`;
  if (batch.rows === "body") return `{${head},"body":${oneLine(body)}}`;
  if (batch.rows === "body-without-model") {
    const { model: _, ...rest } = JSON.parse(body) as Record<string, Json>;
    return `{${head},"body":${oneLine(JSON.stringify(rest))}}`;
  }
  return `{${head},"method":"POST","url":${JSON.stringify(url)},"body":${oneLine(body)}}`;
}

/** Some readers end lines at these, which JSON text may hold as they are. */
function oneLine(json: string): string {
  return json.replace(
    /[\u0085\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** How rows and jobs name what is called. @throws LoomError `unsupported`, when it cannot be called in a batch */
function endpointOf({ target }: Attempting, { label, paths }: Manifest, batch: ManifestBatch): string {
  const { modality } = target;
  if (!(batch.modalities ?? ["text"]).some((known) => known === modality)) {
    const details = { provider: target.provider, model: target.model };
    throw loomError(
      "unsupported",
      `${label} takes no ${modality} calls in batches`,
      { feature: "batches" },
      details,
    );
  }
  const own = modality === "embedding"
    ? paths?.embeddings ?? "/embeddings"
    : paths?.chat ?? "/chat/completions";
  return (batch.prefix ?? "/v1") + own;
}
