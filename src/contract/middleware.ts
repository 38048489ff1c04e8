/** The links of the chain and the stages they stand at. */

import type { Attempting, Context, Planned } from "./context.ts";
import type { Reply } from "./reply.ts";

/** The stages, outermost first: `[what a stage receives, what it must hand to next()]`. */
export interface Stages {
  telemetry: [Context, Context];
  cost: [Context, Context];
  resolve: [Context, Planned];
  guard: [Planned, Planned];
  limit: [Planned, Planned];
  cache: [Planned, Planned];
  dedup: [Planned, Planned];
  failover: [Planned, Attempting];
  breaker: [Attempting, Attempting];
  retry: [Attempting, Attempting];
  adapter: [Attempting, Attempting];
}

export type Stage = keyof Stages;

/**
 * Hands the call inward and gives the reply back. Where the stage narrows the context it must be given the new one;
 * elsewhere the argument may be left out, which means: the same.
 */
export type Next<In, Out> = In extends Out ? (ctx?: Out) => Promise<Reply> : (ctx: Out) => Promise<Reply>;

interface MiddlewareBase<In, Out> {
  /** Unique in a Loom; it is what receipts and `loom doctor` call this middleware. */
  readonly name: string;
  /** May call `next` more than once, as retry and failover do. Everyone else is held to once. */
  readonly reentrant?: true;
  /** Must return what `next()` gave, or a reply of its own. */
  handle(ctx: In, next: Next<In, Out>): Promise<Reply>;
  /** Called once by `loom.close()`. */
  close?(): Promise<void> | void;
}

/** Stands outside the stage's built-in link (the default), or in its place with `replaces`. */
export interface MiddlewareBefore<S extends Stage> extends MiddlewareBase<Stages[S][0], Stages[S][0]> {
  readonly stage: S;
  readonly before?: true;
  readonly after?: never;
  readonly replaces?: never;
}

/** Stands inside the stage's built-in link, and so sees what that link hands inward. */
export interface MiddlewareAfter<S extends Stage> extends MiddlewareBase<Stages[S][1], Stages[S][1]> {
  readonly stage: S;
  readonly after: true;
  readonly before?: never;
  readonly replaces?: never;
}

/** Is the stage: receives what the stage receives and hands inward what the stage promises. */
export interface MiddlewareInPlace<S extends Stage> extends MiddlewareBase<Stages[S][0], Stages[S][1]> {
  readonly stage: S;
  /** The name of the middleware that this one stands in for, such as that of the stage's built-in link. */
  readonly replaces: string;
  readonly before?: never;
  readonly after?: never;
}

/** Any middleware, with its place: `{ stage: "cache" }` or `{ stage: "cache", before: true }` outside of it, `after: true` inside. */
export type Middleware<S extends Stage = Stage> = {
  [K in S]: MiddlewareBefore<K> | MiddlewareAfter<K> | MiddlewareInPlace<K>;
}[S];
