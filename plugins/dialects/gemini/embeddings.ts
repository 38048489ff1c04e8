/** Embeddings: texts in, vectors out, in the order of the texts; more than one request takes are sent one request after another. */

import {
  asFields,
  asList,
  type Attempting,
  type Body,
  type Decoded,
  type Fields,
  type Json,
  loomError,
  type Manifest,
  type Notice,
  type Params,
  type Part,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import { EmbeddingCounter } from "./embedding-usage.ts";
import { type Flavour, modelName, modelPath } from "./flavour.ts";
import type { Reading } from "./reading.ts";

/** Google refuses more in one batch: "at most 100 requests can be in one batch". */
const mostPerBatch = 100;

/** The three forms of one request. */
type Form = "batch" | "one" | "predict";

interface Plan {
  readonly form: Form;
  readonly perRequest: number;
}

export interface EmbeddingReading {
  readonly how: Reading;
  readonly manifest: Manifest;
  readonly flavour: Flavour;
}

/**
 * Vertex serves older models by `predict` and newer ones, one text at a time, by `embedContent`, as Google's client tells them
 * apart; gemini-embedding-001 takes one text per request there.
 */
function planOf({ target, call }: Attempting, { vertex }: Flavour): Plan {
  const texts = call.input?.length ?? 0;
  if (!vertex) {
    return texts === 1 ? { form: "one", perRequest: 1 } : { form: "batch", perRequest: mostPerBatch };
  }
  const name = target.upstreamModel;
  const newer = (name.includes("gemini") && name !== "gemini-embedding-001") || name.includes("maas");
  if (newer) return { form: "one", perRequest: 1 };
  return { form: "predict", perRequest: name === "gemini-embedding-001" ? 1 : mostPerBatch };
}

export function encodeEmbeddings(ctx: Attempting, manifest: Manifest, flavour: Flavour): WireRequest {
  if (ctx.call.input === undefined || ctx.call.input.length === 0) {
    const { provider, model } = ctx.target;
    const message = "input: an embedding call needs at least one text";
    throw loomError("invalid-request", message, { path: "input" }, { provider, model });
  }
  const notices: Notice[] = [];
  const request = requestFor(ctx, 0, manifest, flavour, notices);
  return notices.length === 0 ? request : { ...request, warnings: notices };
}

function requestFor(
  ctx: Attempting,
  from: number,
  manifest: Manifest,
  flavour: Flavour,
  notices: Notice[],
): WireRequest {
  const { form, perRequest } = planOf(ctx, flavour);
  const texts = (ctx.call.input ?? []).slice(from, from + perRequest);
  const settings = settingsOf(ctx.target.params, manifest, notices);
  const body = form === "predict"
    ? predictBody(texts, settings)
    : contentBody(ctx, texts, form, settings, flavour);
  const verb = form === "predict" ? "predict" : form === "one" ? "embedContent" : "batchEmbedContents";
  return { method: "POST", path: modelPath(ctx, verb), body: JSON.stringify(body), stream: false };
}

function contentBody(
  { target }: Attempting,
  texts: readonly string[],
  form: Form,
  settings: Body,
  { vertex }: Flavour,
): Json {
  const of = (text: string): Json => ({ parts: [{ text }], role: "user" });
  if (form === "batch") {
    const model = modelName(target.upstreamModel);
    return { requests: texts.map((text) => ({ content: of(text), ...settings, model })) } as Json;
  }
  const content = of(texts[0] ?? "");
  if (!vertex) return { content, ...settings } as Json;
  return Object.keys(settings).length === 0 ? { content } : { content, embedContentConfig: settings as Json };
}

/** `task_type` and `title` belong to each text, the rest to the request. */
function predictBody(texts: readonly string[], settings: Body): Json {
  const { taskType, title, mimeType, ...parameters } = settings;
  const shared: Body = {};
  if (taskType !== undefined) shared["task_type"] = taskType;
  if (title !== undefined) shared["title"] = title;
  if (mimeType !== undefined) shared["mimeType"] = mimeType;
  const instances = texts.map((content) => ({ content, ...shared })) as Json;
  return Object.keys(parameters).length === 0 ? { instances } : { instances, parameters: parameters as Json };
}

const names: Readonly<Record<string, string>> = {
  dimensions: "outputDimensionality",
  output_dimensionality: "outputDimensionality",
  task_type: "taskType",
  auto_truncate: "autoTruncate",
  mime_type: "mimeType",
};

function settingsOf(params: Params, manifest: Manifest, notices: Notice[]): Body {
  const settings: Body = {};
  for (const name in params) {
    const value = params[name];
    if (value === undefined) continue;
    const sent = names[name] ?? name;
    if (sent !== name && params[sent] !== undefined) continue;
    if (sent === "encoding_format" || sent === "user") {
      if (value === "float") continue;
      const message = `${manifest.label} does not take \`${name}\`; it was left out`;
      notices.push({ code: "param-dropped", message });
      continue;
    }
    settings[sent] = value;
  }
  return settings;
}

/** Decodes vectors; asks for the next ones while texts are left. @throws LoomError `invalid-reply` */
export function decodeEmbeddings(body: Json, head: WireReplyHead, reading: EmbeddingReading): Decoded {
  return decodeBatch(body, head, reading, [], new EmbeddingCounter());
}

function decodeBatch(
  body: Json | Uint8Array,
  head: WireReplyHead,
  reading: EmbeddingReading,
  before: readonly (readonly number[])[],
  counter: EmbeddingCounter,
): Decoded {
  const { how, manifest, flavour } = reading;
  const { ctx } = head;
  const fields = asFields(body);
  if (fields === undefined) throw how.notAnAnswer(head, "it is not a JSON object");
  how.refuseFault(fields, head);
  const total = ctx.call.input?.length ?? 0;
  const expected = Math.min(planOf(ctx, flavour).perRequest, total - before.length);
  const found = vectorsOf(fields, head, how);
  if (total > 0 && found.length !== expected) {
    throw how.notAnAnswer(head, `${expected} text(s) were sent and ${found.length} vector(s) came`);
  }
  const vectors = [...before, ...found];
  const counted = counter.with(fields);
  if (vectors.length < total) {
    return {
      next: requestFor(ctx, vectors.length, manifest, flavour, []),
      jobId: `texts from ${vectors.length}`,
      waitMs: 0,
      progress: vectors.length / total,
      decode: (next, nextHead) => decodeBatch(next, nextHead, reading, vectors, counted),
    };
  }
  const parts: Part[] = vectors.map((vector, index) => ({ type: "embedding", index, vector }));
  const usage = counted.usage();
  if (usage !== undefined) parts.push({ type: "usage", usage });
  // Of several answers none is the whole; with one, it is what came.
  if (before.length === 0) parts.push({ type: "raw", value: body as Json });
  return parts;
}

function vectorsOf(body: Fields, head: WireReplyHead, how: Reading): readonly (readonly number[])[] {
  const one = asFields(body["embedding"]);
  const predictions = asList(body["predictions"])?.map((entry) => asFields(entry)?.["embeddings"]);
  const rows = asList(body["embeddings"]) ?? predictions ?? (one === undefined ? undefined : [one]);
  if (rows === undefined || rows.length === 0) throw how.notAnAnswer(head, "it has no embeddings");
  return rows.map((entry, index) => {
    const values = asList(asFields(entry)?.["values"]);
    if (values === undefined || values.length === 0 || !values.every((value) => typeof value === "number")) {
      throw how.notAnAnswer(head, `embedding ${index} is not a list of numbers`);
    }
    return values as readonly number[];
  });
}
