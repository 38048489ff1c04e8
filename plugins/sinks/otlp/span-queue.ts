/** Holds ended spans until they are through: bounded, with every one that is lost counted. */

import type { SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";
import type { SpanQueueSettings } from "./settings.ts";

/** The outcome of one export, whatever was in it; `error` is absent when the collector took it. */
export type Heard = (error?: Error) => void;

export interface SpanQueue {
  readonly processor: SpanProcessor;
  /** Spans that found no room, or that the collector did not take. */
  readonly dropped: number;
  /** Settles when all that ended so far is through or lost. */
  through(): Promise<void>;
  /** Counts what is still held as dropped: nobody waits for it any more. */
  giveUp(): void;
}

export type Batching = (options: {
  readonly exporter: SpanExporter;
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  readonly scheduledDelayMillis: number;
  readonly exportTimeoutMillis: number;
}) => SpanProcessor;

/**
 * The SDK's own batching, behind a bound that counts: by itself it tells nobody what it lets go of, and its `forceFlush` does
 * not wait for a batch that is under way.
 */
export function spanQueue(
  exporter: SpanExporter,
  batching: Batching,
  { maxHeld, maxBatch, delayMs, timeoutMs }: SpanQueueSettings,
  heard: Heard,
): SpanQueue {
  let held = 0;
  let dropped = 0;
  const waiting = new Set<() => void>();

  function gone(count: number): void {
    held -= count;
    if (held > 0) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  }

  const batches = batching({
    exporter: {
      export(spans, done) {
        exporter.export(spans, (result) => {
          // 0 is success, in every version of the SDK.
          const failed = result.code !== 0;
          // What was given up is counted already.
          const count = Math.min(held, spans.length);
          if (failed) dropped += count;
          gone(count);
          heard(failed ? result.error ?? new Error("the export failed") : undefined);
          done(result);
        });
      },
      forceFlush: async () => await exporter.forceFlush?.(),
      shutdown: () => exporter.shutdown(),
    },
    maxQueueSize: maxHeld,
    maxExportBatchSize: maxBatch,
    scheduledDelayMillis: delayMs,
    exportTimeoutMillis: timeoutMs,
  });
  let closed = false;

  return {
    processor: {
      onStart: (span, scope) => batches.onStart(span, scope),
      onEnd(span) {
        const sampled = (span.spanContext().traceFlags & 1) !== 0;
        if (!sampled || closed) return;
        if (held >= maxHeld) {
          dropped++;
          return;
        }
        held++;
        batches.onEnd(span);
      },
      forceFlush: () => batches.forceFlush(),
      shutdown() {
        closed = true;
        return batches.shutdown();
      },
    },
    get dropped() {
      return dropped;
    },
    async through() {
      // What is refused is counted where the export ends.
      await batches.forceFlush().catch(() => {});
      if (held > 0) await new Promise<void>((resolve) => waiting.add(resolve));
    },
    giveUp() {
      dropped += held;
      gone(held);
    },
  };
}
