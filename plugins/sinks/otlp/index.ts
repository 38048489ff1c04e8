/** The sink `otlp`: traces and metrics to any OpenTelemetry collector, through OpenTelemetry's own SDK. */

import { CLOCK, definePlugin, ENVIRONMENT, LOGGER, type Plugin } from "../../../src/plugin.ts";
import { options, type OtlpSinkOptions } from "./options.ts";
import { settingsOf } from "./settings.ts";
import { shareExport } from "./shared.ts";

const plugin: Plugin<"sink", OtlpSinkOptions> = definePlugin({
  api: 1,
  kind: "sink",
  id: "otlp",
  options,
  packages: [
    "@opentelemetry/sdk-node",
    "@opentelemetry/sdk-trace",
    "@opentelemetry/sdk-metrics",
    "@opentelemetry/exporter-trace-otlp-proto",
    "@opentelemetry/exporter-trace-otlp-http",
    "@opentelemetry/exporter-metrics-otlp-proto",
    "@opentelemetry/exporter-metrics-otlp-http",
  ],
  async make(use, options) {
    const settings = settingsOf(options, use(ENVIRONMENT));
    const exporting = settings === undefined
      ? undefined
      : await shareExport(settings, { clock: use(CLOCK), logger: use(LOGGER) });
    return {
      // The chain makes the spans and measurements; only captured content is told by the record alone.
      write(record) {
        if (record.content !== undefined) exporting?.tell(record);
      },
      flush: async () => await exporting?.flush(),
      close: async () => await exporting?.close(),
      get dropped() {
        return exporting?.dropped ?? 0;
      },
    };
  },
});

export default plugin;
