/** Loads the exporter of one kind of data for the protocol it goes over: each comes when it is needed. */

import type { PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import type { Destination } from "./settings.ts";

export async function spanExporter(destination: Destination): Promise<SpanExporter> {
  const { OTLPTraceExporter } = destination.protocol === "http/json"
    ? await import("@opentelemetry/exporter-trace-otlp-http")
    : await import("@opentelemetry/exporter-trace-otlp-proto");
  return new OTLPTraceExporter(configOf(destination));
}

export async function metricExporter(destination: Destination): Promise<PushMetricExporter> {
  const { OTLPMetricExporter } = destination.protocol === "http/json"
    ? await import("@opentelemetry/exporter-metrics-otlp-http")
    : await import("@opentelemetry/exporter-metrics-otlp-proto");
  return new OTLPMetricExporter(configOf(destination));
}

function configOf({ url, headers, timeoutMs }: Destination) {
  return { url, headers: { ...headers }, timeoutMillis: timeoutMs };
}
