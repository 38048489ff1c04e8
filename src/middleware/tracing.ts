/**
 * OpenTelemetry in the chain: a span for each call, a span and measurements for each attempt. Names are those of the GenAI
 * conventions 1.41.0 where these have any, and begin with `loom.` elsewhere; prompts and answers are not recorded.
 *
 * This file and those it imports load `@opentelemetry/api`, so they are imported only when `tracingWanted()`.
 */

import { diag, metrics, trace } from "@opentelemetry/api";
import type { Middleware } from "../contract/middleware.ts";
import type { Clock, Logger } from "../contract/services.ts";
import { attemptLink } from "./tracing-attempt.ts";
import { callLink } from "./tracing-call.ts";
import { registeredTelemetry } from "./tracing-detect.ts";
import { createInstruments } from "./tracing-metrics.ts";

export interface TracingServices {
  /** `gen_ai.provider.name` of a provider, where that is not its id. */
  otelName(provider: string): string | undefined;
  /** Where the calls of a provider go to. */
  address(provider: string): { readonly host: string; readonly port?: number } | undefined;
  /** Measures durations for the metrics. Spans are timed by their SDK. */
  readonly clock: Clock;
  /** Nobody's name, and no words of callers and vendors. Default false. */
  readonly figuresOnly?: boolean;
  /** The version of this package. */
  readonly version?: string;
  /** Hears of an OpenTelemetry that is there but cannot be used. */
  readonly logger?: Logger;
}

const scope = "loom-router";
/** Which vintage of the conventions the names belong to. */
const schemaUrl = "https://opentelemetry.io/schemas/1.41.0";

/**
 * Makes the links: `trace-call` outermost, `trace-attempt` around the adapter. None, when nothing is registered, or only
 * by an API that this one does not work with.
 */
export function tracingLinks(services: TracingServices): readonly Middleware[] {
  const registered = registeredTelemetry();
  if (registered.trace === undefined && registered.metrics === undefined) return [];
  const tracers = trace.getTracerProvider();
  const meters = metrics.getMeterProvider();
  const measures = registered.metrics === meters;
  if (registered.trace !== tracers && !measures) {
    services.logger?.warn(
      `OpenTelemetry was set up through @opentelemetry/api ${
        registered.version ?? "of unknown version"
      }, which the copy ` +
        "that Loom uses cannot work with; there will be no spans or metrics. Bring both to the same version.",
    );
    return [];
  }
  // The short forms on `trace` and `metrics` lose the schema.
  const tracer = tracers.getTracer(scope, services.version, { schemaUrl });
  const meter = measures ? meters.getMeter(scope, services.version, { schemaUrl }) : undefined;
  const { clock, figuresOnly = false } = services;
  return [
    callLink({ tracer, figuresOnly, safely }),
    attemptLink({
      tracer,
      figuresOnly,
      safely,
      clock,
      instruments: meter === undefined ? undefined : createInstruments(meter),
      providerName: (provider) => services.otelName(provider) ?? provider,
      address: (provider) => services.address(provider),
    }),
  ];
}

/** Runs what talks to an SDK. Its span processors are anybody's code; a fault in one is told to it and spares the call. */
function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    diag.error("loom-router: telemetry of a call was lost", error);
    return undefined;
  }
}
