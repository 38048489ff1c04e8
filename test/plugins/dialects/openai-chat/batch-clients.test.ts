/** Holds batches against the vendors' own clients: the same paths, the same job, the same file. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HTTPClient, Mistral } from "@mistralai/mistralai";
import Groq, { toFile as groqFile } from "groq-sdk";
import OpenAI, { toFile } from "openai";
import Together from "together-ai";
import type { Operation, WireRequest } from "../../../../src/contract/dialect.ts";
import type { Json } from "../../../../src/contract/json.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { asked } from "../../../support/batch-steps.ts";
import { codecOf, headOf, vendor } from "./support.ts";

interface Sent {
  readonly method: string;
  readonly url: string;
  /** JSON, or the fields of a form; files as their text. */
  readonly body: unknown;
}

/** An empty query is none; the order of its words says nothing, and this default of Mistral's client neither. */
function plain(address: string): string {
  const url = new URL(address);
  url.searchParams.delete("created_by_me");
  url.searchParams.sort();
  return url.href.replace(/\?$/, "");
}

async function sentIn(request: Request): Promise<Sent> {
  const { method, url } = request;
  if (!(request.headers.get("content-type") ?? "").startsWith("multipart/")) {
    const text = await request.text();
    return { method, url: plain(url), body: text === "" ? undefined : JSON.parse(text) };
  }
  const body: Record<string, string> = {};
  for (const [name, value] of await request.formData()) {
    // Mistral's client spells out this default.
    if (name === "visibility") continue;
    body[name] = typeof value === "string" ? value : `${value.name}: ${await value.text()}`;
  }
  return { method, url, body };
}

const file = { id: "f", object: "file", bytes: 1, created_at: 1, filename: "batch.jsonl", purpose: "batch" };
const job = {
  id: "b",
  object: "batch",
  status: "QUEUED",
  endpoint: "/v1/chat/completions",
  errors: [],
  input_files: [],
  created_at: 1,
  total_requests: 1,
  completed_requests: 0,
  succeeded_requests: 0,
  failed_requests: 0,
};

/** Answers as a vendor would, and keeps what was asked. */
function recorder(): { readonly sent: Sent[]; fetch(request: Request): Promise<Response> } {
  const sent: Sent[] = [];
  return {
    sent,
    async fetch(request) {
      const one = await sentIn(request);
      // OpenAI's client tries out what its fetch can do.
      if (!one.url.startsWith("data:")) sent.push(one);
      const answer = one.url.endsWith("/files") && one.method === "GET"
        ? { data: [{ ...file, filename: "try-1.jsonl" }] }
        : one.url.endsWith("/files")
        ? { ...file, sample_type: "batch_request", source: "upload" }
        : one.method === "GET" && /\/(batches|jobs)(\?|$)/.test(one.url)
        ? { object: "list", data: [], total: 0, has_more: false }
        : job;
      return new Response(one.url.endsWith("/content") ? "{}\n" : JSON.stringify(answer), {
        headers: {
          "content-type": one.url.endsWith("/content") ? "application/octet-stream" : "application/json",
        },
      });
    },
  };
}

const label = "try-1";
const target = { upstreamModel: "m1" };
const ctx = fakeAttempting({ target });

/** What Loom sends for the same: a batch handed in and looked for, looked at, cancelled, and its results fetched. */
async function ours(id: string, finished: Json): Promise<readonly Sent[]> {
  const { batches } = codecOf(id);
  assert.ok(batches?.list !== undefined);
  const sent: Sent[] = [];
  const send = async ({ method, path, body, headers }: WireRequest) => {
    const request = new Request(vendor(id).baseUrl + path, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body !== undefined && { body: body as BodyInit }),
    });
    sent.push(await sentIn(request));
  };
  const run = async (first: Operation<unknown>, ...answers: readonly Json[]) => {
    let step: Operation<unknown> | undefined = first;
    for (const answer of answers) {
      if (step === undefined) return;
      await send(step.request);
      const found: unknown = step.decode(answer, headOf({ target }));
      step = typeof found === "object" && found !== null && "then" in found
        ? found.then as Operation<unknown>
        : undefined;
    }
  };
  await run(batches.submit([batches.row({ customId: "row-0", ctx })], ctx, label), { id: "f" }, job);
  await run(batches.list(ctx, label), { data: [{ id: "f", filename: `${label}.jsonl`, status: "" }] }, {
    data: [],
  });
  await run(batches.status(ctx, "b"), job);
  await run(batches.cancel(ctx, "b"), job);
  const results = asked(batches.results(ctx, "b"));
  await send(results.request);
  for (const download of results.decode(finished, headOf({ target })).files ?? []) await send(download);
  return sent;
}

