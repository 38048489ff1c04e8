/** A batch of messages from end to end, over sockets: headers like those of Anthropic's own client, rows that are told apart. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import type { Batches } from "../../../../src/contract/batch.ts";
import { systemClock } from "../../../../src/runtime/clock.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { fakeSecret } from "../../../../src/testing/fake-secret.ts";
import { wireProvider } from "../../../../src/vendor/wire-provider.ts";
import { createHttp } from "../../../../src/wire/http.ts";
import { gathered } from "../../../support/batch-steps.ts";
import { failureOf } from "../../../support/failure.ts";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";
import { codec, vendor } from "./support.ts";

const key = fakeSecret("sk-ant-test");
const ask = (prompt: string) =>
  fakeAttempting({
    call: { messages: [{ role: "user", content: prompt }] },
    target: { provider: "anthropic", upstreamModel: "claude-haiku-4-5", params: { max_tokens: 5 } },
  });
const ctx = ask("Hi");
const id = "msgbatch_1";
const counts = { processing: 0, succeeded: 0, errored: 0, canceled: 0, expired: 0 };
const state = (processing_status: string, changed: Partial<typeof counts>) =>
  JSON.stringify({ id, type: "message_batch", processing_status, request_counts: { ...counts, ...changed } });
const message = (text: string) => ({
  type: "message",
  content: [{ type: "text", text }],
  stop_reason: "end_turn",
  usage: { input_tokens: 1, output_tokens: 1 },
});
const lines = [
  { custom_id: "row-1", result: { type: "expired" } },
  { custom_id: "row-0", result: { type: "succeeded", message: message("Hello!") } },
  { result: { type: "canceled" } },
].map((line) => JSON.stringify(line)).join("\n");

const routes: Readonly<Record<string, string>> = {
  "POST /v1/messages/batches": state("in_progress", { processing: 2 }),
  [`GET /v1/messages/batches/${id}`]: state("ended", { succeeded: 1, expired: 1 }),
  [`POST /v1/messages/batches/${id}/cancel`]: state("canceling", { processing: 2 }),
  [`GET /v1/messages/batches/${id}/results`]: lines,
};

/** Those of one test. */
const extra: Record<string, string> = {};

let server: TestServer;
let batches: Batches;
const http = createHttp(systemClock);

before(async () => {
  server = await serve(({ method, url, body, response }) => {
    if (body.includes("cut me")) return void response.destroy();
    const found = routes[`${method} ${url}`] ?? extra[`${method} ${url}`];
    const missing = '{"type":"error","error":{"type":"not_found_error","message":"No such batch."}}';
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(found ?? missing);
  });
  const manifest = vendor({ baseUrl: server.url });
  const headers = manifest.headers ?? {};
  batches = wireProvider({ manifest, codecs: { text: codec() }, http, headers }).batches as Batches;
});
after(async () => {
  await http.close?.();
  await server.close();
});

describe("a batch over the wire", () => {
  it("is handed in, asked for, cancelled and read", async () => {
    const rows = ["Hi", "Ho"].map((prompt, index) => ({ customId: `row-${index}`, ctx: ask(prompt) }));
    const begun = await batches.submit(rows, key);
    assert.deepEqual([begun.id, begun.status], [id, "in_progress"]);
    assert.equal((await batches.status(ctx, key, id)).status, "completed");
    assert.equal((await batches.cancel(ctx, key, id)).status, "in_progress");
    const results = await gathered(batches.results(ctx, key, id, () => ctx));
    assert.deepEqual(results.map(({ customId, error }) => [customId, error?.code]), [
      ["row-1", "timed-out"],
      ["row-0", undefined],
    ]);
    assert.ok(results[1]?.parts?.some((part) => part.type === "text" && part.text === "Hello!"));
  });

  it("has the headers of the official client", async () => {
    // The client sends a key as a token, unlike Loom.
    const names = ["content-type", "anthropic-beta", "anthropic-workspace-id"];
    const of = ({ headers }: Arrived) => names.map((name) => headers[name]);
    const client = new Anthropic({ apiKey: "sk-ant-test", baseURL: server.url, maxRetries: 0 });
    const params = {
      model: "claude-haiku-4-5",
      max_tokens: 5,
      messages: [{ role: "user" as const, content: "Hi" }],
    };
    const pairs: readonly [() => PromiseLike<unknown>, () => PromiseLike<unknown>][] = [
      [
        () => client.messages.batches.create({ requests: [{ custom_id: "row-0", params }] }),
        () => batches.submit([{ customId: "row-0", ctx }], key),
      ],
      [() => client.messages.batches.retrieve(id), () => batches.status(ctx, key, id)],
    ];
    for (const [theirs, ours] of pairs) {
      await theirs();
      const wanted = of(server.requests.at(-1) as Arrived);
      await ours();
      const sent = server.requests.at(-1) as Arrived;
      assert.deepEqual(of(sent), wanted);
      assert.equal(sent.headers["anthropic-version"], "2023-06-01");
      assert.equal(sent.headers["x-api-key"], "sk-ant-test");
    }
  });

  it("that may have arrived is not handed in again", async () => {
    const error = await failureOf(
      batches.submit([{ customId: "row-0", ctx: ask("cut me") }], key),
      "connection-failed",
    );
    assert.equal(error.recovery, "never");
  });

  it("that is not there is an error", async () => {
    const error = await failureOf(batches.status(ctx, key, "other"), "model-not-found");
    assert.match(error.message, /No such batch/);
  });

  it("is found by what its results say, when nothing else tells it", async () => {
    const rows = [{ customId: "row-0", ctx }];
    await batches.submit(rows, key, "mine");
    const sent = JSON.parse((server.requests.at(-1) as Arrived).body) as {
      readonly requests: readonly object[];
    };
    const [written] = sent.requests as readonly { readonly custom_id: string }[];
    const ended = (own: string) => ({ ...JSON.parse(state("ended", { succeeded: 1 })) as object, id: own });
    extra["GET /v1/messages/batches?limit=100"] = JSON.stringify({
      data: [ended("theirs"), ended("ours")],
      has_more: false,
    });
    const line = (custom_id: string) =>
      JSON.stringify({ custom_id, result: { type: "succeeded", message: message("Hi.") } });
    extra["GET /v1/messages/batches/theirs/results"] = line("row-0");
    extra["GET /v1/messages/batches/ours/results"] = line(written?.custom_id ?? "");
    assert.equal((await batches.find?.(ctx, key, "mine"))?.id, "ours");
    assert.equal(await batches.find?.(ctx, key, "nobody's"), undefined);

    const [own] = await gathered(batches.results(ctx, key, "ours", () => ctx, "mine"));
    assert.equal(own?.customId, "row-0");
    const error = await failureOf(
      gathered(batches.results(ctx, key, "theirs", () => ctx, "mine")),
      "invalid-reply",
    );
    assert.match(error.message, /theirs is not the one/);
    assert.equal(error.recovery, "never");
  });
});
