/** Waiting for what a vendor works on: asked at once, then in growing intervals, through answers that are lost. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Operation } from "../../src/contract/dialect.ts";
import type { Http } from "../../src/contract/services.ts";
import type { JsonObject } from "../../src/contract/json.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeAttempting } from "../../src/testing/fake-context.ts";
import { awaited } from "../../src/vendor/awaited.ts";
import { createHttp } from "../../src/wire/http.ts";
import { serve, type TestServer } from "../support/server.ts";
import { exchangeWith } from "../support/wire-codec.ts";

const clock = fakeClock();
let http: Http;
let server: TestServer;
let statuses: string[];

before(async () => {
  http = createHttp(clock, {}, () => 0);
  server = await serve(({ response }) => {
    const status = statuses.shift() ?? "ready";
    if (status === "lost") return void response.writeHead(503).end("no");
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ status }));
  });
});
after(async () => {
  await http.close();
  await server.close();
});

const ask: Operation<string> = {
  request: { method: "GET", path: "/datasets/d", stream: false },
  decode: (body) => String((body as JsonObject)["status"]),
};
const again = (status: string) => status === "ready" ? undefined : ask;

describe("what a vendor works on", () => {
  it("is had at once, when it is ready", async () => {
    statuses = ["ready"];
    const from = server.requests.length;
    assert.equal(
      await awaited(http, fakeAttempting(), exchangeWith(server.url), "dataset d", ask, again),
      "ready",
    );
    assert.equal(server.requests.length - from, 1);
  });

  it("is asked for again after a while", async () => {
    statuses = ["queued", "processing", "ready"];
    const from = server.requests.length;
    const waiting = awaited(http, fakeAttempting(), exchangeWith(server.url), "dataset d", ask, again);
    await server.request(from);
    while (clock.pending === 0) await clock.advance(0);
    assert.equal(server.requests.length - from, 1, "nobody asks before the time");
    await clock.advance(1_000);
    await server.request(from + 1);
    while (clock.pending === 0) await clock.advance(0);
    await clock.advance(1_500);
    assert.equal(await waiting, "ready");
    assert.equal(server.requests.length - from, 3);
  });
});
