/** The outermost link: one INTERNAL span per call, with Loom's decisions as events. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AlwaysOffSampler } from "@opentelemetry/sdk-trace";
import type { Part } from "../../src/contract/part.ts";
import { loomError } from "../../src/errors/index.ts";
import { abortedError, collect } from "../../src/kernel/index.ts";
import { text } from "../kernel/scripted.ts";
import { bench, withSdk } from "./tracing-bench.ts";

const usage = {
  inputTokens: 1_000_000,
  outputTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: 1_000_000,
};
const parts: readonly Part[] = [text("hi"), { type: "usage", usage }, { type: "finish", reason: "stop" }];
const open = () => ({ parts });

describe("trace-call", () => {
  it("tells who asked, what it cost and how it went", async () => {
    await withSdk({}, async ({ span }) => {
      await bench({ open }).run({ tenant: "t", user: "alice", team: "a", tags: ["x", "y"] }).reply;
      const call = await span("loom text");
      assert.equal(call.kind, SpanKind.INTERNAL);
      assert.deepEqual(call.status, { code: SpanStatusCode.UNSET });
      assert.deepEqual(call.attributes, {
        "loom.call.id": "call-1",
        "loom.modality": "text",
        "loom.stream": false,
        "loom.tenant": "t",
        "loom.user": "alice",
        "loom.team": "a",
        "loom.tags": ["x", "y"],
        "loom.provider": "acme",
        "loom.model": "m1",
        "loom.cache": "off",
        "loom.dedup": false,
        "loom.attempts": 1,
        "loom.cost.usd": 1,
        "loom.cost.saved_usd": 0,
      });
    });
  });

  it("names nobody and repeats no words where figures alone are recorded", async () => {
    await withSdk({}, async ({ spans }) => {
      const { run, clock } = bench({
        figuresOnly: true,
        open() {
          throw loomError("overloaded", "PRIVATE words", {});
        },
      });
      const who = { tenant: "PRIVATE", user: "PRIVATE", team: "PRIVATE", tags: ["PRIVATE"] };
      const { reply } = run({ ...who, params: { stop: ["PRIVATE"], temperature: 0 } });
      const refused = assert.rejects(reply, { code: "overloaded" });
      await clock.advance(500);
      await refused;
      const all = await spans();
      assert.deepEqual(all.map(({ name }) => name), ["chat m1-2026", "chat m1-2026", "loom text"]);
      for (const { status, attributes, events } of all) {
        assert.deepEqual(status, { code: SpanStatusCode.ERROR });
        assert.equal(attributes["error.type"], "overloaded");
        assert.doesNotMatch(JSON.stringify([attributes, events]), /PRIVATE/);
      }
      assert.deepEqual(all[2]?.events.map(({ name }) => name), ["loom.retry.wait", "loom.retry.give-up"]);
    });
  });

  it("lies within the span that was active when the call was made, and attempts within it", async () => {
    await withSdk({}, async ({ span }) => {
      const { run } = bench({ open });
      const outer = trace.getTracer("app").startSpan("outer");
      await context.with(trace.setSpan(context.active(), outer), () => run().reply);
      outer.end();
      const call = await span("loom text");
      const attempt = await span("chat m1-2026");
      assert.equal(call.parentSpanContext?.spanId, outer.spanContext().spanId);
      assert.equal(attempt.parentSpanContext?.spanId, call.spanContext().spanId);
      assert.equal(attempt.spanContext().traceId, outer.spanContext().traceId);
    });
  });

  it("hands the trace on when it is not sampled", async () => {
    await withSdk({ sampler: new AlwaysOffSampler() }, async ({ spans }) => {
      let inside: string | undefined;
      const { run } = bench({
        open() {
          inside = trace.getSpan(context.active())?.spanContext().traceId;
          return { parts };
        },
      });
      const outer = trace.getTracer("app").startSpan("outer");
      await context.with(trace.setSpan(context.active(), outer), () => run().reply);
      assert.equal(inside, outer.spanContext().traceId);
      assert.deepEqual(await spans(), []);
    });
  });

  for (const stream of [false, true]) {
    it(`has no attempt under it when the cache answered a ${stream ? "stream" : "whole reply"}`, async () => {
      await withSdk({}, async ({ spans }) => {
        const { run } = bench({ open });
        await collect(await run({ useCache: true }).reply);
        await collect(await run({ useCache: true, stream }).reply);
        const all = await spans();
        assert.deepEqual(all.map(({ name }) => name), ["chat m1-2026", "loom text", "loom text"]);
        const { attributes, events } = all[2] ?? assert.fail("no third span");
        assert.equal(attributes["loom.cache"], "hit");
        assert.equal(attributes["loom.attempts"], 0);
        assert.equal(attributes["loom.cost.usd"], 0);
        assert.equal(attributes["loom.cost.saved_usd"], 1);
        assert.equal(attributes["loom.provider"], "acme");
        assert.deepEqual(events.map(({ name, attributes }) => ({ name, attributes })), [{
          name: "loom.cache.hit",
          attributes: {
            "loom.cache.made_by": "call-1",
            "loom.cache.age_ms": 0,
            "loom.cache.saved_nano_usd": 1_000_000_000,
          },
        }]);
      });
    });
  }

  it("has no attempt under it when it joined another call, and says which", async () => {
    await withSdk({}, async ({ spans }) => {
      const { run, clock } = bench({
        async open() {
          await clock.advance(50);
          return { parts };
        },
      });
      await Promise.all([run().reply, run().reply]);
      const all = await spans();
      const [leader, joined] = all.filter(({ name }) => name === "loom text");
      const attempts = all.filter(({ name }) => name === "chat m1-2026");
      assert.deepEqual(attempts.map(({ parentSpanContext }) => parentSpanContext?.spanId), [
        leader?.spanContext().spanId,
      ]);
      assert.equal(leader?.attributes["loom.dedup"], false);
      assert.equal(joined?.attributes["loom.dedup"], true);
      assert.equal(joined?.attributes["loom.attempts"], 0);
      assert.deepEqual(joined?.events.map(({ name, attributes }) => ({ name, attributes })), [
        { name: "loom.dedup.joined", attributes: { "loom.dedup.leader": "call-1" } },
      ]);
    });
  });

  it("has an event for each wait and each change of target, at its time", async () => {
    await withSdk({}, async ({ span }) => {
      const { run, clock } = bench({
        targets: [{}, { provider: "azure", model: "m2" }],
        open({ target }) {
          if (target.provider === "acme") throw loomError("overloaded", "no capacity", {});
          return { parts };
        },
      });
      const startedAtMs = clock.now();
      const { reply } = run();
      await clock.advance(500);
      await reply;
      const { events, attributes } = await span("loom text");
      assert.equal(attributes["loom.attempts"], 3);
      assert.deepEqual(
        events.map(({ name, attributes }) => ({ name, attributes })),
        [
          {
            name: "loom.retry.wait",
            attributes: {
              "loom.retry.wait_ms": 500,
              "loom.retry.code": "overloaded",
              "loom.retry.attempt": 1,
            },
          },
          {
            name: "loom.retry.give-up",
            attributes: {
              "loom.retry.reason": "attempts",
              "loom.retry.code": "overloaded",
              "loom.retry.attempt": 2,
            },
          },
          {
            name: "loom.failover.leave",
            attributes: {
              "loom.failover.from": "acme/m1",
              "loom.failover.to": "azure/m2",
              "loom.failover.code": "overloaded",
            },
          },
        ],
      );
      const atMs = events.map(({ time: [seconds, nanos] }) => seconds * 1000 + nanos / 1e6 - startedAtMs);
      assert.deepEqual(atMs, [0, 500, 500]);
    });
  });

  it("keeps notes of any form short and flat", async () => {
    await withSdk({}, async ({ span }) => {
      const { run } = bench({
        open,
        middleware: [{
          name: "shout",
          stage: "cache",
          before: true,
          handle(ctx, next) {
            ctx.note("shout");
            ctx.note("shout", 7);
            ctx.note("shout", ["a", "b"]);
            ctx.note("shout", { deepDetail: { a: 1 }, nothing: null, long: "x".repeat(5000) });
            return next();
          },
        }],
      });
      await run().reply;
      const [bare, number, list, object] = (await span("loom text")).events;
      assert.deepEqual(bare?.attributes ?? {}, {});
      assert.deepEqual(number?.attributes, { "loom.shout.detail": 7 });
      assert.deepEqual(list?.attributes, { "loom.shout.detail": '["a","b"]' });
      assert.equal(object?.attributes?.["loom.shout.deep_detail"], '{"a":1}');
      assert.equal(String(object?.attributes?.["loom.shout.long"]).length, 1000);
      assert.equal("loom.shout.nothing" in (object?.attributes ?? {}), false);
    });
  });

  it("has the error of a call that failed, once", async () => {
    await withSdk({}, async ({ span, spans }) => {
      const error = loomError("auth-rejected", "the key was refused", {});
      const { reply } = bench({
        open() {
          throw error;
        },
      }).run();
      await assert.rejects(reply, (thrown) => thrown === error);
      const { attributes, status } = await span("loom text");
      assert.equal(attributes["error.type"], "auth-rejected");
      assert.deepEqual(status, { code: SpanStatusCode.ERROR, message: "the key was refused" });
      assert.equal("loom.provider" in attributes, false);
      assert.equal((await spans()).length, 2);
    });
  });

  it("calls what is not a LoomError internal, and passes it on as it was", async () => {
    await withSdk({}, async ({ span }) => {
      const fault = new TypeError("oops");
      const { reply } = bench({
        open,
        middleware: [{ name: "bad", stage: "guard", handle: () => Promise.reject(fault) }],
      }).run();
      await assert.rejects(reply, (thrown) => thrown === fault);
      assert.equal((await span("loom text")).attributes["error.type"], "internal");
    });
  });

  it("marks a call that was given up during a back-off, without an error", async () => {
    await withSdk({}, async ({ span }) => {
      const { run, clock } = bench({
        open() {
          throw loomError("overloaded", "no capacity", {});
        },
      });
      const { reply, canceller } = run();
      await clock.advance(100);
      canceller.cancel(abortedError());
      await assert.rejects(reply, { code: "aborted" });
      const { attributes, status } = await span("loom text");
      assert.equal(attributes["loom.cancelled"], true);
      assert.equal("error.type" in attributes, false);
      assert.deepEqual(status, { code: SpanStatusCode.UNSET });
    });
  });

  it("reports a deadline that passed during a back-off as an error", async () => {
    await withSdk({}, async ({ span }) => {
      const { run, clock } = bench({
        open() {
          throw loomError("overloaded", "no capacity", {});
        },
      });
      const { reply, canceller } = run();
      await clock.advance(100);
      canceller.cancel(
        loomError("timed-out", "too late", { phase: "total", afterMs: 100 }, { recovery: "never" }),
      );
      await assert.rejects(reply, { code: "timed-out" });
      const { attributes, status } = await span("loom text");
      assert.equal(attributes["error.type"], "timed-out");
      assert.deepEqual(status, { code: SpanStatusCode.ERROR, message: "too late" });
      assert.equal("loom.cancelled" in attributes, false);
    });
  });
});
