/** The webhook sink: the suite against a real server, signatures, what is tried again and what is not, and servers that hang. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it, test } from "node:test";
import webhook from "../../../plugins/sinks/webhook/index.ts";
import { type CallRecord, CLOCK, type Clock, HTTP, LOGGER, RANDOM, type Sink } from "../../../src/plugin.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { fakeClock, fakeRecord, sinkSuite } from "../../../src/testing.ts";
import { createHttp } from "../../../src/wire/http.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { type Arrived, serve, type TestServer, until } from "../../support/server.ts";
import { useOf } from "../../support/use.ts";

const recordsOf = ({ body }: Arrived) => (JSON.parse(body) as { records: CallRecord[] }).records;

/** A server, a sink that sends there, and what was complained of. */
async function stage(
  answer: (arrived: Arrived, index: number) => void,
  given: Readonly<Record<string, unknown>> = {},
  clock: Clock = systemClock,
) {
  const server = await serve((arrived) => answer(arrived, server.requests.length - 1));
  const http = createHttp(systemClock, {}, Math.random);
  const complaints: string[] = [];
  const logger = {
    debug() {},
    info() {},
    warn: (...words: unknown[]) => void complaints.push(words.join(": ")),
    error() {},
  };
  const use = useOf([CLOCK, clock], [HTTP, http], [LOGGER, logger], [RANDOM, () => 1]);
  const sink: Sink = await webhook.make(
    use,
    optionsOf(webhook, { url: `${server.url}/in?token=hush`, ...given }),
  );
  const end = async () => {
    await sink.close?.();
    await http.close();
    await server.close();
  };
  return { server, sink, complaints, [Symbol.asyncDispose]: end };
}

const ok = ({ response }: Arrived) => void response.writeHead(204).end();

let suiteServer: TestServer | undefined;
sinkSuite(test, async () => {
  const staged = await stage(ok, { flushMs: 0, batchSize: 1000 });
  suiteServer = staged.server;
  const { sink } = staged;
  return { ...sink, write: sink.write, close: staged[Symbol.asyncDispose] };
}, { arrived: () => suiteServer?.requests.flatMap(recordsOf).length ?? -1 });

describe("sink webhook", () => {
  it("sends batches of JSON with its headers, signed", async () => {
    const secret = "0123456789abcdef";
    await using staged = await stage(ok, { batchSize: 2, secret, headers: { "x-team": "a" } });
    const { server, sink } = staged;
    for (const callId of ["one", "two", "three"]) sink.write(fakeRecord({ callId }));
    await sink.flush?.();
    assert.deepEqual(server.requests.map((one) => recordsOf(one).map(({ callId }) => callId)), [
      ["one", "two"],
      ["three"],
    ]);
    const { method, url, headers, body } = await server.request();
    assert.deepEqual([method, url, headers["x-team"]], ["POST", "/in?token=hush", "a"]);
    assert.equal(headers["content-type"], "application/json");
    const [, time = "", proof] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["loom-signature"])) ?? [];
    assert.equal(proof, createHmac("sha256", secret).update(`${time}.${body}`).digest("hex"));
    assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 10);
  });

  it("tries again with the same id while the server is in trouble, and waits as long as it asks", async () => {
    const clock = fakeClock();
    const answers = [
      (one: Arrived) => one.response.writeHead(429, { "retry-after": "7" }).end(),
      (one: Arrived) => one.response.destroy(),
      (one: Arrived) => one.response.writeHead(503).end(),
      ok,
    ];
    await using staged = await stage((one, index) => void answers[index]?.(one), {}, clock);
    const { server, sink } = staged;
    sink.write(fakeRecord());
    await clock.advance(1000);
    for (const [count, waitMs] of [[1, 7000], [2, 1000], [3, 2000]] as const) {
      await until(
        `request ${count} is answered`,
        () => server.requests.length === count && clock.pending > 0,
      );
      await clock.advance(waitMs - 1);
      assert.equal(server.requests.length, count);
      await clock.advance(1);
    }
    await server.request(3);
    await sink.flush?.();
    assert.equal(server.requests.length, 4);
    assert.equal(new Set(server.requests.map(({ headers }) => headers["loom-delivery"])).size, 1);
    assert.equal(sink.dropped, 0);
  });

  it("gives up at once on what it will never take, says so once, and shows no token", async () => {
    await using staged = await stage(({ response }) => void response.writeHead(410).end(), { batchSize: 1 });
    const { server, sink, complaints } = staged;
    for (let index = 0; index < 3; index++) sink.write(fakeRecord());
    await sink.flush?.();
    assert.deepEqual([server.requests.length, sink.dropped], [3, 3]);
    assert.match(
      complaints.join("\n"),
      /^sink webhook: 1 records were lost, 127\.0\.0\.1:\d+ does not take them: it answered 410$/,
    );
  });

  it("follows no redirect", async () => {
    await using staged = await stage(({ response }) =>
      void response.writeHead(307, { location: "/x" }).end()
    );
    staged.sink.write(fakeRecord());
    await staged.sink.flush?.();
    assert.deepEqual([staged.server.requests.length, staged.sink.dropped], [1, 1]);
  });

  it("lets go of a server that hangs when it is closed, and counts what it had", async () => {
    const clock = fakeClock();
    await using staged = await stage(() => {}, {}, clock);
    staged.sink.write(fakeRecord());
    const closed = staged.sink.close?.();
    await staged.server.request();
    await clock.advance(5000);
    await closed;
    assert.equal(staged.sink.dropped, 1);
  });

  it("holds so many records for a server that hangs, and counts the rest", async () => {
    const clock = fakeClock();
    await using staged = await stage(() => {}, {}, clock);
    for (let index = 0; index < 12_000; index++) staged.sink.write(fakeRecord());
    assert.equal(staged.sink.dropped, 2000);
    const closed = staged.sink.close?.();
    await staged.server.request();
    await clock.advance(5000);
    await closed;
    assert.equal(staged.sink.dropped, 12_000);
  });

  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{}, /^url: /],
    [{ url: "ftp://x" }, /^url: must be a URL/],
    [{ url: "http://collector.example/" }, /^url: must begin with https:/],
    [{ url: "https://a.example", secret: "short" }, /^secret: /],
    [{ url: "https://a.example", headers: { "a b": "c" } }, /^headers\.a b: /],
    [{ url: "https://a.example", batchSize: 0 }, /^batchSize: /],
  ];
  for (const [given, says] of wrong) {
    it(`refuses ${JSON.stringify(given)}`, () => assert.match(complaintsOf(webhook, given).join("\n"), says));
  }

  it("takes an address without TLS where that is said", () => {
    assert.equal(optionsOf(webhook, { url: "http://collector.example", allowHttp: true }).allowHttp, true);
  });
});
