/** Batches over real sockets: the steps of a codec one after the other, and what happens when one of them goes wrong. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Batches } from "../../src/contract/batch.ts";
import type { Attempting } from "../../src/contract/context.ts";
import type { Http } from "../../src/contract/services.ts";
import { wireProvider } from "../../src/plugin.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { fakeAttempting } from "../../src/testing/fake-context.ts";
import { fakeSecret } from "../../src/testing/fake-secret.ts";
import { createHttp } from "../../src/wire/http.ts";
import { gathered } from "../support/batch-steps.ts";
import { failureOf } from "../support/failure.ts";
import { type Arrived, serve, type TestServer } from "../support/server.ts";
import { codecOf, vendor } from "../plugins/dialects/openai-chat/support.ts";

const key = fakeSecret("sk-1");
const ctx = fakeAttempting({ target: { upstreamModel: "m1" } });
const rows = ["row-0", "row-1"].map((customId) => ({ customId, ctx }));

let http: Http;
let server: TestServer;
let answer: (arrived: Arrived) => void;

before(async () => {
  http = createHttp(systemClock);
  server = await serve((arrived) => answer(arrived));
});
after(async () => {
  await http.close();
  await server.close();
});
beforeEach(() => {
  answer = ({ response, url }) =>
    void response.writeHead(200, { "content-type": "application/json" }).end(
      JSON.stringify(url.endsWith("/files") ? { id: "file-1" } : { id: "b-1", status: "validating" }),
    );
});

function batchesOf(limits: { readonly maxRows?: number; readonly maxBytes?: number } = {}): Batches {
  const manifest = vendor("openai");
  const batch = { maxRows: 10, maxBytes: 10_000, ...limits };
  const text = codecOf("openai", { batch });
  const { batches } = wireProvider({ manifest, codecs: { text }, http, baseUrl: server.url });
  assert.ok(batches !== undefined);
  return batches;
}

const textAnswer = (content: string) => ({
  status_code: 200,
  body: { choices: [{ index: 0, message: { content }, finish_reason: "stop" }] },
});

describe("batches over the wire", () => {
  it("are handed in step by step, with the key", async () => {
    const from = server.requests.length;
    const state = await batchesOf().submit(rows, key);
    assert.deepEqual([state.id, state.status], ["b-1", "validating"]);
    const [upload, create] = server.requests.slice(from);
    assert.deepEqual([upload?.method, upload?.url], ["POST", "/files"]);
    assert.equal(upload?.headers.authorization, "Bearer sk-1");
    assert.match(upload?.headers["content-type"] ?? "", /^multipart\/form-data; boundary=/);
    assert.match(upload?.body ?? "", /"custom_id":"row-0".*\n.*"custom_id":"row-1"/);
    assert.deepEqual([create?.url, JSON.parse(create?.body ?? "").input_file_id], ["/batches", "file-1"]);
  });

  it("are not handed in again, when nobody can tell whether they arrived", async () => {
    const usual = answer;
    answer = (arrived) =>
      arrived.url === "/batches" ? void arrived.response.socket?.destroy() : usual(arrived);
    const error = await failureOf(batchesOf().submit(rows, key), "connection-failed");
    assert.equal(error.recovery, "never");
  });

  it("are handed in again, when the upload failed", async () => {
    answer = ({ response }) => void response.socket?.destroy();
    const error = await failureOf(batchesOf().submit(rows, key), "connection-failed");
    assert.notEqual(error.recovery, "never");
  });

  const tooMuch = [[{ maxRows: 1 }, /2 rows.* 1 at most/], [
    { maxBytes: 200 },
    /bytes.* 200 bytes at most/,
  ]] as const;
  for (const [limits, message] of tooMuch) {
    it(`are refused above ${JSON.stringify(limits)}, before anything is sent`, async () => {
      const from = server.requests.length;
      const error = await failureOf(batchesOf(limits).submit(rows, key), "invalid-request");
      assert.match(error.message, message);
      assert.equal(server.requests.length, from);
    });
  }

  it("know how large a row is", () => {
    const [row] = rows;
    assert.ok(row !== undefined);
    const text = codecOf("openai").batches?.row(row) ?? "";
    assert.equal(batchesOf().sizeOf(row), Buffer.byteLength(text) + 1);
  });

  it("name the row that cannot be asked", async () => {
    const bad = fakeAttempting({ call: { messages: [] } });
    const error = await failureOf(
      batchesOf().submit([...rows, { customId: "row-2", ctx: bad }], key),
      "invalid-request",
    );
    assert.match(error.message, /^row-2: /);
  });

  it("tell what was left out, or refuse it where the caller is strict", async () => {
    const dropping = (strict: boolean): Attempting =>
      fakeAttempting({ call: { strict, params: { temperature: 0 } }, target: { upstreamModel: "o3" } });
    const lenient = dropping(false);
    await batchesOf().submit([{ customId: "row-0", ctx: lenient }], key);
    assert.equal(lenient.ledger.receipt().warnings[0]?.code, "param-dropped");
    await failureOf(batchesOf().submit([{ customId: "row-0", ctx: dropping(true) }], key), "unsupported");
  });

  it("have no rows of what the vendor does not take", async () => {
    const embedding = fakeAttempting({ call: { modality: "embedding", input: ["a"], messages: [] } });
    await failureOf(batchesOf().status(embedding, key, "b"), "unsupported");
  });

  it("give each row its answer or its error, and pass over lines that are nobody's", async () => {
    const files: Record<string, readonly unknown[]> = {
      "/files/out/content": [{ custom_id: "row-1", response: textAnswer("One.") }, {
        response: textAnswer("?"),
      }],
      "/files/err/content": [{
        custom_id: "row-0",
        response: { status_code: 429, body: { error: { message: "no" } } },
      }],
    };
    answer = ({ response, url }) => {
      const file = files[url];
      const job = { id: "b-1", status: "completed", output_file_id: "out", error_file_id: "err" };
      const text = file === undefined
        ? JSON.stringify(job)
        : file.map((row) => JSON.stringify(row)).join("\n");
      response.writeHead(200, {
        "content-type": file === undefined ? "application/json" : "application/jsonl",
      }).end(text);
    };
    const found = await gathered(batchesOf().results(ctx, key, "b-1", () => ctx));
    assert.deepEqual(found.map(({ customId }) => customId), ["row-1", "row-0"]);
    assert.ok(found[0]?.parts?.some((part) => part.type === "text" && part.text === "One."));
    assert.equal(found[1]?.error?.code, "rate-limited");
  });

  it("are looked at and cancelled", async () => {
    const from = server.requests.length;
    await batchesOf().status(ctx, key, "b-1");
    await batchesOf().cancel(ctx, key, "b-1");
    const asked = server.requests.slice(from).map(({ method, url, body }) => [method, url, body]);
    assert.deepEqual(asked, [["GET", "/batches/b-1", ""], ["POST", "/batches/b-1/cancel", ""]]);
  });
});

describe("a batch with a label", () => {
  const listed = (id: string, label: string, created_at: number) => ({
    id,
    status: "in_progress",
    created_at,
    metadata: { loom: label },
  });
  const pages: Readonly<Record<string, object>> = {
    "/batches?limit=100": {
      data: [listed("b-3", "try-3", 3000), listed("b-2", "try-2", 2000)],
      has_more: true,
    },
    "/batches?limit=100&after=b-2": { data: [listed("b-1", "try-1", 1000)], has_more: false },
  };
  beforeEach(() => {
    const usual = answer;
    answer = (arrived) => {
      const page = pages[arrived.url];
      if (page === undefined) return usual(arrived);
      arrived.response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(page));
    };
  });

  it("keeps it, in its metadata and in the name of its file", async () => {
    const from = server.requests.length;
    await batchesOf().submit(rows, key, "try-1");
    const [upload, create] = server.requests.slice(from);
    assert.match(upload?.body ?? "", /filename="try-1\.jsonl"/);
    assert.deepEqual(JSON.parse(create?.body ?? "").metadata, { loom: "try-1" });
  });

  it("is found by it, on whatever page it is", async () => {
    const batches = batchesOf();
    assert.equal((await batches.find?.(ctx, key, "try-1"))?.id, "b-1");
    assert.equal((await batches.find?.(ctx, key, "try-3", { createdAfterMs: 2_900_000 }))?.id, "b-3");
  });

  it("is not found where there is none, without reading what is too old", async () => {
    const from = server.requests.length;
    assert.equal(await batchesOf().find?.(ctx, key, "try-4", { createdAfterMs: 4_000_000 }), undefined);
    assert.equal(server.requests.length - from, 1);
  });

  for (const label of ["", "a b", "../x", "ä", "x".repeat(49)]) {
    it(`is refused: ${JSON.stringify(label)}`, async () => {
      const from = server.requests.length;
      await failureOf(batchesOf().submit(rows, key, label), "invalid-request");
      assert.equal(server.requests.length, from);
    });
  }
});
