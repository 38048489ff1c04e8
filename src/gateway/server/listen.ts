/** Listens on a port with node:http, or node:https, and stops without cutting anybody off. */

import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions as TlsOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { loomError } from "../../errors/index.ts";
import { refuse } from "../http/refuse.ts";
import { NodeExchange } from "../http/node-exchange.ts";
import type { ServerOptions } from "../options.ts";
import type { Handler } from "./gateway-handler.ts";
import { type Unasked, watchUnasked } from "./unasked.ts";

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** For people and clients, without a slash at the end. */
  readonly url: string;
  /** Takes no new connections, waits for the requests under way for `drainMs`, then closes what is left. */
  close(drainMs: number): Promise<void>;
}

export type ListenOptions = Pick<
  ServerOptions,
  "host" | "port" | "tls" | "requestTimeoutMs" | "stalledClientMs"
>;

/** Headers alone must come faster than a body may; a connection that says nothing is dropped. */
const headersTimeoutMs = 15_000;
/** Longer than the idle time of the usual proxies in front, so that they end connections, not we under their requests. */
const keepAliveMs = 75_000;
/** While the server stops: between two looks for connections that have nothing left to do. */
const idleLookMs = 50;
/** While the server stops: how long a connection that has not asked anything yet may take to begin. */
const unaskedMs = 500;

/** @throws LoomError `config-invalid`, when the address is taken or not ours, or the certificate cannot be read */
export async function listen(
  handler: Handler,
  options: ListenOptions,
  usualPort: number,
): Promise<Listening> {
  const { host = "127.0.0.1", port = usualPort, requestTimeoutMs = 60_000, stalledClientMs = 60_000 } =
    options;
  const limits = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(5_000, requestTimeoutMs),
    // Two keys in one request are a fault to be told, not to be chosen between.
    joinDuplicateHeaders: true,
  };
  const { tls } = options;
  const server: Server = tls === undefined ? createServer(limits) : secured(limits, tls);
  const unasked = watchUnasked(server, tls !== undefined);
  server.on("request", (request, response) => {
    unasked.asked(request.socket);
    void handler(new NodeExchange(request, response, stalledClientMs));
  });
  server.on("clientError", refuse);
  await bound(server, host, port);
  const address = server.address() as AddressInfo;
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    host,
    port: address.port,
    url: `${tls === undefined ? "http" : "https"}://${shown}:${address.port}`,
    close: (drainMs) => closed(server, unasked, drainMs),
  };
}

function secured(limits: TlsOptions, { certFile, keyFile }: NonNullable<ListenOptions["tls"]>): Server {
  const cert = read(certFile, "cert");
  const key = read(keyFile, "key");
  try {
    // What a server notices late, or on Deno with the first client.
    new X509Certificate(cert);
    createPrivateKey(key);
    return createTlsServer({ ...limits, cert, key });
  } catch (cause) {
    const message = `server.tls: cert and key must be a certificate and its key in PEM: ${
      (cause as Error).message
    }`;
    throw loomError("config-invalid", message, { path: "server.tls" }, { cause });
  }
}

function bound(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: Error & { code?: string }) => {
      const why = cause.code === "EADDRINUSE"
        ? "something else listens there already"
        : cause.code === "EACCES"
        ? "this user may not"
        : cause.message;
      reject(
        loomError("config-invalid", `cannot listen on ${host}:${port}: ${why}`, { path: "server.port" }, {
          cause,
        }),
      );
    });
    server.listen({ host, port, backlog: 1024 }, () => resolve());
  });
}

function closed(server: Server, unasked: Unasked, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), drainMs);
    const unused = setTimeout(unasked.cut, Math.min(unaskedMs, drainMs));
    // Each connection is let go of as soon as its last answer is out, not when its client tires of it.
    const idle = setInterval(() => server.closeIdleConnections(), idleLookMs);
    server.close(() => {
      clearTimeout(late);
      clearTimeout(unused);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function read(file: string, what: "cert" | "key"): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const path = `server.tls.${what}`;
    throw loomError("config-invalid", `${path}: cannot read ${file}: ${(cause as Error).message}`, { path }, {
      cause,
    });
  }
}
