/** Spans that wait: bounded, each that is lost counted once, and no wait without an end. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace";
import { type SpanQueue, spanQueue } from "../../../../plugins/sinks/otlp/span-queue.ts";

type Done = Parameters<SpanExporter["export"]>[1];

/** An exporter that answers when the test says so. */
function handExporter() {
  const underway: { readonly count: number; readonly done: Done }[] = [];
  const exporter: SpanExporter = {
    export: (spans, done) => void underway.push({ count: spans.length, done }),
    shutdown: () => Promise.resolve(),
  };
  return { exporter, underway };
}

function span(sampled = true): ReadableSpan {
  const spanContext = () => ({
    traceId: "1".repeat(32),
    spanId: "2".repeat(16),
    traceFlags: sampled ? 1 : 0,
  });
  return { spanContext, resource: { asyncAttributesPending: false } } as unknown as ReadableSpan;
}

function setUp(maxHeld = 10) {
  const hand = handExporter();
  const errors: (string | undefined)[] = [];
  const queue = spanQueue(
    hand.exporter,
    (options) => new BatchSpanProcessor(options),
    { maxHeld, maxBatch: Math.min(maxHeld, 4), delayMs: 60_000, timeoutMs: 60_000 },
    (error) => void errors.push(error?.message),
  );
  return { ...hand, queue, errors };
}

function end({ processor }: SpanQueue, count: number, sampled = true): void {
  for (let index = 0; index < count; index++) processor.onEnd(span(sampled));
}

describe("the queue of spans", () => {
  it("drops and counts what finds no room, while a collector takes its time", async () => {
    const { queue, underway, errors } = setUp();
    end(queue, 13);
    assert.equal(queue.dropped, 3);
    const through = queue.through();
    await Promise.resolve();
    assert.deepEqual(underway.map(({ count }) => count), [4, 4, 2]);
    end(queue, 1);
    assert.equal(queue.dropped, 4, "what is under way takes room too");
    for (const { done } of underway.splice(0)) done({ code: 0 });
    await through;
    end(queue, 1);
    assert.equal(queue.dropped, 4, "there is room again");
    assert.deepEqual(errors, [undefined, undefined, undefined]);
    queue.giveUp();
    assert.equal(queue.dropped, 5);
  });

  it("counts what the collector refused", async () => {
    const { queue, underway, errors } = setUp();
    end(queue, 3);
    const through = queue.through();
    underway[0]?.done({ code: 1, error: new Error("503") });
    await through;
    assert.equal(queue.dropped, 3);
    assert.deepEqual(errors, ["503"]);
  });

  it("waits for a batch that is under way already, and not for one that was given up", async () => {
    const { queue, underway } = setUp();
    end(queue, 4);
    assert.equal(underway.length, 1, "a full batch goes at once");
    let settled = false;
    const through = queue.through().then(() => settled = true);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(settled, false);
    queue.giveUp();
    await through;
    assert.equal(queue.dropped, 4);
    underway[0]?.done({ code: 1 });
    assert.equal(queue.dropped, 4, "counted once");
  });

  it("takes nothing that is not sampled, and nothing once it is closed", async () => {
    const { queue, underway } = setUp();
    end(queue, 20, false);
    await queue.processor.shutdown();
    end(queue, 20);
    await queue.through();
    assert.deepEqual([queue.dropped, underway.length], [0, 0]);
  });
});
