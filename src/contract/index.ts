/** The contract: every type that plugins, chain and callers meet in. Types only. */

export type * from "./call.ts";
export type * from "./cancellation.ts";
export type * from "./catalog.ts";
export type * from "./context.ts";
export type * from "./cost.ts";
export type * from "./dialect.ts";
export type * from "./errors.ts";
export type * from "./events.ts";
export type * from "./guard.ts";
export type * from "./json.ts";
export type * from "./manifest.ts";
export type * from "./message.ts";
export type * from "./middleware.ts";
export type * from "./part.ts";
export type * from "./plugin.ts";
export type * from "./provider.ts";
export type * from "./receipt.ts";
export type * from "./reply.ts";
export type * from "./result.ts";
export type * from "./secret.ts";
export type * from "./services.ts";
export type * from "./sink.ts";
export type * from "./storage.ts";
export type * from "./strategy.ts";
export type * from "./target.ts";
export type * from "./usage.ts";
