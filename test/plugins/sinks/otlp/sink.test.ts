/** The sink in a Loom: collectors that are down or stuck, an SDK that is there already, several Looms, captured content. */

import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { context, trace } from "@opentelemetry/api";
import plugin from "../../../../plugins/sinks/otlp/index.ts";
import { contentAttributes } from "../../../../plugins/sinks/otlp/call-content.ts";
import { CLOCK, ENVIRONMENT, LOGGER, type Logger } from "../../../../src/plugin.ts";
import { systemClock } from "../../../../src/runtime/clock.ts";
import { fixedEnvironment } from "../../../../src/runtime/environment.ts";
import { fakeClock, fakeRecord, sinkSuite } from "../../../../src/testing.ts";
import { bareLoom, type BareOptions } from "../../../support/looms.ts";
import { optionsOf } from "../../../support/options.ts";
import { until } from "../../../support/server.ts";
import { useOf } from "../../../support/use.ts";
import { withSdk } from "../../../middleware/tracing-bench.ts";
import { startCollector, valuesOf } from "./collector.ts";

const registry = Symbol.for("opentelemetry.js.api.1");

/** What is registered now, by kind. */
function registered(): string[] {
  const slot = (globalThis as { readonly [key: symbol]: object | undefined })[registry] ?? {};
  return Object.keys(slot).filter((kind) => kind !== "version" && kind !== "diag");
}

function listening() {
  const warnings: string[] = [];
  const ignore = () => {};
  const logger: Logger = {
    debug: ignore,
    info: ignore,
    warn: (text) => void warnings.push(text),
    error: ignore,
  };
  return { logger, warnings };
}

/** A Loom over the sandbox that exports to `endpoint`. */
function exporting(endpoint: string, options: BareOptions = {}, more: object = {}) {
  const { logger, warnings } = listening();
  const loom = bareLoom({
    sinks: [{ type: "otlp", endpoint, ...more }],
    ...options,
    provide: [[LOGGER, logger], ...options.provide ?? []],
  });
  return { loom, warnings };
}

const request = { provider: "sandbox", model: "sandbox-small", prompt: "Hello." };
/** Nobody listens there. */
const nowhere = "http://127.0.0.1:9";

sinkSuite(test, async () => {
  const collector = await startCollector();
  const use = useOf([CLOCK, systemClock], [LOGGER, listening().logger], [ENVIRONMENT, fixedEnvironment({})]);
  const sink = await plugin.make(use, optionsOf(plugin, { endpoint: collector.url }));
  return {
    ...sink,
    async close() {
      await sink.close?.();
      await collector.close();
    },
  };
});

