/** A real OpenTelemetry SDK that keeps what it gets, and a small chain of the real stages with the tracing links in it. */

import { arrange } from "../../src/middleware/arrange.ts";
import { context, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { type HistogramMetricData, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Call } from "../../src/contract/call.ts";
import type { Attempting, Context } from "../../src/contract/context.ts";
import type { Logger } from "../../src/contract/services.ts";
import type { Middleware } from "../../src/contract/middleware.ts";
import type { Answer, Reply } from "../../src/contract/reply.ts";
import type { CachedAnswer } from "../../src/contract/storage.ts";
import type { Target } from "../../src/contract/target.ts";
import { callContext, CallLedger, Canceller, compose, EventBus, planned } from "../../src/kernel/index.ts";
import {
  adapterStage,
  cacheStage,
  costStage,
  dedupStage,
  failoverStage,
  retryStage,
  telemetryStage,
} from "../../src/middleware/index.ts";
import { tracingLinks } from "../../src/middleware/tracing.ts";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeCall, fakeTarget } from "../../src/testing/fake-context.ts";

export interface SdkOptions {
  /** Default true. */
  readonly traces?: boolean;
  readonly metrics?: boolean;
  /** Whether scopes follow asynchronous code, as any complete SDK sees to. Default true. */
  readonly contexts?: boolean;
  readonly sampler?: Sampler;
  readonly processors?: readonly SpanProcessor[];
}

/** What the SDK got. */
export interface Sdk {
  /** Ended spans, in the order in which they ended. */
  spans(): Promise<readonly ReadableSpan[]>;
  span(name: string): Promise<ReadableSpan>;
  /** Everything measured so far, by metric. */
  histograms(): Promise<ReadonlyMap<string, HistogramMetricData>>;
}

class HandReader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

/** Registers an SDK for as long as `use` runs, and takes it back whatever happens. */
export async function withSdk(options: SdkOptions, use: (sdk: Sdk) => Promise<void>): Promise<void> {
  const exporter = new InMemorySpanExporter();
  const tracers = new TracerProvider({
    spanProcessors: [...options.processors ?? [], new SimpleSpanProcessor({ exporter })],
    ...(options.sampler === undefined ? {} : { sampler: options.sampler }),
  });
  const reader = new HandReader();
  const meters = new MeterProvider({ readers: [reader] });
  if (options.traces ?? true) trace.setGlobalTracerProvider(tracers);
  if (options.metrics ?? true) metrics.setGlobalMeterProvider(meters);
  if (options.contexts ?? true) {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  }
  const spans = async () => {
    await tracers.forceFlush();
    return exporter.getFinishedSpans();
  };
  try {
    await use({
      spans,
      async span(name) {
        const all = await spans();
        const found = all.filter((span) => span.name === name);
        if (found.length !== 1) {
          throw new Error(`wanted one span "${name}", have ${all.map((span) => span.name).join(", ")}`);
        }
        return found[0] as ReadableSpan;
      },
      async histograms() {
        const { resourceMetrics, errors } = await reader.collect();
        if (errors.length > 0) throw new AggregateError(errors);
        const all = resourceMetrics.scopeMetrics.flatMap((one) => one.metrics) as HistogramMetricData[];
        return new Map(all.map((one) => [one.descriptor.name, one]));
      },
    });
  } finally {
    trace.disable();
    metrics.disable();
    context.disable();
    await tracers.shutdown();
    await meters.shutdown();
  }
}

export interface BenchOptions {
  /** Answers one attempt. */
  readonly open: (ctx: Attempting) => Answer | Promise<Answer>;
  /** Each laid over `fakeTarget()`. Default: one. */
  readonly targets?: readonly Partial<Target>[];
  readonly middleware?: readonly Middleware[];
  readonly logger?: Logger;
  readonly figuresOnly?: boolean;
}

export interface Bench {
  readonly clock: FakeClock;
  readonly links: readonly Middleware[];
  run(call?: Partial<Call>): Running;
}

export interface Running {
  readonly ctx: Context;
  readonly canceller: Canceller;
  readonly reply: Promise<Reply>;
}

/** A provider "azure" is known to OpenTelemetry by another name; only "acme" says where it is. */
export function bench(
  { open, targets = [{}], middleware = [], logger, figuresOnly = false }: BenchOptions,
): Bench {
  const clock = fakeClock();
  const stored = new Map<string, CachedAnswer>();
  const links = tracingLinks({
    otelName: (provider) => provider === "azure" ? "azure.ai.openai" : undefined,
    address: (provider) => provider === "acme" ? { host: "api.acme.test", port: 8443 } : undefined,
    clock,
    version: "1.2.3",
    figuresOnly,
    ...(logger === undefined ? {} : { logger }),
  });
  const toResult = () => ({});
  const chain = compose(arrange({
    telemetry: telemetryStage({ wanted: () => false, deliver: () => {} }),
    cost: costStage({
      bill: (_, { totalTokens }) => ({ nanoUsd: totalTokens * 1000, lines: [], unpriced: [] }),
      toCost: ({ nanoUsd }, savedNanoUsd) => ({
        usd: nanoUsd === null ? null : nanoUsd / 1e9,
        local: null,
        localCurrency: "INR",
        savedUsd: savedNanoUsd === null ? null : savedNanoUsd / 1e9,
        breakdown: [],
      }),
    }),
    resolve: {
      name: "resolve",
      stage: "resolve",
      replaces: "resolve",
      async handle(ctx, next) {
        const { modality, params } = ctx.call;
        const [first = fakeTarget(), ...rest] = targets.map((one) =>
          fakeTarget({ modality, params, ...one })
        );
        return await next(planned(ctx, { targets: [first, ...rest], skipped: [] }));
      },
    },
    cache: cacheStage({}, {
      cache: {
        shared: false,
        get: (key) => stored.get(key),
        set: (key, answer) => void stored.set(key, answer),
        delete: (key) => void stored.delete(key),
        clear: () => stored.clear(),
      },
      clock,
      price: (_, __, usage) => usage.totalTokens * 1000,
      toResult,
    }),
    dedup: dedupStage(),
    failover: failoverStage({ clock, toResult }),
    retry: retryStage({ maxAttempts: 2, baseDelayMs: 500 }, { clock, random: () => 1 }),
    adapter: adapterStage({
      provider: () => ({
        provider: {
          label: "Acme",
          modalities: ["text", "image", "video", "embedding", "speech", "transcription", "rerank"],
          open: async (ctx) => await open(ctx),
        },
        key: () => undefined,
        keyRejected: () => false,
      }),
    }),
  }, [...links, ...middleware]));
  let calls = 0;
  return {
    clock,
    links,
    run(change) {
      const id = `call-${++calls}`;
      const canceller = new Canceller();
      const events = new EventBus((error) => {
        throw error;
      });
      const ledger = new CallLedger(id, clock);
      const frame = { id, deadlineMs: clock.monotonic() + 60_000, ledger, events };
      const ctx = callContext(frame, fakeCall({ useCache: false, ...change }), canceller);
      return { ctx, canceller, reply: chain(ctx) };
    },
  };
}
