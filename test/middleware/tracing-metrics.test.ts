/** The measurements of attempts: names, units, buckets and attributes of the GenAI conventions. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HistogramMetricData } from "@opentelemetry/sdk-metrics";
import type { Part } from "../../src/contract/part.ts";
import { loomError } from "../../src/errors/index.ts";
import { abortedError } from "../../src/kernel/index.ts";
import { record, scripted, settle, text } from "../kernel/scripted.ts";
import { bench, withSdk } from "./tracing-bench.ts";

const usage = {
  inputTokens: 12,
  outputTokens: 5,
  cachedTokens: 4,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: 17,
};
const parts: readonly Part[] = [
  { type: "response", model: "m1-2026-05" },
  text("hi"),
  { type: "usage", usage },
  { type: "finish", reason: "stop" },
];
const asked = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "acme",
  "gen_ai.request.model": "m1-2026",
  "server.address": "api.acme.test",
  "server.port": 8443,
};
const answered = { ...asked, "gen_ai.response.model": "m1-2026-05" };

/** One line per set of attributes. */
function rows(data: HistogramMetricData | undefined) {
  return data?.dataPoints.map(({ attributes, value: { sum, count } }) => ({ attributes, sum, count })) ?? [];
}

describe("the metrics of attempts", () => {
  it("count tokens by type and time the answer, with the conventions' units and buckets", async () => {
    await withSdk({}, async ({ histograms }) => {
      const { run, clock } = bench({
        async open() {
          await clock.advance(640);
          return { parts };
        },
      });
      await run().reply;
      const all = await histograms();
      assert.deepEqual([...all.keys()], ["gen_ai.client.operation.duration", "gen_ai.client.token.usage"]);
      const duration = all.get("gen_ai.client.operation.duration");
      assert.equal(duration?.descriptor.unit, "s");
      assert.deepEqual(
        duration?.dataPoints[0]?.value.buckets.boundaries,
        [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
      );
      assert.deepEqual(rows(duration), [{ attributes: answered, sum: 0.64, count: 1 }]);
      const tokens = all.get("gen_ai.client.token.usage");
      assert.equal(tokens?.descriptor.unit, "{token}");
      assert.deepEqual(
        tokens?.dataPoints[0]?.value.buckets.boundaries,
        [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
      );
      assert.deepEqual(rows(tokens), [
        { attributes: { ...answered, "gen_ai.token.type": "input" }, sum: 12, count: 1 },
        { attributes: { ...answered, "gen_ai.token.type": "output" }, sum: 5, count: 1 },
      ]);
    });
  });

  it("time the first content of a stream and each one after it, without traces too", async () => {
    await withSdk({ traces: false }, async ({ histograms }) => {
      const script = scripted();
      const { run, clock } = bench({ open: () => ({ source: (receiver) => script.reply.flow(receiver) }) });
      const { reply } = run({ stream: true });
      await settle();
      await clock.advance(100);
      script.push({ type: "response", model: "m1-2026-05" }, text(""));
      await clock.advance(150);
      script.push(text("a"));
      const { outcomes } = record(await reply);
      await settle();
      await clock.advance(20);
      script.push({ type: "reasoning", text: "b" });
      await clock.advance(30);
      script.push(text("c"), { type: "finish", reason: "stop" });
      await clock.advance(40);
      script.end();
      assert.deepEqual(outcomes, [{ status: "ok" }]);
      const all = await histograms();
      const timed = (name: string) => {
        const data = all.get(`gen_ai.client.operation.${name}`);
        assert.equal(data?.descriptor.unit, "s", name);
        return rows(data);
      };
      assert.deepEqual(timed("time_to_first_chunk"), [{ attributes: answered, sum: 0.25, count: 1 }]);
      assert.deepEqual(timed("time_per_output_chunk"), [{ attributes: answered, sum: 0.05, count: 2 }]);
      assert.deepEqual(timed("duration"), [{ attributes: answered, sum: 0.34, count: 1 }]);
      assert.equal(all.has("gen_ai.client.token.usage"), false);
    });
  });

  it("tell failed attempts from good ones", async () => {
    await withSdk({}, async ({ histograms }) => {
      const { run, clock } = bench({
        open({ attempt }) {
          if (attempt > 1) return { parts };
          throw loomError("overloaded", "no capacity", {});
        },
      });
      const { reply } = run();
      await clock.advance(500);
      await reply;
      assert.deepEqual(rows((await histograms()).get("gen_ai.client.operation.duration")), [
        { attributes: { ...asked, "error.type": "overloaded" }, sum: 0, count: 1 },
        { attributes: answered, sum: 0, count: 1 },
      ]);
    });
  });

  it("keep what a caller cut off apart, without calling it an error", async () => {
    await withSdk({}, async ({ histograms }) => {
      const script = scripted();
      const { run } = bench({ open: () => ({ source: (receiver) => script.reply.flow(receiver) }) });
      const { reply } = run({ stream: true });
      await settle();
      script.push(text("a"), { type: "usage", usage });
      const { flow, outcomes } = record(await reply);
      flow.cancel(abortedError());
      await settle();
      assert.equal(outcomes[0]?.status, "cancelled");
      const all = await histograms();
      const [duration] = rows(all.get("gen_ai.client.operation.duration"));
      assert.deepEqual(duration?.attributes, { ...asked, "loom.cancelled": true });
      assert.equal(rows(all.get("gen_ai.client.token.usage")).length, 2);
    });
  });

  it("measure nothing when the cache answered", async () => {
    await withSdk({}, async ({ histograms }) => {
      const { run } = bench({ open: () => ({ parts }) });
      await run({ useCache: true }).reply;
      await run({ useCache: true }).reply;
      const [duration] = rows((await histograms()).get("gen_ai.client.operation.duration"));
      assert.equal(duration?.count, 1);
    });
  });

  it("count the tokens that are billed, where the vendor says so; spans say what was read and written", async () => {
    await withSdk({}, async ({ histograms, span }) => {
      const billed = { ...usage, billedInputTokens: 3, billedOutputTokens: 2 };
      await bench({ open: () => ({ parts: [text("hi"), { type: "usage", usage: billed }] }) }).run().reply;
      const tokens = rows((await histograms()).get("gen_ai.client.token.usage"));
      assert.deepEqual(tokens.map(({ sum }) => sum), [3, 2]);
      const { attributes } = await span("chat m1-2026");
      assert.equal(attributes["gen_ai.usage.input_tokens"], 12);
      assert.equal(attributes["gen_ai.usage.output_tokens"], 5);
    });
  });

  it("leave out tokens that are estimated, or that a modality does not have", async () => {
    const cases = [
      { modality: "text", usage: { ...usage, estimated: true as const } },
      { modality: "image", usage: { ...usage, inputTokens: 0, outputTokens: 0, totalTokens: 0, images: 1 } },
    ] as const;
    for (const { modality, usage } of cases) {
      await withSdk({}, async ({ histograms }) => {
        const { run } = bench({ open: () => ({ parts: [text("hi"), { type: "usage", usage }] }) });
        await run({ modality }).reply;
        const all = await histograms();
        assert.equal(all.has("gen_ai.client.operation.duration"), true);
        assert.equal(all.has("gen_ai.client.token.usage"), false, modality);
      });
    }
  });
});
