/** Many calls at once: a dataset in, a job, a dataset out. https://docs.cohere.com/reference/create-batch */

import {
  asCount,
  asFields,
  asList,
  asText,
  type BatchCodec,
  type BatchPage,
  type BatchResultPage,
  type BatchState,
  type BatchStatus,
  type Chained,
  clean,
  type Codec,
  type Fields,
  type Json,
  loomError,
  type Manifest,
  type Operation,
  type Part,
  rowsForm,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import { avroRecords } from "./avro.ts";
import { datasetTypes, writeLine } from "./batch-line.ts";
import type { CohereErrors } from "./errors.ts";

/** Cohere wants a name, which people see in its dashboard. */
const someName = "loom";

/** After `BATCH_STATUS_`. */
const words: Readonly<Record<string, BatchStatus>> = {
  QUEUED: "validating",
  IN_PROGRESS: "in_progress",
  CANCELING: "in_progress",
  COMPLETED: "completed",
  FAILED: "failed",
  CANCELED: "cancelled",
};

export function batches(
  manifest: Manifest,
  codec: Pick<Codec, "encode" | "decode">,
  errors: CohereErrors,
): BatchCodec {
  const place = (id: string) => `/v2/batches/${encodeURIComponent(id)}`;
  const get = (path: string): WireRequest => ({ method: "GET", path, stream: false });
  const state = (body: Json | Uint8Array, head: WireReplyHead) =>
    stateOf(fieldsOf(body, head)["batch"], head);

  function fieldsOf(body: unknown, head: WireReplyHead): Fields {
    const fields = asFields(body);
    if (fields === undefined) throw errors.notAnAnswer(head, "it is not a JSON object");
    errors.refuse(fields, head);
    return fields;
  }

  function stateOf(found: unknown, head: WireReplyHead): BatchState {
    const batch = asFields(found);
    const id = asText(batch?.["id"]);
    if (batch === undefined || id === undefined) throw errors.notAnAnswer(head, "the batch has no `id`");
    return readState(batch, id);
  }

  /** Waits for a dataset until it can be used. */
  function dataset<T>(
    id: string,
    then: (dataset: Fields, head: WireReplyHead) => T,
    later: (again: Operation<T>, what: string) => T,
  ): Operation<T> {
    const operation: Operation<T> = {
      request: get(`/v1/datasets/${encodeURIComponent(id)}`),
      decode(body, head) {
        const found = asFields(fieldsOf(body, head)["dataset"]);
        if (found === undefined) throw errors.notAnAnswer(head, "it is no dataset");
        switch (found["validation_status"]) {
          case "failed":
            throw refused(found, head, manifest);
          case "queued":
          case "processing":
            return later(operation, `dataset ${id}`);
          default:
            return then(found, head);
        }
      },
    };
    return operation;
  }

  function listed(label: string, from?: string): Operation<BatchPage> {
    const token = from === undefined ? "" : `&page_token=${encodeURIComponent(from)}`;
    return {
      request: get(`/v2/batches?page_size=1000${token}`),
      decode(body, head) {
        const fields = fieldsOf(body, head);
        const found = (asList(fields["batches"]) ?? []).map((one) => ({
          state: stateOf(one, head),
          carries: asFields(one)?.["name"] === label,
        }));
        const next = asText(fields["next_page_token"]);
        return next === undefined ? { batches: found } : { batches: found, next: listed(label, next) };
      },
    };
  }

  /** One file after the other, each whole. */
  function records(urls: readonly string[]): Operation<BatchResultPage> | undefined {
    const [path, ...rest] = urls;
    if (path === undefined) return undefined;
    return {
      request: { method: "GET", path, stream: false, answer: "bytes" },
      decode(body, head) {
        const rows = recordsOf(body, head);
        const next = records(rest);
        return next === undefined ? { rows } : { rows, next };
      },
    };
  }

  function recordsOf(body: Json | Uint8Array, head: WireReplyHead): readonly Json[] {
    try {
      return body instanceof Uint8Array ? avroRecords(body) : [];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw errors.notAnAnswer(head, `a file of its results cannot be read: ${why}`);
    }
  }

  return {
    // Neither is published.
    limits: { maxRows: 50_000, maxBytes: 100_000_000 },
    row: (row) => writeLine(row, codec.encode, manifest),

    submit(rows, ctx, label = someName) {
      const create = (input_dataset_id: string): Chained<BatchState> => ({
        request: {
          method: "POST",
          path: "/v2/batches",
          body: JSON.stringify({ name: label, input_dataset_id, model: ctx.target.upstreamModel }),
          stream: false,
          once: true,
        },
        decode: state,
      });
      return {
        request: upload(rows, label, datasetTypes[ctx.target.modality] ?? ""),
        decode(body, head) {
          const id = asText(fieldsOf(body, head)["id"]);
          if (id === undefined) throw errors.notAnAnswer(head, "the dataset has no `id`");
          const ready: Chained<BatchState> = dataset(
            id,
            () => ({ then: create(id) }),
            (again, after) => ({ then: again as Chained<BatchState>, after }),
          );
          return { then: ready };
        },
      };
    },

    list: (_, label) => listed(label),
    status: (_, id) => ({ request: get(place(id)), decode: state }),
    // Answered with nothing, so that the state is asked for.
    cancel: (_, id) => ({
      request: { method: "POST", path: `${place(id)}:cancel`, stream: false },
      decode: () => ({ then: { request: get(place(id)), decode: state } }),
    }),

    results: (_, id) => ({
      request: get(place(id)),
      decode(body, head) {
        const output = asText(asFields(fieldsOf(body, head)["batch"])?.["output_dataset_id"]);
        if (output === undefined) return {};
        return {
          next: dataset<BatchResultPage>(
            output,
            (found) => {
              const next = records(urlsOf(found));
              return next === undefined ? {} : { next };
            },
            (next, after) => ({ next, after }),
          ),
        };
      },
    }),

    customIdOf(result) {
      const id = asText(asFields(result)?.["custom_id"]);
      if (id !== undefined) return id;
      const message = `${manifest.label} sent a result without \`custom_id\``;
      throw loomError("invalid-reply", message, {}, { provider: manifest.id });
    },
    decodeRow: (result, head) => decodeRow(result, head, codec, errors),
  };
}

function upload(rows: readonly string[], name: string, type: string): WireRequest {
  const { contentType, bytes } = rowsForm({ field: "data", fileName: `${name}.jsonl`, rows });
  return {
    method: "POST",
    path: `/v1/datasets?name=${encodeURIComponent(name)}&type=${encodeURIComponent(type)}`,
    headers: { "content-type": contentType },
    body: bytes,
    stream: false,
  };
}

function readState(batch: Fields, id: string): BatchState {
  const word = asText(batch["status"]) ?? "";
  const status = words[word.replace(/^BATCH_STATUS_/, "")] ?? "unknown";
  const total = asCount(batch["num_records"]);
  const succeeded = asCount(batch["num_successful_records"]) ?? 0;
  const failed = asCount(batch["num_failed_records"]) ?? 0;
  const createdAtMs = Date.parse(asText(batch["created_at"]) ?? "");
  const problem = asText(batch["status_reason"]);
  const hasOutput = asText(batch["output_dataset_id"]) !== undefined;
  return {
    id,
    status,
    vendorStatus: word,
    ...(total !== undefined && total > 0 && { counts: { total, succeeded, failed } }),
    ...(Number.isNaN(createdAtMs) ? {} : { createdAtMs }),
    ...(problem !== undefined && { problem: clean(problem) }),
    hasResults: status === "completed" ||
      hasOutput && succeeded + failed > 0 && (status === "cancelled" || status === "failed"),
  };
}

function urlsOf(dataset: Fields): readonly string[] {
  return (asList(dataset["dataset_parts"]) ?? []).flatMap((part) => asText(asFields(part)?.["url"]) ?? []);
}

function refused(dataset: Fields, head: WireReplyHead, { label }: Manifest): Error {
  const { provider, model } = head.ctx.target;
  const said = clean(asText(dataset["validation_error"]) ?? "no reason was given");
  const message = `${label} refused the batch's rows: ${said}`;
  return loomError("invalid-request", message, {}, { provider, model });
}

function decodeRow(
  result: Json,
  head: WireReplyHead,
  codec: Pick<Codec, "decode">,
  errors: CohereErrors,
): readonly Part[] {
  const row = asFields(result) ?? {};
  const error = asText(row["error"]);
  if (error !== undefined) errors.refuse({ message: error }, head);
  const decoded = codec.decode(withoutNulls((row["body"] ?? row["response"] ?? null) as Json), head);
  if ("next" in decoded) throw errors.notAnAnswer(head, "a row of a batch is still being worked on");
  return decoded;
}

/** Avro's records have all of their fields, most of them with nothing in it; live answers leave those out. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  const fields = asFields(value);
  if (fields === undefined) return value;
  const said = Object.entries(fields).filter(([, one]) => one !== null);
  return Object.fromEntries(said.map(([name, one]) => [name, withoutNulls(one as Json)]));
}
