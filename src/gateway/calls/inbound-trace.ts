/** A request that comes with a trace goes on in it: its `traceparent` is the parent of the call's span. */

import type { Headed } from "../http/exchange.ts";

/** Runs work within the trace that a request came with, if it came with one. */
export type WithinTrace = <T>(exchange: Headed, work: () => T) => T;

/** `undefined`, and nothing of OpenTelemetry is loaded, where calls are not traced. */
export async function inboundTraces(traced: boolean): Promise<WithinTrace | undefined> {
  if (!traced) return undefined;
  const { context, propagation, trace } = await import("@opentelemetry/api");
  const headers = {
    get: (exchange: Headed, name: string) => exchange.header(name.toLowerCase()),
    keys: () => [],
  };
  return (exchange, work) => {
    const active = context.active();
    // A host that traces its requests has a span for this one already, and that lies within the caller's.
    if (trace.getSpan(active) !== undefined) return work();
    return context.with(propagation.extract(active, exchange, headers), work);
  };
}
