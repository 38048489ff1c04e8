/** `loom top`: the table at every width, the live picture, and what it says when there is no gateway. */

import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { restore, showLive } from "../../src/cli/top-screen.ts";
import type { Sample } from "../../src/cli/top-sample.ts";
import { topTable } from "../../src/cli/top-table.ts";
import { providerStatus } from "../../src/gateway/admin/provider-status.ts";
import { createMetrics, statsJson } from "../../src/gateway/metrics/index.ts";
import { fakeClock, fakeRecord } from "../../src/testing.ts";
import { folderOf } from "../support/folder.ts";
import { loom } from "./loom-command.ts";

const provider = (name: string, change: Partial<Sample["stats"]["providers"][number]> = {}) => ({
  name,
  requests: 100,
  errors: 5,
  tokens_in: 50_000,
  tokens_out: 20_000,
  cost_usd: 1.5,
  answered: 95,
  answered_s: 47.5,
  ...change,
});

function sample(
  change: Partial<Sample["stats"]> = {},
  statuses: Readonly<Record<string, "healthy" | "degraded" | "unhealthy">> = { openai: "healthy" },
): Sample {
  return {
    stats: {
      at_ms: 0,
      uptime_s: 100,
      in_flight: 3,
      requests: 1000,
      errors: 10,
      tokens_in: 50_000,
      tokens_out: 20_000,
      cost_usd: 1.5,
      saved_usd: 0,
      unpriced_requests: 0,
      cache: { hits: 25, misses: 75 },
      retries: 0,
      failovers: 0,
      limit_hits: 0,
      providers: [provider("openai")],
      ...change,
    },
    providers: Object.entries(statuses).map(([name, status]) => ({
      name,
      status,
      requests: 0,
      tokens_in: 0,
      tokens_out: 0,
      avg_latency_ms: 0,
    })),
  };
}

const wide = { columns: 200, rows: 50 };

describe("topTable", () => {
  it("shows rates since the start where there is nothing to compare with", () => {
    assert.deepEqual(topTable(sample(), undefined, wide), [
      "up 1m · 3 in flight · 10 req/s · 700 tok/s · $54.00/h · 1% errors · 25% cache hits · 1.0k requests, $1.50 in all · rates since the start",
      "",
      "PROVIDER  STATUS   REQ/S  ERRORS  LATENCY  TOK/S IN  TOK/S OUT   COST  REQUESTS",
      "openai    healthy      1      5%   500 ms       500        200  $1.50       100",
    ]);
  });

  it("shows rates between two looks", () => {
    const later = sample({
      uptime_s: 102,
      requests: 1010,
      errors: 15,
      tokens_in: 60_000,
      cost_usd: 2.5,
      cache: { hits: 26, misses: 76 },
      providers: [
        provider("openai", { requests: 110, errors: 10, answered: 100, answered_s: 57.5, cost_usd: 2.5 }),
      ],
    });
    const [head, , , line] = topTable(later, sample(), wide);
    assert.match(head ?? "", /5 req\/s · 5\.0k tok\/s · \$1800\.00\/h · 50% errors · 50% cache hits · /);
    assert.match(line ?? "", /^openai +healthy +5 +50% +2\.0 s +0 +0 +\$2\.50 +110$/);
  });

  it("begins anew when the gateway did", () => {
    const [head] = topTable(sample({ uptime_s: 1, requests: 4 }), sample(), wide);
    assert.match(head ?? "", /^up 1s · 3 in flight · 4 req\/s/);
  });

  it("lists the busy first, and those that were never asked", () => {
    const lines = topTable(
      sample(
        { providers: [provider("a", { requests: 1 }), provider("b", { requests: 9 })] },
        { idle: "unhealthy", b: "healthy" },
      ),
      undefined,
      wide,
    );
    assert.deepEqual(lines.slice(3).map((line) => line.split(/ +/).slice(0, 2)), [
      ["b", "healthy"],
      ["a", "-"],
      ["idle", "unhealthy"],
    ]);
  });

  it("says so when there is nothing", () => {
    const lines = topTable(
      sample({ providers: [], requests: 0, errors: 0, uptime_s: 0 }, {}),
      undefined,
      wide,
    );
    assert.equal(lines.at(-1), "no provider was asked for anything yet");
    assert.ok(!lines.join().includes("NaN") && !lines.join().includes("Infinity"));
  });

  for (const columns of [120, 80, 60, 40, 20, 10, 1]) {
    it(`fits into ${columns} columns`, () => {
      const lines = topTable(sample(), undefined, { columns, rows: 24 });
      assert.deepEqual(lines.filter((line) => line.length > columns), []);
      if (columns >= 10) assert.ok(lines.some((line) => line.startsWith("openai")), lines.join("\n"));
      if (columns >= 20) assert.ok(lines.some((line) => /^openai +healthy/.test(line)), lines.join("\n"));
    });
  }

  it("has no more lines than the terminal", () => {
    const many = Array.from({ length: 40 }, (_, index) => provider(`p${index}`));
    const lines = topTable(sample({ providers: many }), undefined, { columns: 200, rows: 10 });
    assert.equal(lines.length, 10);
    assert.equal(lines.at(-1), "… 35 more");
  });

  it("lets no name reach for the terminal", () => {
    const hostile = "\u001b[2Jevil\r\n\u009b31m" + "x".repeat(100);
    const text = topTable(
      sample({ providers: [provider(hostile)] }, { [hostile]: "healthy" }),
      undefined,
      wide,
    )
      .join("");
    // deno-lint-ignore no-control-regex
    assert.ok(!/[\u0000-\u001f\u007f-\u009f]/.test(text));
    assert.ok(text.includes("?[2Jevil") && text.includes("…"));
  });
});

