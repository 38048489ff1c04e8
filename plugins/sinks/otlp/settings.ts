/** Everything an export needs, from the sink's options and the standard `OTEL_*` variables beneath them. */

import { type Environment, loomError } from "../../../src/plugin.ts";
import { type OtlpProtocol, type OtlpSinkOptions, protocols } from "./options.ts";

/** Where one kind of data goes. */
export interface Destination {
  readonly url: string;
  readonly protocol: OtlpProtocol;
  readonly headers: Readonly<Record<string, string>>;
  /** How long one export may take, with all its tries. */
  readonly timeoutMs: number;
}

export interface Settings {
  /** `undefined`: not exported. */
  readonly traces?: Destination;
  readonly metrics?: Destination;
  /** Attributes of the resource, `service.name` among them. */
  readonly resource: Readonly<Record<string, string>>;
  /** `undefined`: as `OTEL_TRACES_SAMPLER` says. */
  readonly sampleRatio?: number;
  readonly metricsIntervalMs: number;
  readonly metricsTimeoutMs: number;
  readonly spans: SpanQueueSettings;
}

export interface SpanQueueSettings {
  /** Ended spans that wait or are under way; more are dropped and counted. */
  readonly maxHeld: number;
  readonly maxBatch: number;
  readonly delayMs: number;
  readonly timeoutMs: number;
}

type Variables = Pick<Environment, "get">;

/** `undefined`: `OTEL_SDK_DISABLED` is set. @throws LoomError `config-invalid`, for variables that cannot be followed */
export function settingsOf(options: OtlpSinkOptions, variables: Variables): Settings | undefined {
  if (variables.get("OTEL_SDK_DISABLED")?.trim().toLowerCase() === "true") return undefined;
  const traces = destination("traces", options, variables);
  const metrics = destination("metrics", options, variables);
  const number = (name: string, ifNone: number) => positive(variables, name) ?? ifNone;
  const metricsIntervalMs = options.metricsIntervalMs ?? number("OTEL_METRIC_EXPORT_INTERVAL", 60_000);
  const maxHeld = number("OTEL_BSP_MAX_QUEUE_SIZE", 2_048);
  return {
    ...(traces === undefined ? {} : { traces }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(options.sampleRatio === undefined ? {} : { sampleRatio: options.sampleRatio }),
    resource: resourceOf(options, variables),
    metricsIntervalMs,
    // A reader whose exports may outlast its interval is refused by the SDK.
    metricsTimeoutMs: Math.min(metricsIntervalMs, number("OTEL_METRIC_EXPORT_TIMEOUT", 30_000)),
    spans: {
      maxHeld,
      maxBatch: Math.min(maxHeld, number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512)),
      delayMs: number("OTEL_BSP_SCHEDULE_DELAY", 5_000),
      timeoutMs: number("OTEL_BSP_EXPORT_TIMEOUT", 30_000),
    },
  };
}

function destination(
  signal: "traces" | "metrics",
  options: OtlpSinkOptions,
  variables: Variables,
): Destination | undefined {
  const kind = signal.toUpperCase();
  if (variables.get(`OTEL_${kind}_EXPORTER`)?.trim() === "none") return undefined;
  const own = (name: string) => variables.get(`OTEL_EXPORTER_OTLP_${kind}_${name}`)?.trim();
  const shared = (name: string) => variables.get(`OTEL_EXPORTER_OTLP_${name}`)?.trim();
  const whole = options.endpoint === undefined ? own("ENDPOINT") : undefined;
  const base = options.endpoint ?? shared("ENDPOINT") ?? "http://localhost:4318";
  const url = whole ?? `${base.replace(/\/+$/, "")}/v1/${signal}`;
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) {
    const name = whole === undefined ? "OTEL_EXPORTER_OTLP_ENDPOINT" : `OTEL_EXPORTER_OTLP_${kind}_ENDPOINT`;
    throw invalid(name, "must be an address such as http://localhost:4318");
  }
  const protocol = options.protocol ?? own("PROTOCOL") ?? shared("PROTOCOL") ?? protocols[0];
  if (!isProtocol(protocol)) {
    throw invalid(
      "OTEL_EXPORTER_OTLP_PROTOCOL",
      `this sink speaks ${protocols.join(" and ")}, not ${
        protocol.slice(0, 40)
      }; set the sink's protocol, and its ` +
        "endpoint to the collector's HTTP port, which is usually 4318",
    );
  }
  return {
    url,
    protocol,
    timeoutMs: positive(variables, `OTEL_EXPORTER_OTLP_${kind}_TIMEOUT`) ??
      positive(variables, "OTEL_EXPORTER_OTLP_TIMEOUT") ?? 10_000,
    headers: {
      ...pairs(shared("HEADERS"), "OTEL_EXPORTER_OTLP_HEADERS"),
      ...pairs(own("HEADERS"), `OTEL_EXPORTER_OTLP_${kind}_HEADERS`),
      ...options.headers,
    },
  };
}

/**
 * Who sends. What the SDK would find out by itself about host and process is left out: the command line is part of that, and may
 * hold what is nobody's business.
 */
function resourceOf(
  { serviceName, serviceVersion }: OtlpSinkOptions,
  variables: Variables,
): Record<string, string> {
  const given = pairs(variables.get("OTEL_RESOURCE_ATTRIBUTES"), "OTEL_RESOURCE_ATTRIBUTES");
  const name = serviceName ?? variables.get("OTEL_SERVICE_NAME") ?? given["service.name"] ?? "loom";
  return {
    "service.instance.id": crypto.randomUUID(),
    ...given,
    "service.name": name,
    ...(serviceVersion === undefined ? {} : { "service.version": serviceVersion }),
  };
}

/** `key=value,key=value`, percent-encoded, as the variables of OpenTelemetry are written. */
function pairs(text: string | undefined, name: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of text?.split(",") ?? []) {
    if (pair.trim() === "") continue;
    const at = pair.indexOf("=");
    const key = pair.slice(0, Math.max(0, at)).trim();
    // What is wrong is not shown: it may be a key.
    if (key === "") throw invalid(name, "must be written as name=value,name=value");
    try {
      found[decodeURIComponent(key)] = decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      throw invalid(name, `the value of ${key} is not percent-encoded as it should be`);
    }
  }
  return found;
}

/** The SDK's own way with a number that is none: as if it were not set. */
function positive(variables: Variables, name: string): number | undefined {
  const value = Number(variables.get(name));
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function isProtocol(text: string): text is OtlpProtocol {
  return (protocols as readonly string[]).includes(text);
}

function invalid(name: string, problem: string): Error {
  return loomError("config-invalid", `${name}: ${problem}`, { path: name });
}