describe("the sink otlp", () => {
  it("registers an SDK while it is open, and leaves nothing behind", async () => {
    const collector = await startCollector();
    assert.deepEqual(registered(), []);
    const { loom, warnings } = exporting(collector.url, {}, { headers: { "x-team": "a" } });
    await loom.generate(request);
    assert.deepEqual(registered().sort(), ["context", "logs", "metrics", "propagation", "trace"]);
    await loom.flush();
    assert.equal(collector.spans().length, 2, "flush brings spans home");
    assert.ok(collector.metrics().length > 0, "and metrics");
    await loom.close();
    assert.deepEqual(registered(), []);
    await collector.close();
    for (const { headers } of collector.server.requests) assert.equal(headers["x-team"], "a");
    assert.deepEqual(warnings, []);
  });

  it("never lets a call feel that the collector is down, says so once, and counts", async () => {
    const { loom, warnings } = exporting(nowhere, {
      variables: { OTEL_BSP_MAX_QUEUE_SIZE: "4", OTEL_EXPORTER_OTLP_TIMEOUT: "300" },
    });
    for (let index = 0; index < 5; index++) await loom.generate(request);
    const dropped = () => loom.engine().then(({ opened }) => opened.sinks.dropped()[0]?.dropped ?? 0);
    assert.equal(await dropped(), 6, "of ten spans four found room");
    await loom.close();
    assert.equal(warnings.length, 2, warnings.join("\n"));
    assert.match(
      warnings[0] ?? "",
      /^the collector at http:\/\/127\.0\.0\.1:9 does not take what is exported \(/,
    );
    assert.equal(warnings[1], "10 spans were not exported");
  });

  it("waits for a collector that says nothing only so long", async () => {
    const arrived: (() => void)[] = [];
    const collector = await startCollector(() => arrived.forEach((tell) => tell()));
    const clock = fakeClock();
    const { logger, warnings } = listening();
    // The exporter's own patience is real time, and longer than this test.
    const variables = fixedEnvironment({ OTEL_EXPORTER_OTLP_TIMEOUT: "500" });
    const use = useOf([CLOCK, clock], [LOGGER, logger], [ENVIRONMENT, variables]);
    const sink = await plugin.make(use, optionsOf(plugin, { endpoint: collector.url }));
    trace.getTracer("t").startSpan("s").end();
    const stuck = new Promise<void>((resolve) => void arrived.push(resolve));
    const flushing = sink.flush?.();
    await stuck;
    await clock.advance(5_000);
    await flushing;
    const closing = sink.close?.();
    await clock.advance(500);
    await closing;
    assert.equal(sink.dropped, 1);
    assert.deepEqual(warnings.at(-1), "1 span was not exported");
    await collector.close();
  });

  it("leaves an SDK alone that is registered already, and says so", async () => {
    const collector = await startCollector();
    await withSdk({}, async ({ spans }) => {
      const before = registered();
      const { loom, warnings } = exporting(collector.url);
      await loom.generate(request);
      await loom.close();
      assert.equal((await spans()).length, 2, "spans go where the host sends them");
      assert.deepEqual(registered(), before);
      assert.match(warnings[0] ?? "", /an OpenTelemetry SDK is registered in this process already/);
    });
    await collector.close();
    assert.equal(collector.server.requests.length, 0, "and nowhere else");
  });

  it("says so when another version of the API came first, and leaves nothing of its own behind", async () => {
    const slot = globalThis as { [key: symbol]: unknown };
    slot[registry] = { version: "1.2.0", context: {} };
    try {
      const { loom } = exporting(nowhere);
      await assert.rejects(loom.open(), {
        code: "plugin-invalid",
        message:
          /could not set up OpenTelemetry \(trace, metrics\): .*another version of @opentelemetry\/api came first/,
      });
      await loom.close();
      assert.deepEqual(registered(), ["context"]);
    } finally {
      delete slot[registry];
    }
    const collector = await startCollector();
    const { loom } = exporting(collector.url);
    await loom.generate(request);
    await loom.close();
    await collector.close();
    assert.equal(collector.spans().length, 2, "the next one starts afresh");
  });

  it("takes back only what it registered itself", async () => {
    const collector = await startCollector();
    await withSdk({ traces: false, metrics: false }, async () => {
      const { loom } = exporting(collector.url);
      await loom.generate(request);
      await loom.close();
      assert.deepEqual(registered(), ["context"]);
    });
    await collector.close();
    assert.equal(collector.spans().length, 2);
  });

  it("is one for all Looms of a process, until the last of them is closed", async () => {
    const collector = await startCollector();
    const first = exporting(collector.url);
    const second = exporting(collector.url);
    const third = exporting("http://127.0.0.1:8");
    await Promise.all([first, second, third].map(({ loom }) => loom.generate(request)));
    await first.loom.close();
    assert.equal(collector.spans().length, 6, "closing one brings home what was told so far");
    await third.loom.close();
    assert.notDeepEqual(registered(), []);
    await second.loom.generate(request);
    await second.loom.close();
    assert.deepEqual(registered(), []);
    await collector.close();
    assert.equal(collector.spans().length, 8);
    assert.deepEqual([first.warnings, second.warnings], [[], []]);
    assert.match(third.warnings.join(), /with other settings; those of the first sink otlp hold/);
  });

  it("keeps the share of traces that it is told, and all measurements", async () => {
    const collector = await startCollector();
    const { loom } = exporting(collector.url, {}, { sampleRatio: 0 });
    await loom.generate(request);
    await loom.close();
    await collector.close();
    assert.deepEqual(collector.spans(), []);
    assert.ok(collector.metrics().some(({ name }) => name === "gen_ai.client.operation.duration"));
  });

  it("sends metrics by itself, at its interval", async () => {
    const collector = await startCollector();
    const { loom } = exporting(collector.url, {}, { metricsIntervalMs: 100 });
    await loom.generate(request);
    await until("metrics arrive", () => collector.metrics().length > 0);
    await loom.close();
    await collector.close();
  });

  it("does nothing where OpenTelemetry is switched off", async () => {
    const { loom, warnings } = exporting(nowhere, { variables: { OTEL_SDK_DISABLED: "true" } });
    await loom.generate(request);
    assert.deepEqual(registered(), []);
    await loom.close();
    assert.deepEqual(warnings, []);
  });

  it("lies within the span that a program has open", async () => {
    const collector = await startCollector();
    const { loom } = exporting(collector.url);
    await loom.open();
    const outer = trace.getTracer("app").startSpan("outer");
    await context.with(trace.setSpan(context.active(), outer), () => loom.generate(request));
    outer.end();
    await loom.close();
    await collector.close();
    const named = (name: string) => collector.spans().find((span) => span.name === name);
    assert.notEqual(named("outer")?.span_id, undefined);
    assert.equal(named("loom text")?.parent_span_id, named("outer")?.span_id);
  });
});

describe("captured content", () => {
  const content = {
    input: [{ role: "system", text: "Be brief." }, { role: "user", text: "Hi?" }],
    output: "Hello.",
    cut: true,
  };

  it("goes on the call's span in the form of the conventions, where a record has it", async () => {
    const collector = await startCollector();
    const { logger } = listening();
    const use = useOf([CLOCK, systemClock], [LOGGER, logger], [ENVIRONMENT, fixedEnvironment({})]);
    const sink = await plugin.make(use, optionsOf(plugin, { endpoint: collector.url }));
    const tracer = trace.getTracer("t");
    for (const callId of ["with", "without"]) {
      const call = tracer.startSpan("loom text", { attributes: { "loom.call.id": callId } });
      const within = trace.setSpan(context.active(), call);
      tracer.startSpan("chat m", { attributes: { "gen_ai.response.finish_reasons": ["length"] } }, within)
        .end();
      sink.write(fakeRecord({ callId, ...(callId === "with" ? { content } : {}) }));
      call.end();
      sink.write(fakeRecord({ callId, content }));
    }
    await sink.close?.();
    await collector.close();
    const told = collector.spans().filter(({ name }) => name === "loom text").map((one) =>
      valuesOf(one.attributes)
    );
    assert.deepEqual(told[1], { "loom.call.id": "without" });
    const { "gen_ai.input.messages": input, "gen_ai.output.messages": output, ...rest } = told[0] ?? {};
    assert.deepEqual(rest, { "loom.call.id": "with", "loom.content.cut": true });
    assert.deepEqual(JSON.parse(String(input)), [
      { role: "system", parts: [{ type: "text", content: "Be brief." }] },
      { role: "user", parts: [{ type: "text", content: "Hi?" }] },
    ]);
    assert.deepEqual(JSON.parse(String(output)), [
      { role: "assistant", parts: [{ type: "text", content: "Hello." }], finish_reason: "length" },
    ]);
  });

  it("is there when a Loom captures it, for whole answers and streams, and not otherwise", async () => {
    const levels = [["metadata", false], ["full", false], ["full", true]] as const;
    for (const [capture, stream] of levels) {
      const collector = await startCollector();
      const { loom } = exporting(collector.url, { capture });
      const answer = stream ? await loom.stream(request).result : await loom.generate(request);
      await loom.close();
      await collector.close();
      const call = collector.spans().find(({ name }) => name === "loom text");
      const { "gen_ai.input.messages": input, "gen_ai.output.messages": output } = valuesOf(call?.attributes);
      if (capture === "full") {
        assert.match(String(input), /Hello\./);
        assert.equal(JSON.parse(String(output))[0].parts[0].content, answer.text);
      } else assert.deepEqual([input, output], [undefined, undefined]);
    }
  });

  const finishes = [["ok", "tool_call", "tool_call"], ["ok", undefined, "stop"], [
    "failed",
    undefined,
    "error",
  ]] as const;
  for (const [status, finish, want] of finishes) {
    it(`ends with ${want} when the call was ${status} and its last attempt said ${finish}`, () => {
      const { "gen_ai.output.messages": output } = contentAttributes({ status, content }, finish);
      assert.equal(JSON.parse(String(output))[0].finish_reason, want);
    });
  }

  it("has no answer where there was none", () => {
    const attributes = contentAttributes(
      { status: "failed", content: { input: [], output: "", cut: false } },
      undefined,
    );
    assert.deepEqual(attributes, { "gen_ai.input.messages": "[]" });
  });
});
