/** The link around the adapter: one CLIENT span per attempt, with the attributes of the GenAI conventions. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AlwaysOnSampler } from "@opentelemetry/sdk-trace";
import type { Part } from "../../src/contract/part.ts";
import type { Usage } from "../../src/contract/usage.ts";
import { loomError } from "../../src/errors/index.ts";
import { abortedError, collect, endedBy, streamedReply } from "../../src/kernel/index.ts";
import { fakeTarget } from "../../src/testing/fake-context.ts";
import { record, scripted, settle, text } from "../kernel/scripted.ts";
import { bench, withSdk } from "./tracing-bench.ts";

const usage: Usage = {
  inputTokens: 12,
  outputTokens: 5,
  cachedTokens: 4,
  cacheWriteTokens: 2,
  reasoningTokens: 3,
  totalTokens: 17,
};
const answer: readonly Part[] = [
  { type: "response", id: "resp-1", model: "m1-2026-05" },
  text("hi"),
  { type: "usage", usage },
  { type: "finish", reason: "stop", raw: "end_turn" },
];
const identity = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "acme",
  "gen_ai.request.model": "m1-2026",
  "server.address": "api.acme.test",
  "server.port": 8443,
  "loom.provider": "acme",
  "loom.model": "m1",
};

describe("trace-attempt", () => {
  it("tells what was asked and what a whole answer held", async () => {
    await withSdk({}, async ({ span }) => {
      const { run } = bench({ open: () => ({ parts: answer, requestId: "req-9" }) });
      await run({ params: { temperature: 0.5, max_completion_tokens: 100 } }).reply;
      const attempt = await span("chat m1-2026");
      assert.equal(attempt.kind, SpanKind.CLIENT);
      assert.deepEqual(attempt.status, { code: SpanStatusCode.UNSET });
      assert.deepEqual(attempt.attributes, {
        ...identity,
        "loom.attempt": 1,
        "loom.request_id": "req-9",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 100,
        "gen_ai.response.id": "resp-1",
        "gen_ai.response.model": "m1-2026-05",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.cache_creation.input_tokens": 2,
        "gen_ai.usage.reasoning.output_tokens": 3,
      });
    });
  });

  it("shows samplers who is asked for what, and nothing of the content", async () => {
    const shown: object[] = [];
    class Spy extends AlwaysOnSampler {
      override shouldSample(...args: unknown[]) {
        shown.push({ name: args[2], attributes: { ...args[4] as object } });
        return super.shouldSample();
      }
    }
    await withSdk({ sampler: new Spy() }, async () => {
      await bench({ open: () => ({ parts: answer }) }).run().reply;
      const { "loom.provider": _, "loom.model": __, ...creation } = identity;
      assert.deepEqual(shown[1], { name: "chat m1-2026", attributes: creation });
    });
  });

  it("uses the provider's name in the conventions, and leaves out an unknown address", async () => {
    await withSdk({}, async ({ span }) => {
      await bench({ open: () => ({ parts: answer }), targets: [{ provider: "azure" }] }).run().reply;
      const { attributes } = await span("chat m1-2026");
      assert.equal(attributes["gen_ai.provider.name"], "azure.ai.openai");
      assert.equal(attributes["loom.provider"], "azure");
      assert.equal("server.address" in attributes, false);
      assert.equal("server.port" in attributes, false);
    });
  });

  it("lasts as long as a stream and knows when its first content came", async () => {
    await withSdk({}, async ({ span, spans }) => {
      const script = scripted();
      const { run, clock } = bench({ open: () => ({ source: (receiver) => script.reply.flow(receiver) }) });
      const { reply } = run({ stream: true });
      await settle();
      await clock.advance(100);
      script.push({ type: "response", id: "resp-1", model: "m1-2026-05" });
      await clock.advance(150);
      script.push(text("h"));
      const reading = record(await reply);
      await settle();
      await clock.advance(1000);
      script.push(text("i"), { type: "usage", usage }, { type: "finish", reason: "length" });
      assert.deepEqual(await spans(), []);
      script.end();
      assert.deepEqual(reading.outcomes, [{ status: "ok" }]);
      const { attributes } = await span("chat m1-2026");
      assert.equal(attributes["gen_ai.request.stream"], true);
      assert.equal(attributes["gen_ai.response.time_to_first_chunk"], 0.25);
      assert.equal(attributes["gen_ai.response.id"], "resp-1");
      assert.deepEqual(attributes["gen_ai.response.finish_reasons"], ["length"]);
      assert.equal(attributes["gen_ai.usage.output_tokens"], 5);
      assert.equal((await spans()).length, 2);
    });
  });

  it("calls a request for tools by the conventions' finish reason, one per alternative", async () => {
    await withSdk({}, async ({ span }) => {
      const { run } = bench({
        open: () => ({
          parts: [
            { type: "tool-call", index: 0, id: "t1", name: "add", arguments: '{"secret":1}', choice: 1 },
            { type: "finish", reason: "tool-calls", raw: "tool_use", choice: 1 },
            text("hi"),
            { type: "finish", reason: "other", raw: "recitation", choice: 0 },
          ],
        }),
      });
      await run({ params: { n: 2 } }).reply;
      const { attributes } = await span("chat m1-2026");
      assert.deepEqual(attributes["gen_ai.response.finish_reasons"], ["recitation", "tool_call"]);
      assert.equal(attributes["gen_ai.request.choice.count"], 2);
      assert.equal(JSON.stringify(attributes).includes("secret"), false);
    });
  });

  it("tells of embeddings without output tokens", async () => {
    await withSdk({}, async ({ span }) => {
      const embedded = {
        ...usage,
        outputTokens: 0,
        cachedTokens: 0,
        cacheWriteTokens: 0,
        reasoningTokens: 0,
      };
      const { run } = bench({
        open: () => ({
          parts: [{ type: "embedding", index: 0, vector: [1] }, { type: "usage", usage: embedded }],
        }),
      });
      await run({ modality: "embedding", input: ["private"], params: { dimensions: 256 } }).reply;
      const { attributes } = await span("embeddings m1-2026");
      assert.deepEqual(attributes, {
        ...identity,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.embeddings.dimension.count": 256,
        "gen_ai.usage.input_tokens": 12,
        "loom.attempt": 1,
      });
    });
  });

  it("does not pass estimates off as the vendor's count", async () => {
    await withSdk({}, async ({ span }) => {
      const { run } = bench({
        open: () => ({ parts: [text("hi"), { type: "usage", usage: { ...usage, estimated: true } }] }),
      });
      await run().reply;
      const names = Object.keys((await span("chat m1-2026")).attributes);
      assert.deepEqual(names.filter((name) => name.startsWith("gen_ai.usage")), []);
    });
  });

  it("makes one span per retry, side by side, the failed one with its error", async () => {
    await withSdk({}, async ({ spans, span }) => {
      const { run, clock } = bench({
        open(ctx) {
          if (ctx.attempt > 1) return { parts: answer };
          throw loomError("rate-limited", "slow down", {}, { requestId: "req-1" });
        },
      });
      const { reply } = run();
      await clock.advance(500);
      await reply;
      const call = await span("loom text");
      const attempts = (await spans()).filter(({ name }) => name === "chat m1-2026");
      assert.deepEqual(attempts.map(({ attributes }) => attributes["loom.attempt"]), [1, 2]);
      for (const { parentSpanContext } of attempts) {
        assert.equal(parentSpanContext?.spanId, call.spanContext().spanId);
      }
      const [first, second] = attempts;
      assert.deepEqual(first?.status, { code: SpanStatusCode.ERROR, message: "slow down" });
      assert.equal(first?.attributes["error.type"], "rate-limited");
      assert.equal(first?.attributes["loom.request_id"], "req-1");
      assert.deepEqual(second?.status, { code: SpanStatusCode.UNSET });
      assert.equal("error.type" in (second?.attributes ?? {}), false);
    });
  });

  it("makes one span per target of a failover", async () => {
    await withSdk({}, async ({ spans }) => {
      const { run } = bench({
        targets: [{}, { provider: "azure", model: "m2", upstreamModel: "m2-eu" }],
        open({ target }) {
          if (target.provider === "acme") throw loomError("quota-exhausted", "no money left", {});
          return { parts: answer };
        },
      });
      assert.equal((await run().reply).target.provider, "azure");
      const names = (await spans()).map(({ name, status }) => [name, status.code]);
      assert.deepEqual(names, [
        ["chat m1-2026", SpanStatusCode.ERROR],
        ["chat m2-eu", SpanStatusCode.UNSET],
        ["loom text", SpanStatusCode.UNSET],
      ]);
    });
  });

  it("ends with the error of a stream that breaks", async () => {
    await withSdk({}, async ({ span }) => {
      const script = scripted();
      const { run } = bench({ open: () => ({ source: (receiver) => script.reply.flow(receiver) }) });
      const { reply } = run({ stream: true });
      await settle();
      script.push(text("h"));
      const reading = record(await reply);
      await settle();
      script.end(endedBy(loomError("stream-broken", "cut off", { partsSeen: 1 })));
      assert.equal(reading.outcomes.length, 1);
      for (const name of ["chat m1-2026", "loom text"]) {
        const { attributes, status } = await span(name);
        assert.equal(attributes["error.type"], "stream-broken");
        assert.deepEqual(status, { code: SpanStatusCode.ERROR, message: "cut off" });
        assert.equal("loom.cancelled" in attributes, false);
      }
    });
  });

  const leavings = [
    { name: "the reader lets the stream go", leave: "flow" },
    { name: "the call is cancelled", leave: "call" },
  ] as const;
  for (const { name, leave } of leavings) {
    it(`marks both spans, but reports no error, when ${name}`, async () => {
      await withSdk({}, async ({ span }) => {
        const script = scripted();
        const { run } = bench({
          open: ({ cancellation }) => ({
            source(receiver) {
              const flow = script.reply.flow(receiver);
              cancellation.onCancel((reason) => flow.cancel(reason));
              return flow;
            },
          }),
        });
        const { reply, canceller } = run({ stream: true });
        await settle();
        script.push(text("h"));
        const reading = record(await reply);
        await settle();
        if (leave === "flow") reading.flow.cancel(abortedError());
        else canceller.cancel(abortedError());
        assert.equal(reading.outcomes[0]?.status, "cancelled");
        for (const name of ["chat m1-2026", "loom text"]) {
          const { attributes, status } = await span(name);
          assert.equal(attributes["loom.cancelled"], true);
          assert.equal("error.type" in attributes, false);
          assert.deepEqual(status, { code: SpanStatusCode.UNSET });
        }
      });
    });
  }

  it("is the active span while the vendor is asked, so that HTTP spans lie within", async () => {
    await withSdk({}, async ({ span }) => {
      let inside: string | undefined;
      const { run } = bench({
        async open() {
          await settle();
          inside = trace.getSpan(context.active())?.spanContext().spanId;
          return { parts: answer };
        },
      });
      await run().reply;
      assert.equal(inside, (await span("chat m1-2026")).spanContext().spanId);
      assert.equal(trace.getSpan(context.active()), undefined);
    });
  });

  it("belongs to its call even where the SDK came without a context manager", async () => {
    await withSdk({ contexts: false }, async ({ span }) => {
      await bench({ open: () => ({ parts: answer }) }).run().reply;
      const { parentSpanContext } = await span("chat m1-2026");
      assert.equal(parentSpanContext?.spanId, (await span("loom text")).spanContext().spanId);
    });
  });

  it("names vendor extras of OpenAI for OpenAI alone", async () => {
    const raw = { service_tier: "flex", system_fingerprint: "fp_1" };
    const open = () => ({ parts: [...answer, { type: "raw", value: raw } as const] });
    const params = { service_tier: "flex" };
    for (const provider of ["openai", "acme"]) {
      await withSdk({}, async ({ span }) => {
        await bench({ open, targets: [{ provider, params }] }).run().reply;
        const { attributes } = await span("chat m1-2026");
        const extras = Object.entries(attributes).filter(([name]) => name.startsWith("openai."));
        assert.deepEqual(
          Object.fromEntries(extras),
          provider === "openai"
            ? {
              "openai.request.service_tier": "flex",
              "openai.response.service_tier": "flex",
              "openai.response.system_fingerprint": "fp_1",
            }
            : {},
        );
      });
    }
  });

  it("knows the service tier of a stream by its usage", async () => {
    await withSdk({}, async ({ span }) => {
      const open = () => ({
        parts: [text("hi"), { type: "usage", usage: { ...usage, serviceTier: "flex" } } as const],
      });
      await bench({ open, targets: [{ provider: "openai" }] }).run().reply;
      assert.equal((await span("chat m1-2026")).attributes["openai.response.service_tier"], "flex");
    });
  });

  it("lets a call through whose SDK throws, with the same parts", async () => {
    const broken = () => {
      throw new TypeError("a processor's own fault");
    };
    const idle = () => Promise.resolve();
    for (const fault of ["onStart", "onEnd"] as const) {
      const processor = {
        onStart: () => {},
        onEnd: () => {},
        forceFlush: idle,
        shutdown: idle,
        [fault]: broken,
      };
      await withSdk({ processors: [processor] }, async () => {
        const head = { target: fakeTarget(), origin: "vendor" } as const;
        const whole = bench({ open: () => ({ parts: answer }) });
        assert.deepEqual((await whole.run().reply).parts, answer, fault);
        const streamed = bench({
          open: () => ({
            source: (receiver) =>
              streamedReply(head, (inner) => {
                queueMicrotask(() => {
                  inner.parts(answer);
                  inner.end({ status: "ok" });
                });
                return { pause() {}, resume() {}, cancel() {} };
              }).flow(receiver),
          }),
        });
        assert.deepEqual(await collect(await streamed.run({ stream: true }).reply), answer, fault);
      });
    }
  });
});
