/** Batches as Fireworks has them: datasets in, datasets out, all under an account. https://docs.fireworks.ai/guides/batch-inference */

import {
  asFields,
  asList,
  asText,
  type Attempting,
  type BatchCodec,
  type BatchPage,
  type BatchResultPage,
  type BatchState,
  type Chained,
  type Json,
  letters,
  loomError,
  type Manifest,
  type ManifestBatch,
  type Operation,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import { type RowCodec, writeRow } from "./batch-line.ts";
import { customIdIn, decodeBatchRow } from "./batch-row.ts";
import { readFireworksState } from "./fireworks-batch-state.ts";
import type { Reading } from "./reading.ts";
import { uploadRequest } from "./upload.ts";

/** What is managed stands beside what is inferred: `/inference/v1` and `/v1`. */
const root = "/../../v1";

export function fireworksBatches(
  manifest: Manifest,
  batch: ManifestBatch,
  codec: RowCodec,
  how: Reading,
): BatchCodec {
  const lines: ManifestBatch = { ...batch, rows: "body-without-model" };
  const state = (body: Json | Uint8Array, head: WireReplyHead) => readFireworksState(body, head, how);
  const get = (path: string): WireRequest => ({ method: "GET", path: root + path, stream: false });
  const post = (path: string, body: object): WireRequest => ({
    method: "POST",
    path: root + path,
    body: JSON.stringify(body),
    stream: false,
  });

  /** The account that the key is of. */
  function inAccount<T>(then: (account: string) => Chained<T>): Chained<T> {
    return {
      request: get("/accounts"),
      decode(body, head) {
        const names = (asList(asFields(body)?.["accounts"]) ?? [])
          .flatMap((one) => asText(asFields(one)?.["name"])?.replace(/^accounts\//, "") ?? []);
        const [name, ...others] = names;
        if (name === undefined) throw how.notAnAnswer(head, "the key belongs to no account");
        if (others.length > 0) throw severalAccounts(head, manifest, names);
        return { then: then(`/accounts/${encodeURIComponent(name)}`) };
      },
    };
  }

  function upload(
    account: string,
    texts: readonly string[],
    ctx: Attempting,
    label?: string,
  ): Chained<BatchState> {
    // Names that are taken are refused, so that each try has its own; only the job's is the label's.
    const name = `loom-${letters(`${ctx.id}/${ctx.attempt}`, 20).toLowerCase()}`;
    const job = label === undefined ? name : jobOf(label);
    const dataset = (id: string) => `${account}/datasets/${id}`;
    const order = {
      model: ctx.target.upstreamModel,
      inputDatasetId: dataset(name).slice(1),
      outputDatasetId: dataset(`${name}-out`).slice(1),
      ...(label !== undefined && { displayName: label }),
    };
    const begin: Chained<BatchState> = {
      request: { ...post(`${account}/batchInferenceJobs?batchInferenceJobId=${job}`, order), once: true },
      decode: state,
    };
    const fill: Chained<BatchState> = {
      request: uploadRequest(`${root}${dataset(name)}:upload`, {}, texts, label),
      decode: () => ({ then: begin }),
    };
    return {
      request: post(`${account}/datasets`, { datasetId: name, dataset: { userUploaded: {} } }),
      decode: () => ({ then: fill }),
    };
  }

  function listed(account: string, label: string, from?: string): Operation<BatchPage> {
    const token = from === undefined ? "" : `&pageToken=${encodeURIComponent(from)}`;
    return {
      request: get(`${account}/batchInferenceJobs?pageSize=200${token}`),
      decode(body, head) {
        const fields = asFields(body);
        if (fields === undefined) throw how.notAnAnswer(head, "the list of batches is not a JSON object");
        const batches = (asList(fields["batchInferenceJobs"]) ?? []).map((one) => {
          const found = readFireworksState(one, head, how);
          return { state: found, carries: found.id.endsWith(`/${jobOf(label)}`) };
        });
        const next = asText(fields["nextPageToken"]);
        return next === undefined ? { batches } : { batches, next: listed(account, label, next) };
      },
    };
  }

  const files = (dataset: string): Operation<BatchResultPage> => ({
    request: get(`/${placeOf(dataset)}:getDownloadEndpoint`),
    decode(body, head) {
      const urls = asFields(asFields(body)?.["filenameToSignedUrls"]);
      if (urls === undefined) throw how.notAnAnswer(head, "the batch's results have no address");
      const paths = Object.values(urls).flatMap((url) => asText(url) ?? []);
      return { files: paths.map((path) => ({ method: "GET", path, stream: false, answer: "bytes" })) };
    },
  });

  return {
    limits: { maxRows: batch.maxRows, maxBytes: batch.maxBytes },
    row: (row) => writeRow(row, manifest, lines, codec),
    submit: (texts, ctx, label) => inAccount((account) => upload(account, texts, ctx, label)),
    list: (_, label) => inAccount((account) => listed(account, label)),
    status: (_, id) => ({ request: get(`/${placeOf(id)}`), decode: state }),
    // Answered with nothing, so that the state is asked for.
    cancel: (_, id) => ({
      request: post(`/${placeOf(id)}:cancel`, {}),
      decode: () => ({ then: { request: get(`/${placeOf(id)}`), decode: state } }),
    }),
    results: (_, id) => ({
      request: get(`/${placeOf(id)}`),
      decode(body, head) {
        const dataset = asText(asFields(body)?.["outputDatasetId"]);
        if (dataset === undefined) throw how.notAnAnswer(head, "the batch names no results");
        const account = id.split("/", 2).join("/");
        return { next: files(dataset.includes("/") ? dataset : `${account}/datasets/${dataset}`) };
      },
    }),
    customIdOf: (result) => customIdIn(result, "custom_id", manifest),
    decodeRow: (result, head) => decodeBatchRow(asLine(result), head, codec, how),
  };
}

/** Ids of jobs are small letters, digits and hyphens. */
function jobOf(label: string): string {
  return `loom-${letters(label, 24).toLowerCase()}`;
}

/** `accounts/a/batchInferenceJobs/b`, as a path. */
function placeOf(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

function severalAccounts(head: WireReplyHead, { label }: Manifest, names: readonly string[]): Error {
  const { provider, model } = head.ctx.target;
  const message =
    `${label}: the key belongs to several accounts (${names.slice(0, 5).join(", ")}), and a batch to one; ` +
    "use a key of the account that is to have it";
  return loomError("invalid-request", message, {}, { provider, model });
}

/** Unlike OpenAI's, an answer is not wrapped again. */
function asLine(result: Json): Json {
  const row = asFields(result) ?? {};
  const response = asFields(row["response"]);
  if (response === undefined || response["body"] !== undefined) return result;
  return { ...row, response: { status_code: 200, body: response } } as Json;
}
