/** Holds batches against the vendors' own clients: the same paths, the same job, the same file. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HTTPClient, Mistral } from "@mistralai/mistralai";
import OpenAI, { toFile } from "openai";
import type { Operation } from "../../../../src/contract/dialect.ts";
import type { Json } from "../../../../src/contract/json.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { codecOf, headOf, vendor } from "./support.ts";

interface Sent {
  readonly method: string;
  readonly url: string;
  /** JSON, or the fields of a form; files as their text. */
  readonly body: unknown;
}

async function sentIn(request: Request): Promise<Sent> {
  const { method, url } = request;
  if (!(request.headers.get("content-type") ?? "").startsWith("multipart/")) {
    const text = await request.text();
    // Mistral's client sends an empty query.
    return { method, url: url.replace(/\?$/, ""), body: text === "" ? undefined : JSON.parse(text) };
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
      const answer = one.url.endsWith("/files")
        ? { ...file, sample_type: "batch_request", source: "upload" }
        : job;
      return new Response(one.url.endsWith("/content") ? "{}\n" : JSON.stringify(answer), {
        headers: {
          "content-type": one.url.endsWith("/content") ? "application/octet-stream" : "application/json",
        },
      });
    },
  };
}

const target = { upstreamModel: "m1" };
const ctx = fakeAttempting({ target });

/** What Loom sends for the same: a batch handed in, looked at, cancelled, and its results fetched. */
async function ours(id: string, finished: Json): Promise<readonly Sent[]> {
  const { batches } = codecOf(id);
  assert.ok(batches !== undefined);
  const sent: Sent[] = [];
  const answers: readonly (Json | Uint8Array)[] = [{ id: "f" }, job, job, job, finished, new Uint8Array()];
  const steps = [
    batches.submit([batches.row({ customId: "row-0", ctx })], ctx),
    batches.status(ctx, "b"),
    batches.cancel(ctx, "b"),
    batches.results(ctx, "b"),
  ];
  let answered = 0;
  for (const first of steps) {
    let step: Operation<unknown> | undefined = first;
    while (step !== undefined) {
      const { method, path, body, headers } = step.request;
      const request = new Request(vendor(id).baseUrl + path, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...(body !== undefined && { body: body as BodyInit }),
      });
      sent.push(await sentIn(request));
      const found = step.decode(answers[answered++] ?? null, headOf({ target }));
      step = typeof found === "object" && found !== null && "then" in found
        ? found.then as Operation<unknown>
        : undefined;
    }
  }
  return sent;
}

const row = (rest: object) =>
  JSON.stringify({
    custom_id: "row-0",
    ...rest,
  }) + "\n";
const messages = [{ role: "user", content: "Say hi in five words." }];

describe("batches are asked for as by", () => {
  it("OpenAI's client", async () => {
    const { sent, fetch } = recorder();
    const client = new OpenAI({
      apiKey: "sk-test",
      maxRetries: 0,
      fetch: (url, init) => fetch(new Request(url as string, init as RequestInit)),
    });
    const text = row({ method: "POST", url: "/v1/chat/completions", body: { model: "m1", messages } });
    const { id } = await client.files.create({
      file: await toFile(Buffer.from(text), "batch.jsonl"),
      purpose: "batch",
    });
    await client.batches.create({
      input_file_id: id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    await client.batches.retrieve("b");
    await client.batches.cancel("b");
    await client.batches.retrieve("b");
    await client.files.content("out");
    assert.deepEqual(await ours("openai", { id: "b", output_file_id: "out" }), sent);
  });

  it("Mistral's client", async () => {
    const { sent, fetch } = recorder();
    const client = new Mistral({
      apiKey: "key",
      httpClient: new HTTPClient({ fetcher: (input) => fetch(input as Request) }),
    });
    const text = row({ body: { messages } });
    await client.files.upload({
      file: { fileName: "batch.jsonl", content: Buffer.from(text) },
      purpose: "batch",
    });
    await client.batch.jobs.create({ inputFiles: ["f"], endpoint: "/v1/chat/completions", model: "m1" });
    await client.batch.jobs.get({ jobId: "b" });
    await client.batch.jobs.cancel({ jobId: "b" });
    await client.batch.jobs.get({ jobId: "b" });
    await client.files.download({ fileId: "out" });
    assert.deepEqual(await ours("mistral", { id: "b", output_file: "out" }), sent);
  });
});
