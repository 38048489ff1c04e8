/** Whether OpenTelemetry is set up in this process, found out without importing its API. */

/** Where every copy of `@opentelemetry/api` 1.x, and Deno's own OpenTelemetry, register what they have. */
const registryKey: unique symbol = Symbol.for("opentelemetry.js.api.1") as never;

/** What is registered there; `undefined` fields were never set up, or were taken back. */
export interface RegisteredTelemetry {
  /** Of the API that registered first; older minor versions than the reader's own are not used by it. */
  readonly version?: string;
  readonly trace?: unknown;
  readonly metrics?: unknown;
}

/** What somebody has registered in this process. */
export function registeredTelemetry(): RegisteredTelemetry {
  return (globalThis as { readonly [registryKey]?: RegisteredTelemetry })[registryKey] ?? {};
}

/** Whether spans or metrics would go anywhere, so that it is worth loading the links that make them. */
export function tracingWanted(): boolean {
  const { trace, metrics } = registeredTelemetry();
  return trace !== undefined || metrics !== undefined;
}
