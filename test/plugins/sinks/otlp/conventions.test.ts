/** What arrives at a collector, decoded with the official protos and held against the GenAI conventions, span by span. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bareLoom } from "../../../support/looms.ts";
import { type Arrived, serve } from "../../../support/server.ts";
import { type Collector, type Span, startCollector, valuesOf } from "./collector.ts";
import { checkAttemptSpan, checkCallSpan, checkMetric, spanAttributes } from "./conventions.ts";
import { type Expected, type Scenario, scenarios, timed } from "./scenarios.ts";

const failed = 2;

/** Runs one scenario from the caller to the collector. */
async function exported(
  { answers, run }: Pick<Scenario, "answers" | "run">,
  protocol = "http/protobuf",
): Promise<{ readonly collector: Collector; readonly vendorPort: number }> {
  const left = [...answers];
  const vendor = await serve((arrived: Arrived) => {
    const answer = left.shift();
    if (answer === undefined) throw new Error("the vendor was asked more often than the scenario says");
    answer(arrived);
  });
  const collector = await startCollector();
  const baseUrl = `${vendor.url}/v1`;
  try {
    await using loom = bareLoom({
      sinks: [{
        type: "otlp",
        endpoint: collector.url,
        serviceName: "shop",
        serviceVersion: "2.1",
        protocol,
      }],
      cache: { type: "memory" },
      retry: { baseDelayMs: 1 },
      providers: {
        openai: { baseUrl, apiKey: "k" },
        mistral: { baseUrl, apiKey: "k" },
        anthropic: { baseUrl, apiKey: "k" },
      },
    });
    await run(loom);
  } finally {
    await collector.close();
    await vendor.close();
  }
  assert.deepEqual(left, [], "every answer was asked for");
  return { collector, vendorPort: Number(new URL(vendor.url).port) };
}

function split(spans: readonly Span[]) {
  const isCall = ({ name }: Span) => name.startsWith("loom ");
  return { calls: spans.filter(isCall), attempts: spans.filter((span) => !isCall(span)) };
}

/** What the conventions speak of, without where the vendor is. */
function conventional(values: Readonly<Record<string, unknown>>, expected: Expected["attributes"]) {
  const held = Object.entries(values)
    .filter(([key]) => !key.startsWith("loom.") && !key.startsWith("server."))
    .map(([key, value]) => [key, expected[key] === timed && typeof value === "number" ? timed : value]);
  return Object.fromEntries(held);
}

function pick(values: Readonly<Record<string, unknown>>, names: object) {
  return Object.fromEntries(Object.keys(names).map((name) => [name, values[name]]));
}

describe("exported over OTLP", () => {
  for (const scenario of scenarios) {
    it(`${scenario.name}: spans and metrics are those of the conventions`, async () => {
      const { collector, vendorPort } = await exported(scenario);
      const spans = collector.spans();
      const { calls, attempts } = split(spans);

      calls.forEach(checkCallSpan);
      attempts.forEach(checkAttemptSpan);
      assert.deepEqual(calls.map(({ name }) => name), scenario.calls.map(({ name }) => name));
      assert.deepEqual(attempts.map(({ name }) => name), scenario.attempts.map(({ name }) => name));

      scenario.attempts.forEach((expected, index) => {
        const span = attempts[index] ?? assert.fail();
        const values = valuesOf(span.attributes);
        assert.deepEqual(conventional(values, expected.attributes), expected.attributes);
        assert.deepEqual(pick(values, expected.loom ?? {}), expected.loom ?? {});
        assert.equal(values["server.address"], "127.0.0.1");
        assert.equal(values["server.port"], vendorPort);
        assert.equal(span.status?.code === failed, expected.failed === true);
        const call = calls.find(({ span_id }) => span_id === span.parent_span_id);
        assert.equal(call?.trace_id, span.trace_id, "an attempt lies within its call");
      });
      scenario.calls.forEach(({ attributes, events = [], failed: fails = false }, index) => {
        const span = calls[index] ?? assert.fail();
        assert.deepEqual(pick(valuesOf(span.attributes), attributes), attributes);
        assert.deepEqual(span.events?.map(({ name }) => name) ?? [], events);
        assert.equal(span.status?.code === failed, fails);
        assert.ok((span.parent_span_id ?? "") === "", "a call without a caller's trace begins one");
      });

      const metrics = collector.metrics();
      metrics.forEach(checkMetric);
      const measured = metrics.map(({ name, histogram }) => [
        name.replace("gen_ai.client.", ""),
        histogram?.data_points.reduce((sum, { count }) => sum + count, 0),
      ]);
      assert.deepEqual(Object.fromEntries(measured), scenario.measured);
      const sent = JSON.stringify([spans, metrics]);
      assert.ok(!sent.includes("PRIVATE") && !sent.includes("Hello."), "content is not exported");
    });
  }

  it("says who sends, and which vintage of the conventions it speaks", async () => {
    const [generate = assert.fail()] = scenarios;
    const { collector } = await exported(generate);
    const resource = collector.resource();
    assert.equal(resource["service.name"], "shop");
    assert.equal(resource["service.version"], "2.1");
    assert.match(String(resource["service.instance.id"]), /^[0-9a-f-]{36}$/);
    assert.equal(resource["telemetry.sdk.name"], "opentelemetry");
    assert.deepEqual(Object.keys(resource).filter((name) => /^(?:process|host|os)\./.test(name)), []);
    const scopes = collector.scopes();
    assert.ok(scopes.length >= 2, "spans and metrics");
    for (const { scope, schema_url } of scopes) {
      assert.equal(scope.name, "loom-router");
      assert.match(scope.version ?? "", /^\d+\.\d+\.\d+/);
      assert.equal(schema_url, "https://opentelemetry.io/schemas/1.41.0");
    }
  });

  it("says the same in JSON", async () => {
    const [generate = assert.fail()] = scenarios;
    const { collector } = await exported(generate, "http/json");
    const types = collector.server.requests.map(({ headers }) => headers["content-type"]);
    assert.deepEqual([...new Set(types)], ["application/json"]);
    const { calls, attempts } = split(collector.spans());
    calls.forEach(checkCallSpan);
    attempts.forEach(checkAttemptSpan);
    collector.metrics().forEach(checkMetric);
    assert.deepEqual([calls.length, attempts.length, collector.metrics().length], [1, 1, 2]);
  });

  it("uses every attribute that the table has for what Loom knows", () => {
    const used = new Set(
      scenarios.flatMap(({ attempts }) => attempts.flatMap(({ attributes }) => Object.keys(attributes))),
    );
    const unused = Object.keys(spanAttributes).filter((name) =>
      !used.has(name) && !name.startsWith("server.")
    );
    assert.deepEqual(unused, [
      // Loom knows no conversations.
      "gen_ai.conversation.id",
      "openai.api.type",
    ]);
  });
});
