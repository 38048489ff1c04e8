/** The prometheus sink: the suite, the page over real HTTP, its bounds, and ports that are taken. */

import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import prometheus from "../../../plugins/sinks/prometheus/index.ts";
import * as definitions from "../../../src/gateway/metrics/definitions.ts";
import { CLOCK, LOGGER, type Sink } from "../../../src/plugin.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { fakeRecord, sinkSuite } from "../../../src/testing.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";

const logger = { debug() {}, info() {}, warn() {}, error() {} };

async function open(given: Readonly<Record<string, unknown>> = {}) {
  const options = optionsOf(prometheus, { port: 0, ...given });
  const sink: Sink = await prometheus.make(useOf([CLOCK, systemClock], [LOGGER, logger]), options);
  const url = (sink as Sink & { readonly url: string }).url;
  const page = async () => await (await fetch(url)).text();
  const value = async (series: string) => {
    const line = (await page()).split("\n").find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };
  return { sink, url, page, value, [Symbol.asyncDispose]: async () => await sink.close?.() };
}

sinkSuite(test, async () => (await open()).sink);

const attempt = { upstreamModel: "m1", startedMs: 0, latencyMs: 250, status: "failed" as const };

describe("sink prometheus", () => {
  it("counts calls, tokens, money, times and attempts", async () => {
    await using opened = await open();
    const { sink, value } = opened;
    const { receipt } = fakeRecord();
    const attempts = [
      { ...attempt, provider: "acme", model: "m1", attempt: 1 },
      { ...attempt, provider: "acme", model: "m1", attempt: 2, status: "ok" as const },
    ];
    sink.write(fakeRecord({ receipt: { ...receipt, attempts } }));
    sink.write(fakeRecord({ status: "failed", errorCode: "rate-limited", costUsd: null }));
    const expected: readonly (readonly [string, number])[] = [
      ['loom_ai_requests_total{provider="acme",model="m1",status="ok"}', 1],
      ['loom_ai_tokens_total{provider="acme",model="m1",type="input"}', 200],
      ['loom_ai_tokens_total{provider="acme",model="m1",type="cached"}', 80],
      ['loom_ai_cost_total{provider="acme",model="m1"}', 0.00123],
      ['loom_ai_unpriced_requests_total{provider="acme",model="m1"}', 1],
      ['loom_ai_cache_requests_total{status="miss"}', 2],
      ['loom_ai_errors_total{provider="acme",code="rate-limited"}', 1],
      ['loom_ai_retries_total{provider="acme",model="m1"}', 1],
      ['loom_ai_duration_seconds_bucket{le="1",provider="acme",status="ok"}', 1],
      ['loom_ai_time_to_first_token_seconds_count{provider="acme",model="m1"}', 2],
      ['loom_ai_attempt_duration_seconds_sum{provider="acme",status="ok"}', 0.25],
      ['loom_ai_sink_dropped_total{sink="prometheus"}', 0],
    ];
    for (const [series, figure] of expected) assert.equal(await value(series), figure, series);
  });

  it("has the names, types and buckets of the gateway's page", async () => {
    await using opened = await open();
    opened.sink.write(
      fakeRecord({
        receipt: {
          ...fakeRecord().receipt,
          attempts: [{ ...attempt, provider: "a", model: "m", attempt: 1 }],
        },
      }),
    );
    const page = await opened.page();
    const types = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    const known = Object.values(definitions).flatMap((one) =>
      "name" in one ? [`${one.name} ${one.type}`] : []
    );
    assert.ok(types.length > 10);
    assert.deepEqual(types.filter((type) => !known.includes(type)), []);
    const bounds = (family: string) =>
      [...page.matchAll(new RegExp(`^loom_ai_${family}_bucket\\{le="([\\d.]+)"`, "gm"))].map(([, le]) =>
        Number(le)
      );
    assert.deepEqual(bounds("duration_seconds"), definitions.callBuckets);
    assert.deepEqual(bounds("attempt_duration_seconds"), definitions.callBuckets);
    assert.deepEqual(bounds("time_to_first_token_seconds"), definitions.firstTokenBuckets);
  });

  it("counts what callers invent as other, and lets no name break the page", async () => {
    await using opened = await open();
    for (let index = 0; index < 600; index++) opened.sink.write(fakeRecord({ model: `m${index}` }));
    opened.sink.write(fakeRecord({ provider: 'a"\nb\u0000', model: "x" }));
    assert.equal(
      await opened.value('loom_ai_requests_total{provider="acme",model="other",status="ok"}'),
      100,
    );
    assert.equal(await opened.value('loom_ai_requests_total{provider="a\\"b",model="other",status="ok"}'), 1);
  });

  it("serves its page alone, on this machine alone, until it is closed", async () => {
    const opened = await open({ path: "/own" });
    assert.match(opened.url, /^http:\/\/127\.0\.0\.1:\d+\/own$/);
    const answers = [
      await fetch(opened.url),
      await fetch(opened.url, { method: "HEAD" }),
      await fetch(opened.url, { method: "POST" }),
      await fetch(opened.url.replace("/own", "/metrics")),
    ];
    await Promise.all(answers.map((one) => one.body?.cancel()));
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 405, 404]);
    assert.match(answers[0]?.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    await opened.sink.close?.();
    await assert.rejects(fetch(opened.url));
  });

  it("says that its port is taken", async () => {
    await using opened = await open();
    const port = Number(new URL(opened.url).port);
    await assert.rejects(open({ port }), new RegExp(`port ${port} of 127\\.0\\.0\\.1 cannot be listened on`));
  });

  for (const given of [{ port: -1 }, { path: "metrics" }, { host: "" }]) {
    it(`refuses ${JSON.stringify(given)}`, () => assert.ok(complaintsOf(prometheus, given).length > 0));
  }
});
