/** A dashboard over calls that a test wrote, and hosts that serve it. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline, Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import { createDashboard, type Dashboard, type DashboardOptions } from "../../../src/gateway.ts";
import type { CallHistory, CallRecord, Loom } from "../../../src/index.ts";
import { bareLoom, type BareOptions } from "../../support/looms.ts";

export interface Recorded {
  readonly loom: Loom;
  readonly history: CallHistory;
  write(...records: readonly CallRecord[]): void;
}

/** A Loom that keeps its calls in memory, and those that a test writes beside them. */
export async function recorded(options: BareOptions = {}): Promise<Recorded> {
  const loom = bareLoom({ sinks: [{ type: "memory" }], ...options });
  const { sinks } = (await loom.engine()).opened;
  const history = await loom.history();
  if (history === undefined) throw new Error("the memory sink keeps no history");
  return { loom, history, write: (...records) => records.forEach((record) => sinks.deliver(record)) };
}

export interface Asked {
  readonly dashboard: Dashboard;
  /** A path below the base, such as `api/facts`. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
}

export function dashboardOf(options: DashboardOptions): Asked {
  const dashboard = createDashboard(options);
  const base = `http://localhost${options.basePath ?? ""}/`;
  return {
    dashboard,
    get: (path, headers = {}) => dashboard.fetch(new Request(base + path, { headers })),
  };
}

export interface Hosted {
  readonly url: string;
  close(): Promise<void>;
}

/** As docs/dashboard.md shows it: a host of `node:http`. */
export async function hostedOnNode(dashboard: Dashboard): Promise<Hosted> {
  const server: Server = createServer(async (request, response) => {
    const headers = Object.entries(request.headers).map((
      [name, value],
    ): [string, string] => [name, String(value)]);
    const url = new URL(request.url ?? "/", "http://localhost");
    const method = request.method ?? "GET";
    const answer = await dashboard.fetch(new Request(url, { method, headers }));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (answer.body === null) response.end();
    // Whichever side ends first ends the other.
    else pipeline(Readable.fromWeb(answer.body as WebStream), response, () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
