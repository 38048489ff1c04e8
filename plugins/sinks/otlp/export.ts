/** A running export: OpenTelemetry's SDK for Node, registered for the whole process until it is closed. */

import type { PushMetricExporter } from "@opentelemetry/sdk-metrics";
import { type CallRecord, type Clock, type Logger, loomError } from "../../../src/plugin.ts";
import { callContent } from "./call-content.ts";
import { metricExporter, spanExporter } from "./exporters.ts";
import { registeredKinds } from "./registry.ts";
import type { Settings } from "./settings.ts";
import { type Heard, spanQueue } from "./span-queue.ts";
import { within } from "./within.ts";

export interface Export {
  tell(record: CallRecord): void;
  /** Settles when all is through, or after a bound. Never rejects. */
  flush(): Promise<void>;
  /** Takes the registration back, then sends what is left, within a bound. Never rejects. */
  close(): Promise<void>;
  readonly dropped: number;
}

export interface ExportServices {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a collector is waited for, at a flush and at the end. */
const patienceMs = 5_000;
/** And how long once it has been waited for in vain. */
const shortPatienceMs = 500;

/** @throws what an import throws, when a package is missing; LoomError `plugin-invalid`, when they do not go together */
export async function startExport(settings: Settings, { clock, logger }: ExportServices): Promise<Export> {
  const [sdkNode, sdkTrace, sdkMetrics, api] = await Promise.all([
    import("@opentelemetry/sdk-node"),
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/sdk-metrics"),
    import("@opentelemetry/api"),
  ]);
  const tell = onceFailing(settings, logger);
  const content = callContent();
  const queue = settings.traces === undefined ? undefined : spanQueue(
    await spanExporter(settings.traces),
    (options) => new sdkTrace.BatchSpanProcessor(options),
    settings.spans,
    tell,
  );
  const reader = settings.metrics === undefined ? undefined : new sdkMetrics.PeriodicExportingMetricReader({
    exporter: heard(await metricExporter(settings.metrics), tell),
    exportIntervalMillis: settings.metricsIntervalMs,
    exportTimeoutMillis: settings.metricsTimeoutMs,
  });
  const { sampleRatio: ratio } = settings;
  const sdk = new sdkNode.NodeSDK({
    // Content is put on a span before the queue takes it.
    spanProcessors: queue === undefined ? [] : [content.processor, queue.processor],
    metricReaders: reader === undefined ? [] : [reader],
    logRecordProcessors: [],
    instrumentations: [],
    resourceDetectors: [{ detect: () => ({ attributes: settings.resource }) }],
    ...(ratio === undefined ? {} : {
      sampler: new sdkTrace.ParentBasedSampler({ root: new sdkTrace.TraceIdRatioBasedSampler(ratio) }),
    }),
  });
  const before = registeredKinds();
  sdk.start();
  const ours = registeredKinds().filter((kind) => !before.includes(kind));
  const release = () => ours.forEach((kind) => api[kind].disable());
  const lacking = [...queue === undefined ? [] : ["trace"], ...reader === undefined ? [] : ["metrics"]]
    .filter((kind) => !ours.some((one) => one === kind));
  if (lacking.length > 0) {
    release();
    await within(patienceMs, clock, sdk.shutdown());
    throw notRegistered(lacking);
  }

  let inVain = false;
  async function wait(...work: readonly (Promise<void> | undefined)[]): Promise<void> {
    inVain = !await within(inVain ? shortPatienceMs : patienceMs, clock, Promise.allSettled(work));
  }

  return {
    tell: (record) => content.tell(record),
    flush: () => wait(queue?.through(), reader?.forceFlush()),
    async close() {
      // At once, so that whoever opens next finds the place free; what runs until now keeps what it has.
      release();
      await wait(queue?.through(), sdk.shutdown());
      queue?.giveUp();
      const dropped = queue?.dropped ?? 0;
      if (dropped > 0) logger.warn(`${dropped} span${dropped === 1 ? " was" : "s were"} not exported`);
    },
    get dropped() {
      return queue?.dropped ?? 0;
    },
  };
}

/** The API refuses without a word what comes from another version of it, and old SDKs know nothing of some options. */
function notRegistered(lacking: readonly string[]): Error {
  return loomError(
    "plugin-invalid",
    `sink "otlp" could not set up OpenTelemetry (${
      lacking.join(", ")
    }): the installed @opentelemetry/sdk-node is too old, ` +
      "or another version of @opentelemetry/api came first; run: npm install @opentelemetry/sdk-node@latest " +
      "@opentelemetry/api@latest",
    { plugin: "sink/otlp" },
  );
}

/** Says that the collector does not answer, once; calls neither wait for it nor hear of it. */
function onceFailing({ traces, metrics }: Settings, logger: Logger): Heard {
  const url = traces?.url ?? metrics?.url;
  let said = false;
  return (error) => {
    if (error === undefined || said) return;
    said = true;
    logger.warn(
      `the collector at ${url === undefined ? "" : new URL(url).origin} does not take what is exported ` +
        `(${reasonOf(error)}); calls go on, and what finds no room is dropped and counted`,
    );
  };
}

/** Refusals come from whoever answers at that address: one line of them is enough. */
function reasonOf({ name, message }: Error): string {
  const [line = ""] = message.split("\n");
  return (line === "" ? name : line).slice(0, 200);
}

/** The same exporter, whose results somebody hears. */
function heard(exporter: PushMetricExporter, tell: Heard): PushMetricExporter {
  const send = exporter.export.bind(exporter);
  exporter.export = (metrics, done) =>
    send(metrics, (result) => {
      tell(result.code === 0 ? undefined : result.error ?? new Error("the export failed"));
      done(result);
    });
  return exporter;
}
