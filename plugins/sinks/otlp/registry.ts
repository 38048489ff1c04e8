/** What is registered with OpenTelemetry in this process, found out without loading anything of it. */

/** Where every copy of `@opentelemetry/api` 1.x, and Deno's own OpenTelemetry, register what they have. */
const registry: unique symbol = Symbol.for("opentelemetry.js.api.1") as never;

const kinds = ["trace", "metrics", "context", "propagation", "logs"] as const;
export type Kind = typeof kinds[number];

export function registeredKinds(): readonly Kind[] {
  const there = (globalThis as { readonly [registry]?: Readonly<Partial<Record<Kind, unknown>>> })[registry];
  return kinds.filter((kind) => there?.[kind] !== undefined);
}

/** Whether spans or measurements go somewhere already. */
export function hasSdk(): boolean {
  return registeredKinds().some((kind) => kind === "trace" || kind === "metrics");
}
