/** The metrics of the gateway: what each call adds to which family, and that the page is one Prometheus accepts. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CallRecord, Receipt } from "../../../src/contract/index.ts";
import { createMetrics, type Inbound, merge } from "../../../src/gateway/metrics/index.ts";
import { fakeClock, fakeRecord } from "../../../src/testing.ts";
import { LoomError } from "../../../src/index.ts";
import { promtool, samples } from "./page.ts";

const inbound: Inbound = { format: "openai-chat", keyId: "k1", team: "a", status: 200, overheadMs: 0.4 };
const bare = { measureProcess: false } as const;

type Attempt = Receipt["attempts"][number];

function attempt(change: Partial<Attempt>): Attempt {
  return {
    provider: "acme",
    model: "m1",
    upstreamModel: "m1",
    attempt: 1,
    startedMs: 0,
    latencyMs: 400,
    status: "ok",
    ...change,
  };
}

function withAttempts(attempts: readonly Attempt[], change: Partial<CallRecord> = {}): CallRecord {
  const { receipt } = fakeRecord();
  return fakeRecord({ attempts: attempts.length, receipt: { ...receipt, attempts }, ...change });
}

async function pageOf(...records: readonly (CallRecord | readonly [CallRecord, Partial<Inbound>])[]) {
  const metrics = createMetrics(bare);
  for (const one of records) {
    const [record, change] = "callId" in one ? [one, {}] : one;
    metrics.record(record, { ...inbound, ...change });
  }
  return samples(await metrics.render());
}

const at = (page: ReadonlyMap<string, number>, name: string) => page.get(`loom_ai_${name}`);

describe("what a call adds", () => {
  const good = fakeRecord();
  const { usage: _, ...hit } = withAttempts([], { cache: "hit", costUsd: 0, savedUsd: 0.5 });
  const failed = fakeRecord({ status: "failed", errorCode: "overloaded", costUsd: 0 });
  const cases: readonly (readonly [
    what: string,
    record: CallRecord,
    adds: Readonly<Record<string, number | undefined>>,
  ])[] = [
    ["a good call", good, {
      'requests_total{provider="acme",model="m1",format="openai-chat",status="ok",code="200"}': 1,
      'tokens_total{provider="acme",model="m1",type="input"}': 100,
      'tokens_total{provider="acme",model="m1",type="output"}': 20,
      'tokens_total{provider="acme",model="m1",type="cached"}': 40,
      'tokens_total{provider="acme",model="m1",type="reasoning"}': 5,
      'cost_total{provider="acme",model="m1"}': 0.00123,
      'cache_requests_total{status="miss"}': 1,
      'cache_requests_total{status="hit"}': 0,
      'duration_seconds_bucket{le="0.5",provider="acme",status="ok"}': 0,
      'duration_seconds_bucket{le="1",provider="acme",status="ok"}': 1,
      'duration_seconds_bucket{le="+Inf",provider="acme",status="ok"}': 1,
      'duration_seconds_sum{provider="acme",status="ok"}': 0.8125,
      'duration_seconds_count{provider="acme",status="ok"}': 1,
      'time_to_first_token_seconds_sum{provider="acme",model="m1"}': 0.12025,
      'overhead_seconds_sum{format="openai-chat"}': 0.0004,
      'key_requests_total{key="k1",team="a"}': 1,
      'key_tokens_total{key="k1",team="a",type="input"}': 100,
      'key_cost_total{key="k1",team="a"}': 0.00123,
      'unpriced_requests_total{provider="acme",model="m1"}': 0,
      'errors_total{provider="acme",code="overloaded"}': undefined,
    }],
    ["a failed call", failed, {
      'requests_total{provider="acme",model="m1",format="openai-chat",status="failed",code="200"}': 1,
      'errors_total{provider="acme",code="overloaded"}': 1,
      'duration_seconds_count{provider="acme",status="failed"}': 1,
    }],
    ["a price that nobody knows", fakeRecord({ costUsd: null }), {
      'cost_total{provider="acme",model="m1"}': 0,
      'unpriced_requests_total{provider="acme",model="m1"}': 1,
      'key_cost_total{key="k1",team="a"}': 0,
    }],
    ["a cost that is no number", fakeRecord({ costUsd: NaN }), {
      'cost_total{provider="acme",model="m1"}': 0,
      'unpriced_requests_total{provider="acme",model="m1"}': 1,
    }],
    ["a cost below nothing", fakeRecord({ costUsd: -5, savedUsd: -5 }), {
      'cost_total{provider="acme",model="m1"}': 0,
      "saved_cost_total": 0,
    }],
    ["a hit of the cache", hit, {
      'cache_requests_total{status="hit"}': 1,
      'cache_requests_total{status="miss"}': 0,
      'tokens_total{provider="acme",model="m1",type="input"}': undefined,
      "saved_cost_total": 0.5,
    }],
    [
      "a hit of the semantic cache that was joined",
      fakeRecord({ cache: "semantic-hit", deduplicated: true }),
      {
        'cache_requests_total{status="semantic-hit"}': 1,
        "deduplicated_requests_total": 1,
      },
    ],
    [
      "a model that nobody has",
      withAttempts([], { status: "failed", errorCode: "model-not-found", model: "zzz", provider: "yyy" }),
      {
        'requests_total{provider="none",model="unknown",format="openai-chat",status="failed",code="200"}': 1,
        'errors_total{provider="none",code="model-not-found"}': 1,
      },
    ],
    [
      "an attempt that failed after the vendor had begun to count, and the one that answered",
      withAttempts([
        attempt({
          provider: "other-vendor",
          model: "m0",
          status: "failed",
          latencyMs: 3000,
          usage: { ...good.usage!, inputTokens: 7, outputTokens: 1 },
          bill: { nanoUsd: 2_000_000, lines: [], unpriced: [] },
          error: { code: "stream-broken", message: "", status: 502 },
        }),
        attempt({ usage: good.usage!, bill: { nanoUsd: null, lines: [], unpriced: ["input"] } }),
      ], { costUsd: null }),
      {
        'tokens_total{provider="other-vendor",model="m0",type="input"}': 7,
        'cost_total{provider="other-vendor",model="m0"}': 0.002,
        'unpriced_requests_total{provider="other-vendor",model="m0"}': 0,
        'tokens_total{provider="acme",model="m1",type="input"}': 100,
        'unpriced_requests_total{provider="acme",model="m1"}': 1,
        'key_tokens_total{key="k1",team="a",type="input"}': 107,
        'attempt_duration_seconds_sum{provider="other-vendor",status="failed"}': 3,
        'attempt_duration_seconds_count{provider="acme",status="ok"}': 1,
        'requests_total{provider="acme",model="m1",format="openai-chat",status="ok",code="200"}': 1,
      },
    ],
  ];
  for (const [what, record, adds] of cases) {
    it(what, async () => {
      const page = await pageOf(record);
      for (const [name, value] of Object.entries(adds)) assert.equal(at(page, name), value, name);
    });
  }
});

describe("what else is counted", () => {
  it("requests that never became calls, limits, retries, failovers, breakers and what is in flight", async () => {
    const metrics = createMetrics(bare);
    metrics.refused({ format: "anthropic-messages", status: 401 }, "auth-rejected");
    metrics.limitHit("requests_per_minute", "key:ab12");
    metrics.overhead("openai-chat", 0.3);
    metrics.inFlight.up();
    metrics.inFlight.up();
    metrics.inFlight.down();
    metrics.retry("acme", "m1");
    metrics.failover("acme/m1", "zeta/m2");
    metrics.breaker("acme", "m1", "open");
    metrics.breaker("acme", "m2", "open");
    metrics.breaker("acme", "m2", "half-open");
    const page = samples(await metrics.render());
    assert.equal(
      at(
        page,
        'requests_total{provider="none",model="none",format="anthropic-messages",status="failed",code="401"}',
      ),
      1,
    );
    assert.equal(at(page, 'errors_total{provider="none",code="auth-rejected"}'), 1);
    assert.equal(at(page, 'limit_hits_total{limit="requests_per_minute",scope="key"}'), 1);
    assert.equal(at(page, 'overhead_seconds_bucket{le="0.0005",format="openai-chat"}'), 1);
    assert.equal(at(page, "in_flight_requests"), 1);
    assert.equal(at(page, 'retries_total{provider="acme",model="m1"}'), 1);
    assert.equal(at(page, 'failovers_total{from="acme/m1",to="zeta/m2"}'), 1);
    assert.equal(at(page, 'breaker_state{provider="acme",model="m1"}'), 2);
    assert.equal(at(page, 'breaker_state{provider="acme",model="m2"}'), 1);
  });

  it("what a Loom tells while it is listened to", async () => {
    const metrics = createMetrics(bare);
    const listeners = new Map<string, (data: never, callId: string) => void>();
    const stop = metrics.listen({
      on: (type, listener) => {
        listeners.set(type, listener as (data: never, callId: string) => void);
        return () => void listeners.delete(type);
      },
    });
    const tell = (type: string, data: object) => listeners.get(type)?.(data as never, "call-1");
    const error = new LoomError("overloaded", "busy", {});
    tell("retry", { provider: "acme", model: "m1", waitMs: 5, error });
    tell("failover", { from: "a/b", to: "c/d", error });
    tell("breaker-change", { provider: "acme", model: "m1", state: "open" });
    stop();
    assert.equal(listeners.size, 0);
    const page = samples(await metrics.render());
    assert.deepEqual(
      [
        at(page, 'retries_total{provider="acme",model="m1"}'),
        at(page, 'failovers_total{from="a/b",to="c/d"}'),
        at(page, 'breaker_state{provider="acme",model="m1"}'),
      ],
      [1, 1, 2],
    );
  });
});

const hostile = [
  'quote"',
  "back\\slash",
  "line\nbreak",
  "\u0000\u001b[31m",
  "\ud800",
  "emoji 🔑",
  '"} 1\nfake 2',
  "é".repeat(500),
];

describe("the page", () => {
  it("is one that promtool accepts, hostile names, process metrics and all", async () => {
    const metrics = createMetrics();
    for (const model of hostile) {
      metrics.record(fakeRecord({ model }), { ...inbound, keyId: model, team: model });
      metrics.retry("acme", model);
      metrics.breaker("acme", model, "open");
    }
    metrics.refused({ format: "openai-chat", status: 404 }, "invalid-request");
    metrics.limitHit("tpm", "team:a");
    metrics.failover("a", "b");
    const page = await metrics.render();
    assert.deepEqual(await promtool(page), { code: 0, said: "" });
    assert.equal(metrics.contentType, "text/plain; version=0.0.4; charset=utf-8");
    assert.ok(samples(page).has("process_cpu_seconds_total"), "the process is measured too");
    assert.ok(!page.includes("\nfake"), "no name makes a line of its own");
    const labels = page.replace(/^#.*$/gm, "");
    assert.ok(!labels.includes("\u0000") && !labels.includes("\u001b"), "nor moves a cursor");
    assert.ok(labels.includes('model="line\ufffdbreak"'));
    assert.ok(page.includes('model="quote\\""') && page.includes('model="back\\\\slash"'));
    for (const family of page.matchAll(/^# TYPE (\S+) /gm)) assert.ok(page.includes(`# HELP ${family[1]} `));
  });

  it("would be refused by promtool if it were wrong", async () => {
    const { code, said } = await promtool("# TYPE a_total gauge\na_total 1\n");
    assert.notEqual(code, 0);
    assert.match(said, /a_total/);
  });

  it("stays bounded, whatever callers name, and loses no call", async () => {
    const metrics = createMetrics({ ...bare, maxSeries: 20 });
    for (let index = 0; index < 500; index++) {
      metrics.record(
        fakeRecord({ model: `m${index}`, provider: `p${index % 3}` }),
        { ...inbound, keyId: `k${index}`, team: `t${index % 50}` },
      );
    }
    const page = samples(await metrics.render());
    const of = (family: string) => [...page].filter(([name]) => name.startsWith(`loom_ai_${family}{`));
    for (
      const [family, most] of [["requests_total", 23], ["cost_total", 23], [
        "key_requests_total",
        21,
      ]] as const
    ) {
      assert.ok(of(family).length <= most, `${family}: ${of(family).length}`);
    }
    const sum = (family: string) => of(family).reduce((total, [, value]) => total + value, 0);
    assert.equal(sum("requests_total"), 500);
    assert.equal(sum("key_requests_total"), 500);
    assert.equal(Math.round(sum("cost_total") * 1e6), 615_000);
    assert.ok(page.size < 1500, `${page.size} lines`);
    assert.ok(page.has('loom_ai_cost_total{provider="p1",model="other"}'), "the provider is kept");
  });

  it("stays bounded in what is counted beside calls", async () => {
    const metrics = createMetrics({ ...bare, maxSeries: 20 });
    for (let index = 0; index < 100; index++) {
      metrics.retry("acme", `m${index}`);
      metrics.failover(`acme/m${index}`, `zeta/m${index}`);
      metrics.breaker("acme", `m${index}`, "open");
      metrics.limitHit("rpm", `kind${index}`);
    }
    const page = samples(await metrics.render());
    for (const family of ["retries_total", "failovers_total", "breaker_state", "limit_hits_total"]) {
      const series = [...page].filter(([name]) => name.startsWith(`loom_ai_${family}{`));
      assert.equal(series.length, 21, family);
    }
    assert.equal(at(page, 'retries_total{provider="acme",model="other"}'), 80);
    assert.equal(at(page, 'failovers_total{from="other",to="other"}'), 80);
  });

  it("has counters that never go down, scrape after scrape", async () => {
    const metrics = createMetrics(bare);
    let before: ReadonlyMap<string, number> = new Map();
    for (let round = 0; round < 5; round++) {
      metrics.record(fakeRecord({ costUsd: round % 2 === 0 ? 0.1 : null, savedUsd: -1 }), inbound);
      const now = samples(await metrics.render());
      for (const [name, value] of before) assert.ok((now.get(name) ?? -1) >= value, name);
      before = now;
    }
  });
});

describe("merge", () => {
  it("makes one page of several workers, through JSON, that promtool accepts", async () => {
    const clock = fakeClock();
    const workers = [createMetrics({ clock }), createMetrics({ clock })];
    for (const [index, worker] of workers.entries()) {
      worker.record(fakeRecord(), inbound);
      worker.record(fakeRecord({ model: `only-${index}` }), inbound);
      worker.inFlight.up();
      worker.breaker("acme", "m1", index === 0 ? "open" : "closed");
    }
    const sent = await Promise.all(
      workers.map(async (worker) => JSON.parse(JSON.stringify(await worker.snapshot()))),
    );
    const text = await merge(sent);
    assert.deepEqual(await promtool(text), { code: 0, said: "" });
    const page = samples(text);
    assert.equal(at(page, 'cost_total{provider="acme",model="m1"}'), 0.00246);
    assert.equal(at(page, 'cost_total{provider="acme",model="only-1"}'), 0.00123);
    assert.equal(at(page, "in_flight_requests"), 2);
    assert.equal(at(page, 'breaker_state{provider="acme",model="m1"}'), 2, "the worst of both");
    assert.equal(at(page, 'duration_seconds_bucket{le="1",provider="acme",status="ok"}'), 4);
  });

  it("leaves out figures that are none, which JSON makes null", async () => {
    const values = [{ labels: {}, value: null }, { labels: { a: "b" }, value: 1 }];
    const family = { name: "x", help: "x", type: "gauge", aggregator: "first", values };
    const sent = JSON.stringify({ startedAtMs: 0, families: [family], recent: [] });
    assert.deepEqual([...samples(await merge([JSON.parse(sent)]))], [['x{a="b"}', 1]]);
  });

  it("of nothing is an empty page", async () => assert.equal((await merge([])).trim(), ""));
});

describe("what sinks let go of", () => {
  it("is counted whenever somebody looks, never goes down, and outlives the configuration", async () => {
    const metrics = createMetrics(bare);
    const figure = async () => at(samples(await metrics.render()), 'sink_dropped_total{sink="sqlite"}');
    let dropped = 0;
    const stop = metrics.sinks(() => [{ name: "sqlite", dropped }]);
    const seen = [await figure()];
    dropped = 3;
    seen.push(await figure(), await figure());
    dropped = 5;
    stop();
    metrics.sinks(() => [{ name: "sqlite", dropped: 1 }]);
    seen.push(await figure());
    assert.deepEqual(seen, [0, 3, 3, 6]);
  });
});
