/** The admin side: metrics, health, providers, accounts, usage, keys, configuration, cache, log level. On a port of its own. */

import type { LoomErrorLike } from "../../contract/index.ts";
import { loomError, toLoomError } from "../../errors/index.ts";
import { readBody } from "../calls/request-body.ts";
import { digestBytes, digestOf, sameDigest } from "../keys/digest.ts";
import { answerWithFetch } from "../http/answer-with-fetch.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { idInPath } from "../http/path-id.ts";
import type { AdminOptions } from "../options.ts";
import { type AdminPages, pagesPath } from "./admin-pages.ts";
import type { AdminAnswered } from "./admin-route.ts";
import { adminRoutes, type AdminServices } from "./admin-routes.ts";
import { refuseStrangers } from "../server/strangers.ts";

const maxBodyBytes = 1024 * 1024;

export function adminHandler(
  services: AdminServices,
  { key, openMetrics = true }: AdminOptions,
  pages?: AdminPages,
): (exchange: HttpExchange) => Promise<void> {
  const routes = adminRoutes(services).map((route) =>
    route.path === "/metrics" ? { ...route, open: openMetrics } : route
  );
  const expected = key === undefined ? undefined : digestBytes(digestOf(key));

  return async (exchange) => {
    try {
      if (pages !== undefined && isPage(exchange.path)) {
        // A page of our own says where it comes from, too.
        if (key === undefined) refuseStrangers(exchange, [`http://${exchange.header("host")}`]);
        return await answerWithFetch(exchange, pages.fetch);
      }
      const { status = 200, headers, json, text } = await answer(exchange);
      const body = text ?? JSON.stringify(json ?? null, null, 2) + "\n";
      exchange.send(status, {
        "content-type": "application/json",
        "cache-control": "no-store",
        ...headers,
      }, body);
    } catch (fault) {
      const error = toLoomError(fault, "the admin side");
      if (exchange.begun) exchange.destroy();
      else exchange.send(statusOf(error), { "content-type": "application/json" }, shown(error));
    }
  };

  async function answer(exchange: HttpExchange): Promise<AdminAnswered> {
    const here = routes.flatMap((route) => {
      const id = idInPath(route.path, exchange.path, false);
      return id === undefined ? [] : [{ route, id }];
    });
    const found = here.find(({ route }) =>
      route.method === exchange.method || exchange.method === "HEAD" && route.method === "GET"
    );
    if (found?.route.open !== true) admit(exchange);
    if (found === undefined) {
      if (here.length === 0) {
        const paths = [...new Set(routes.map(({ path }) => path))].join(", ");
        throw loomError(
          "invalid-request",
          `there is nothing at ${exchange.path.slice(0, 200)}; see ${paths}`,
          {},
          {
            status: 404,
          },
        );
      }
      const allowed = here.map(({ route }) => route.method).join(", ");
      exchange.addHeaders({ allow: allowed });
      throw loomError("invalid-request", `this takes ${allowed}, not ${exchange.method}`, {}, {
        status: 405,
      });
    }
    const takesBody = found.route.method !== "GET" && found.route.method !== "DELETE";
    const body =
      takesBody && exchange.header("content-length") !== "0" && exchange.header("content-type") !== undefined
        ? (await readBody(exchange, maxBodyBytes)).fields
        : undefined;
    return await found.route.answer({ id: found.id, query: new URLSearchParams(exchange.query), body });
  }

  function admit(exchange: HttpExchange): void {
    if (expected === undefined) return refuseStrangers(exchange);
    const given = /^bearer +(.+)$/i.exec(exchange.header("authorization") ?? "")?.[1] ?? "";
    if (sameDigest(digestOf(given.trim()), expected)) return;
    throw loomError("auth-rejected", "send the admin key as Authorization: Bearer", {});
  }
}

function isPage(path: string): boolean {
  return path === pagesPath || path.startsWith(`${pagesPath}/`);
}

function statusOf({ status }: LoomErrorLike): number {
  return status >= 400 && status < 600 ? status : 500;
}

function shown({ code, message, data }: LoomErrorLike): string {
  const { path } = data as { readonly path?: string };
  return JSON.stringify({ error: { code, message, ...(path === undefined ? {} : { path }) } }) + "\n";
}
