/** One page over HTTP, and nothing else. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface PageAddress {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

export interface ServedPage {
  readonly url: string;
  close(): Promise<void>;
}

/** Collectors ask every few seconds; nobody needs more at once. */
const maxConnections = 32;

/** @throws what the system said, when it cannot be listened there */
export async function servePage(
  { host, port, path }: PageAddress,
  render: () => Promise<{ readonly contentType: string; readonly text: string }>,
): Promise<ServedPage> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    const fits = request.url?.split("?")[0] === path;
    const reads = request.method === "GET" || request.method === "HEAD";
    if (!fits || !reads) return void response.writeHead(fits ? 405 : 404).end();
    render().then(
      ({ contentType, text }) => {
        response.writeHead(200, { "content-type": contentType, "cache-control": "no-store" });
        response.end(request.method === "HEAD" ? undefined : text);
      },
      () => response.writeHead(500).end(),
    );
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // A program that has nothing else to do may end.
  server.unref();
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
