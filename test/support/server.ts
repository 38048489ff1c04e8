/** HTTP and TCP servers on loopback ports that answer as a test says and remember what happened to them. */

import { Buffer } from "node:buffer";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";

export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** The body as it came, for what is no text. */
  readonly bytes: Uint8Array;
  readonly response: ServerResponse;
  /** Settles when the connection has taken the answer or is gone; true: the client left first. */
  readonly left: Promise<boolean>;
}

export interface TestServer {
  readonly url: string;
  readonly requests: readonly Arrived[];
  /** Connections made since the beginning. */
  readonly connections: number;
  /** Connections that are open now. */
  readonly open: number;
  /** The n-th request, from 0, as soon as it is there. */
  request(index?: number): Promise<Arrived>;
  /** Cuts every connection that is open. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts an HTTP server. */
export async function serve(answer: (arrived: Arrived) => void | Promise<void>): Promise<TestServer> {
  const requests: Arrived[] = [];
  const waiting = new Map<number, (arrived: Arrived) => void>();
  const server = createHttpServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const left = new Promise<boolean>((resolve) => {
      response.on("close", () => resolve(!response.writableFinished));
    });
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk)).on("end", () => {
      const { method = "", url = "", headers } = request;
      const bytes = Buffer.concat(chunks);
      const arrived: Arrived = { method, url, headers, body: bytes.toString("utf8"), bytes, response, left };
      requests.push(arrived);
      waiting.get(requests.length - 1)?.(arrived);
      void answer(arrived);
    });
  });
  const base = await listening(server);
  return {
    ...base,
    get connections() {
      return base.connections;
    },
    get open() {
      return base.open;
    },
    requests,
    request(index = 0) {
      const there = requests[index];
      return there === undefined
        ? new Promise((resolve) => waiting.set(index, resolve))
        : Promise.resolve(there);
    },
  };
}

/** Starts a server that gets the bare connection once the first bytes of a request are there. */
export async function serveRaw(
  answer: (socket: Socket, index: number) => void,
): Promise<Omit<TestServer, "requests" | "request">> {
  let count = 0;
  const server = createTcpServer((socket) => {
    const index = count++;
    socket.once("data", () => answer(socket, index));
  });
  return await listening(server);
}

function listening(server: Server): Promise<Omit<TestServer, "requests" | "request">> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () =>
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        get connections() {
          return connections;
        },
        get open() {
          return sockets.size;
        },
        cut: () => sockets.forEach((socket) => socket.destroy()),
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            sockets.forEach((socket) => socket.destroy());
          }),
      }));
  });
}

/** Settles when `condition` holds. @throws Error, naming `what`, when it does not within `patienceMs` */
export async function until(what: string, condition: () => boolean, patienceMs = 3_000): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`waited ${patienceMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
