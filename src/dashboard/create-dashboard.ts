/** The dashboard as one handler: a page, what it is made of, and the JSON that it reads. */

import { loomError, toLoomError } from "../errors/index.ts";
import { admission } from "./admission.ts";
import { apiRoutes } from "./api/routes.ts";
import { assetAt } from "./assets.ts";
import { liveHub } from "./live/hub.ts";
import type { Dashboard, DashboardOptions } from "./options.ts";
import { faultResponse, jsonResponse, pageResponse, redirect } from "./responses.ts";
import { dashboardSource } from "./source.ts";

/**
 * Makes the dashboard over a Loom, or over the history of any sink that keeps one.
 *
 * @example
 * ```ts
 * import { Loom } from "loom-router";
 * import { createDashboard } from "loom-router/gateway";
 * await using loom = new Loom({ sinks: [{ type: "memory" }] });
 * const dashboard = createDashboard({ loom, basePath: "/ops" });
 * const page = await dashboard.fetch(new Request("http://localhost/ops/"));
 * console.log(page.status, page.headers.get("content-type")); // 200 text/html; charset=utf-8
 * dashboard.close();
 * ```
 *
 * @throws LoomError `config-invalid` naming the option
 */
export function createDashboard(options: DashboardOptions = {}): Dashboard {
  const base = checkedBase(options.basePath ?? "");
  if (options.loom === undefined && options.history === undefined) {
    throw loomError("config-invalid", "a dashboard needs a loom or a history to read", { path: "loom" });
  }
  const source = dashboardSource(options);
  const admit = admission(options.key);
  const hub = liveHub(source);
  const api = apiRoutes(source, hub, options);

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const { pathname } = url;
    if (pathname === base && base !== "") return redirect(`${base}/${url.search}`);
    if (!pathname.startsWith(`${base}/`)) throw nothingAt(pathname);
    const place = pathname.slice(base.length + 1);
    const ofPage = !place.startsWith("api/");
    if (request.method !== "GET" && !(ofPage && request.method === "HEAD")) {
      throw loomError("invalid-request", "everything here is only read: GET", {}, { status: 405 });
    }
    if (ofPage) {
      const asset = await assetAt(place);
      if (asset === undefined) throw nothingAt(pathname);
      return pageResponse(asset, request);
    }
    admit(request);
    const found = api(place.slice("api/".length));
    if (found === undefined) throw nothingAt(pathname);
    const answered = await found(url.searchParams);
    return answered instanceof Response ? answered : jsonResponse(answered);
  }

  return {
    fetch: (request) => answer(request).catch((error) => faultResponse(toLoomError(error, "the dashboard"))),
    close: () => hub.close(),
  };
}

/** Without a slash at its end. */
function checkedBase(given: string): string {
  const base = given.replace(/\/+$/, "");
  if (base === "" || /^(?:\/[\w.~-]+)+$/.test(base)) return base;
  throw loomError(
    "config-invalid",
    `basePath must be a path such as /ops/loom, but is ${JSON.stringify(given)}`,
    {
      path: "basePath",
    },
  );
}

function nothingAt(path: string): Error {
  return loomError("invalid-request", `there is nothing at ${path.slice(0, 200)}`, {}, { status: 404 });
}