const row = (rest: object) =>
  JSON.stringify({
    custom_id: "row-0",
    ...rest,
  }) + "\n";
const messages = [{ role: "user", content: "Say hi in five words." }];

describe("batches are asked for as by", () => {
  const fetched = (fetch: (request: Request) => Promise<Response>) => (url: unknown, init: unknown) =>
    fetch(new Request(url as string, init as RequestInit));
  const line = row({ method: "POST", url: "/v1/chat/completions", body: { model: "m1", messages } });
  const metadata = { loom: label };

  it("OpenAI's client", async () => {
    const { sent, fetch } = recorder();
    const client = new OpenAI({ apiKey: "sk-test", maxRetries: 0, fetch: fetched(fetch) });
    const file = await toFile(Buffer.from(line), `${label}.jsonl`);
    const { id } = await client.files.create({ file, purpose: "batch" });
    await client.batches.create({
      input_file_id: id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
      metadata,
    });
    await client.batches.list({ limit: 100 });
    await client.batches.retrieve("b");
    await client.batches.cancel("b");
    await client.batches.retrieve("b");
    await client.files.content("out");
    assert.deepEqual(await ours("openai", { id: "b", output_file_id: "out" }), sent);
  });

  it("Groq's client", async () => {
    const { sent, fetch } = recorder();
    const client = new Groq({ apiKey: "key", maxRetries: 0, fetch: fetched(fetch) });
    const { id } = await client.files.create({
      file: await groqFile(Buffer.from(line), `${label}.jsonl`),
      purpose: "batch",
    });
    await client.batches.create({
      input_file_id: id as string,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
      metadata,
    });
    await client.batches.list();
    await client.batches.retrieve("b");
    await client.batches.cancel("b");
    await client.batches.retrieve("b");
    await client.files.content("out");
    assert.deepEqual(await ours("groq", { id: "b", output_file_id: "out" }), sent);
  });

  it("Together's client, whose upload is one of several requests", async () => {
    const { sent, fetch } = recorder();
    const client = new Together({
      apiKey: "key",
      baseURL: vendor("together").baseUrl,
      maxRetries: 0,
      fetch: fetched(fetch),
    });
    await client.batches.create({
      input_file_id: "f",
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    await client.files.list();
    await client.batches.list();
    await client.batches.retrieve("b");
    await client.batches.cancel("b");
    await client.batches.retrieve("b");
    await client.files.content("out");
    const [upload, ...rest] = await ours("together", { id: "b", output_file_id: "out" });
    assert.deepEqual(rest, sent);
    assert.deepEqual(upload?.body, {
      purpose: "batch-api",
      file_name: `${label}.jsonl`,
      file_type: "jsonl",
      file: `${label}.jsonl: ${row({ body: { model: "m1", messages } })}`,
    });
  });

  it("Mistral's client", async () => {
    const { sent, fetch } = recorder();
    const client = new Mistral({
      apiKey: "key",
      httpClient: new HTTPClient({ fetcher: (input) => fetch(input as Request) }),
    });
    await client.files.upload({
      file: { fileName: `${label}.jsonl`, content: Buffer.from(row({ body: { messages } })) },
      purpose: "batch",
    });
    await client.batch.jobs.create({
      inputFiles: ["f"],
      endpoint: "/v1/chat/completions",
      model: "m1",
      metadata,
    });
    await client.batch.jobs.list({});
    await client.batch.jobs.get({ jobId: "b" });
    await client.batch.jobs.cancel({ jobId: "b" });
    await client.batch.jobs.get({ jobId: "b" });
    await client.files.download({ fileId: "out" });
    assert.deepEqual(await ours("mistral", { id: "b", output_file: "out" }), sent);
  });
});
