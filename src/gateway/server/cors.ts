/** Lets browsers of certain origins call. Off unless origins are named. */

import type { HttpExchange } from "../http/exchange.ts";

/** Gives the headers that an answer to this request carries; `undefined`: its origin may not call. */
export type Cors = (exchange: HttpExchange) => Readonly<Record<string, string>> | undefined;

export function corsOf(origins: readonly string[] | undefined): Cors | undefined {
  if (origins === undefined || origins.length === 0) return undefined;
  const everybody = origins.includes("*");
  const allowed = new Set(origins);
  return (exchange) => {
    const origin = exchange.header("origin");
    if (origin === undefined || !everybody && !allowed.has(origin)) return undefined;
    return {
      "access-control-allow-origin": everybody ? "*" : origin,
      "access-control-expose-headers": "*",
      ...(everybody ? {} : { vary: "origin" }),
    };
  };
}

/** The answer to a browser that asks before it sends. */
export function preflightHeaders(exchange: HttpExchange): Readonly<Record<string, string>> {
  return {
    "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
    "access-control-allow-headers": exchange.header("access-control-request-headers") ?? "*",
    "access-control-max-age": "600",
  };
}
