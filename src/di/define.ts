/** `definePlugin` and `defineMiddleware`: they only type what they are given. */

import type {
  Middleware,
  MiddlewareAfter,
  MiddlewareBefore,
  MiddlewareInPlace,
  Stage,
} from "../contract/middleware.ts";
import type { Plugin, PluginKind } from "../contract/plugin.ts";

/**
 * Types a plugin; give the result to `export default`.
 *
 * @example
 * ```ts
 * import { definePlugin, ENVIRONMENT } from "loom-router/plugin";
 * export default definePlugin({
 *   api: 1,
 *   kind: "vault",
 *   id: "prefixed-env",
 *   make: (use) => {
 *     const environment = use(ENVIRONMENT);
 *     return { read: async (name) => environment.get(`PROD_${name}`) };
 *   },
 * });
 * ```
 */
export function definePlugin<K extends PluginKind, O = void>(plugin: Plugin<K, O>): Plugin<K, O> {
  return plugin;
}

/**
 * Types a middleware: `stage` decides what the context knows and what `next` wants.
 *
 * @example
 * ```ts
 * import { defineMiddleware, observe } from "loom-router/plugin";
 * export default defineMiddleware({
 *   name: "shout", stage: "cache", before: true,
 *   async handle(ctx, next) {
 *     const reply = await next();
 *     return observe(reply, { end: (outcome) => ctx.note("shout", { ok: outcome.status === "ok" }) });
 *   },
 * });
 * ```
 */
export function defineMiddleware<S extends Stage>(middleware: MiddlewareInPlace<S>): MiddlewareInPlace<S>;
export function defineMiddleware<S extends Stage>(middleware: MiddlewareAfter<S>): MiddlewareAfter<S>;
export function defineMiddleware<S extends Stage>(middleware: MiddlewareBefore<S>): MiddlewareBefore<S>;
export function defineMiddleware(middleware: Middleware): Middleware {
  return middleware;
}