/** Escape sequences made readable. */
// deno-lint-ignore no-control-regex
const seen = (text = "") => text.replace(/\u001b(\[[?\d]*[A-Za-z])/g, "<$1>");

describe("showLive", () => {
  function stage(load: () => Promise<Sample>) {
    const clock = fakeClock();
    const stop = new AbortController();
    const written: string[] = [];
    const screen = { write: (text: string) => void written.push(text), columns: 100, rows: 20 };
    const ended = showLive({ load, screen, clock, intervalMs: 2000, signal: stop.signal });
    return { clock, stop, written, ended };
  }

  it("draws over the last picture, and gives the terminal back", async () => {
    let looks = 0;
    const { clock, stop, written, ended } = stage(() =>
      Promise.resolve(sample({ uptime_s: 100 + 2 * looks++ }))
    );
    await clock.advance(0);
    assert.equal(written[0], "\u001b[?1049h\u001b[?25l");
    assert.match(seen(written[1]), /^<\[H>up 1m .*rates since the start/s);
    await clock.advance(2000);
    assert.match(seen(written[2]), /^<\[H>up 1m · 3 in flight · 0 req\/s/);
    assert.equal(looks, 2);
    stop.abort();
    await ended;
    assert.equal(written.at(-1), restore);
    assert.equal(clock.pending, 0);
  });

  it("keeps the last figures while the gateway is away, and goes on when it is back", async () => {
    let looks = 0;
    const { clock, stop, written, ended } = stage(() =>
      ++looks === 2
        ? Promise.reject(new Error("cannot reach it"))
        : Promise.resolve(sample({ uptime_s: 100 + looks }))
    );
    await clock.advance(2000);
    assert.match(seen(written.at(-1)), /^<\[H>cannot reach it<\[K>\r\nup 1m/);
    await clock.advance(2000);
    assert.match(seen(written.at(-1)), /^<\[H>up 1m/);
    stop.abort();
    await ended;
  });

  it("touches no terminal when there is no gateway to begin with", async () => {
    const { written, ended } = stage(() => Promise.reject(new Error("nobody there")));
    await assert.rejects(ended, /nobody there/);
    assert.deepEqual(written, []);
  });

  it("ends in the middle of a look", async () => {
    const stop = new AbortController();
    const load = (signal: AbortSignal) =>
      new Promise<Sample>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const ended = showLive({
      load,
      screen: { write() {} },
      clock: fakeClock(),
      intervalMs: 1,
      signal: stop.signal,
    });
    stop.abort();
    await ended;
    assert.ok(stop.signal.aborted);
  });
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function serving(answer: Answer) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

describe("loom top", () => {
  it("prints the figures of a gateway once, where there is no terminal", async () => {
    await using folder = await folderOf();
    const clock = fakeClock();
    const metrics = createMetrics({ measureProcess: false, clock });
    const { receipt } = fakeRecord();
    const attempt = {
      provider: "acme",
      model: "m1",
      upstreamModel: "m1",
      attempt: 1,
      startedMs: 0,
      latencyMs: 250,
    };
    metrics.record(
      fakeRecord({ receipt: { ...receipt, attempts: [{ ...attempt, status: "ok" }] } }),
      { format: "openai-chat", keyId: "k1", status: 200 },
    );
    await clock.advance(10_000);
    const asked: string[] = [];
    await using server = await serving(async (request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      const snapshot = await metrics.snapshot();
      const body = request.url === "/ai/stats" ? statsJson(snapshot, clock.now()) : await providerStatus({
        configured: ["idle"],
        snapshot,
        accounts: () => Promise.resolve([]),
        clock,
      });
      response.end(JSON.stringify(body));
    });
    const { code, stdout, stderr } = await loom(["top", "--url", `${server.url}/`], folder.path, {
      LOOM_ADMIN_KEY: "admin-key-of-the-test",
    });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(asked.sort(), [
      "/ai/providers Bearer admin-key-of-the-test",
      "/ai/stats Bearer admin-key-of-the-test",
    ]);
    assert.match(stdout, /^up 10s · 0 in flight · 0\.1 req\/s · 12 tok\/s · /);
    assert.match(stdout, /\nacme +healthy +0\.1 +0% +250 ms +10 +2 +<\$0\.01 +1\n/);
    assert.match(stdout, /\nidle +healthy /);
    // deno-lint-ignore no-control-regex
    assert.ok(!/\u001b/.test(stdout), "no escape sequences");
  });

  const json = (status: number, body: string): Answer => (_, response) => {
    response.statusCode = status;
    response.end(body);
  };
  const cases: readonly (readonly [what: string, answer: Answer, exit: number, says: RegExp])[] = [
    ["a key is wanted", json(401, "{}"), 77, /wants the admin key; give it with --key or as LOOM_ADMIN_KEY/],
    [
      "it is no gateway",
      json(200, "<html>"),
      69,
      /does not answer as a gateway does; --url wants the admin address/,
    ],
    ["it is another program", json(200, "{}"), 69, /does not answer as a gateway does/],
    ["it is the other port", json(404, "{}"), 69, /answers 404; --url wants the admin address/],
    [
      "it sends elsewhere",
      (_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
      69,
      /cannot reach/,
    ],
  ];
  for (const [what, answer, exit, says] of cases) {
    it(`says that ${what}`, async () => {
      await using folder = await folderOf();
      await using server = await serving(answer);
      const { code, stdout, stderr } = await loom(["top", "--once", "--url", server.url], folder.path);
      assert.match(stderr, says);
      assert.match(stderr, /^loom: .+\n$/);
      assert.deepEqual([code, stdout], [exit, ""]);
    });
  }

  it("says that nobody is there, and which options are wrong", async () => {
    await using folder = await folderOf();
    const closed = await serving(() => {});
    await closed[Symbol.asyncDispose]();
    const [away, address, interval] = await Promise.all([
      loom(["top", "--url", closed.url], folder.path),
      loom(["top", "--url", "ftp://x"], folder.path),
      loom(["top", "--interval", "0"], folder.path),
    ]);
    assert.equal(away.code, 69);
    assert.match(
      away.stderr,
      /^loom: cannot reach http:\/\/127\.0\.0\.1:\d+\/ai\/\w+: .*(?:ECONNREFUSED|refused).*\n$/i,
    );
    assert.equal(address.code, 65);
    assert.match(address.stderr, /--url wants an address such as http:\/\/127\.0\.0\.1:9091/);
    assert.notEqual(interval.code, 0);
    assert.match(interval.stderr, /It wants seconds from 0\.2 to 3600/);
  });
});
