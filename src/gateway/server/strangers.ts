/** Keeps web pages away from what is open to this machine: a browser on it would carry out what any page asks. */

import { loomError } from "../../errors/index.ts";
import type { HttpExchange } from "../http/exchange.ts";

/**
 * For servers without keys. A page's request says where it comes from (`Origin`); one that was led here by a name of the
 * page's own (DNS rebinding) says that name (`Host`).
 *
 * @param origins that may call all the same
 * @throws LoomError `permission-denied`
 */
export function refuseStrangers(exchange: HttpExchange, origins: readonly string[] = []): void {
  const origin = exchange.header("origin");
  if (origin !== undefined && !origins.includes("*") && !origins.includes(origin)) {
    throw refused(
      `pages of ${
        origin.slice(0, 200)
      } may not call this gateway; allow them with server.cors, or configure keys`,
    );
  }
  const host = exchange.header("host");
  if (host !== undefined && !isLocal(host)) {
    throw refused(
      `without keys only this machine is served, by the name localhost, not ${host.slice(0, 200)}`,
    );
  }
}

function isLocal(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" ||
    /^127(\.\d+){3}$/.test(name);
}

function refused(message: string): Error {
  return loomError("permission-denied", message, {});
}
