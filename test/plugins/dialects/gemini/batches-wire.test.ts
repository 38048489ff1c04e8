/** A batch of Gemini from end to end, over sockets: inline, out of a file, and cancelled. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Batches } from "../../../../src/contract/batch.ts";
import type { Json } from "../../../../src/contract/json.ts";
import { systemClock } from "../../../../src/runtime/clock.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { fakeSecret } from "../../../../src/testing/fake-secret.ts";
import { wireProvider } from "../../../../src/vendor/wire-provider.ts";
import { createHttp } from "../../../../src/wire/http.ts";
import { gathered } from "../../../support/batch-steps.ts";
import { failureOf } from "../../../support/failure.ts";
import { serve, type TestServer } from "../../../support/server.ts";
import { claudeOnVertex } from "../../../../plugins/providers/vertex/claude.ts";
import { providerOf } from "../../../../plugins/providers/vertex/provider.ts";
import { codec as claudeCodec } from "../anthropic-messages/support.ts";
import { codec, gemini, vertex, vertexCodec } from "./support.ts";

const key = fakeSecret("key-1");
const ask = (prompt: string) =>
  fakeAttempting({
    call: { messages: [{ role: "user", content: prompt }] },
    target: { provider: "gemini", upstreamModel: "gemini-2.5-flash" },
  });
const ctx = ask("Hi");
const said = (text: string): Json => ({
  candidates: [{ content: { role: "model", parts: [{ text }] }, finishReason: "STOP" }],
});
const rows: Json[] = [
  { metadata: { key: "row-1" }, error: { code: 8, message: "Resource has been exhausted" } },
  { metadata: { key: "row-0" }, response: said("Hi.") },
];
const operation = (state: string, more: Record<string, Json> = {}) => ({
  name: "batches/abc",
  metadata: { state: `BATCH_STATE_${state}` },
  ...more,
});
const routes: Readonly<Record<string, unknown>> = {
  "POST /v1beta/models/gemini-2.5-flash:batchGenerateContent": operation("PENDING"),
  "GET /v1beta/batches/abc": operation("SUCCEEDED", {
    done: true,
    response: { inlinedResponses: { inlinedResponses: rows } },
  }),
  "GET /v1beta/batches/filed": operation("SUCCEEDED", {
    done: true,
    response: { responsesFile: "files/batch-abc" },
  }),
  "POST /v1beta/batches/gone:cancel": {},
  "GET /v1beta/batches/gone": operation("CANCELLED", {
    done: true,
    error: { code: 13, message: "Batch was cancelled." },
  }),
};

let server: TestServer;
let batches: Batches;
const http = createHttp(systemClock);

before(async () => {
  server = await serve(({ method, url, body, response }) => {
    if (body.includes("cut me")) return void response.destroy();
    if (url === "/download/v1beta/files/batch-abc:download?alt=media") {
      const lines = rows.map((row) => JSON.stringify(row)).join("\n");
      return void response.writeHead(200, { "content-type": "application/octet-stream" }).end(lines);
    }
    const found = routes[`${method} ${url}`];
    const missing = { error: { code: 404, status: "NOT_FOUND", message: "Requested entity was not found." } };
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(found ?? missing));
  });
  const manifest = { ...gemini, baseUrl: `${server.url}/v1beta` };
  batches = wireProvider({ manifest, codecs: { text: codec, embedding: codec }, http }).batches as Batches;
});
after(async () => {
  await http.close?.();
  await server.close();
});

describe("a batch over the wire", () => {
  it("is handed in", async () => {
    const state = await batches.submit(
      [{ customId: "row-0", ctx }, { customId: "row-1", ctx: ask("Ho") }],
      key,
    );
    assert.deepEqual([state.id, state.status, state.hasResults], ["batches/abc", "validating", false]);
  });

  for (const [where, id] of [["inline", "batches/abc"], ["out of a file", "batches/filed"]] as const) {
    it(`is read ${where}`, async () => {
      const state = await batches.status(ctx, key, id);
      assert.deepEqual([state.status, state.hasResults], ["completed", true]);
      const results = await gathered(batches.results(ctx, key, id, () => ctx));
      assert.deepEqual(results.map(({ customId, error }) => [customId, error?.code]), [
        ["row-1", "rate-limited"],
        ["row-0", undefined],
      ]);
      assert.ok(results[1]?.parts?.some((part) => part.type === "text" && part.text === "Hi."));
      assert.ok(server.requests.every(({ headers }) => headers["x-goog-api-key"] === "key-1"));
    });
  }

  it("is cancelled", async () => {
    assert.equal((await batches.cancel(ctx, key, "batches/gone")).status, "cancelled");
  });

  it("that may have arrived is not handed in again", async () => {
    const error = await failureOf(
      batches.submit([{ customId: "row-0", ctx: ask("cut me") }], key),
      "connection-failed",
    );
    assert.equal(error.recovery, "never");
  });

  it("that is not there is an error", async () => {
    await failureOf(batches.status(ctx, key, "batches/other"), "model-not-found");
  });

  it("is not offered by Vertex, whose batches read and write the caller's own storage", () => {
    const claude = claudeOnVertex(claudeCodec());
    assert.equal(claude.batches, undefined);
    const provider = providerOf({
      google: { manifest: vertex, codec: vertexCodec },
      claude: { manifest: vertex, codec: claude },
      open: { manifest: vertex, codec },
      shared: { http },
    });
    assert.equal(provider.batches, undefined);
  });
});
