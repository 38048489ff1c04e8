/** An exchange of node:http. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { bodyCut, bodyTooLarge } from "./body-faults.ts";
import type { Headers, HttpExchange } from "./exchange.ts";

/** Proxies may send the whole address. */
function pathOf(url: string): string {
  if (url.startsWith("/")) return url;
  const host = /^https?:\/\/[^/?#]*/i.exec(url)?.[0];
  if (host === undefined) return url;
  const path = url.slice(host.length);
  return path.startsWith("/") ? path : `/${path}`;
}

export class NodeExchange implements HttpExchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #stalledMs: number;
  #gone = false;
  #onGone: (() => void) | undefined;

  /** @param stalledMs how long a client may read nothing of an answer that is all there */
  constructor(request: IncomingMessage, response: ServerResponse, stalledMs: number) {
    this.#request = request;
    this.#response = response;
    this.#stalledMs = stalledMs;
    this.method = request.method ?? "GET";
    const url = pathOf(request.url ?? "/");
    const mark = url.indexOf("?");
    this.path = mark === -1 ? url : url.slice(0, mark);
    this.query = mark === -1 ? "" : url.slice(mark + 1);
    response.on("close", () => this.#closed());
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  get fromLoopback(): boolean {
    const address = this.#request.socket.remoteAddress ?? "";
    return address.startsWith("127.") || address === "::1" || address.startsWith("::ffff:127.");
  }

  body(maxBytes: number): Promise<Uint8Array> {
    const request = this.#request;
    return new Promise((resolve, reject) => {
      const announced = Number(request.headers["content-length"] ?? 0);
      if (announced > maxBytes) return reject(bodyTooLarge(maxBytes));
      let chunks: Uint8Array[] = [];
      let size = 0;
      request.on("data", (chunk: Uint8Array) => {
        size += chunk.length;
        if (size <= maxBytes) return void chunks.push(chunk);
        chunks = [];
        request.pause();
        reject(bodyTooLarge(maxBytes));
      });
      request.on("end", () => {
        const [first] = chunks;
        resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
      });
      request.on("error", () => reject(bodyCut()));
      // It closes after its end, too.
      request.on("close", () => void (request.complete || reject(bodyCut())));
    });
  }

  async *pieces(maxBytes: number): AsyncGenerator<Uint8Array> {
    const request = this.#request;
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw bodyTooLarge(maxBytes);
    let size = 0;
    // The connection must outlive a body that is not read to its end: the answer says why.
    const pieces = request.iterator({ destroyOnReturn: false });
    try {
      for await (const piece of pieces) {
        size += piece.length;
        if (size > maxBytes) break;
        yield piece;
      }
    } catch {
      throw bodyCut();
    }
    if (size > maxBytes) throw bodyTooLarge(maxBytes);
    if (!request.complete) throw bodyCut();
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  addHeaders(headers: Readonly<Headers>): void {
    for (const [name, value] of Object.entries(headers)) this.#response.setHeader(name, value);
  }

  send(status: number, headers: Headers, body: string | Uint8Array): void {
    const response = this.#response;
    headers["content-length"] = String(typeof body === "string" ? Buffer.byteLength(body) : body.length);
    // What is left of a request that nobody will read would be taken for the next one.
    if (!this.#request.complete) headers["connection"] = "close";
    response.writeHead(status, headers);
    response.end(this.method === "HEAD" ? undefined : body);
    this.#watchReader();
  }

  begin(status: number, headers: Headers): void {
    this.#response.writeHead(status, headers);
    this.#response.flushHeaders();
  }

  write(piece: string | Uint8Array): boolean {
    return this.#response.write(piece);
  }

  end(): void {
    this.#response.end();
    this.#watchReader();
  }

  destroy(): void {
    this.#response.destroy();
  }

  onGone(listener: () => void): void {
    this.#onGone = listener;
    if (this.#gone) listener();
  }

  onDrain(listener: () => void): void {
    this.#response.on("drain", listener);
  }

  /** What the system does not take at once is held until the client reads, which it may never do. */
  #watchReader(): void {
    const response = this.#response;
    if (response.writableLength > 0) response.setTimeout(this.#stalledMs, () => response.destroy());
  }

  #closed(): void {
    if (this.#response.writableFinished || this.#gone) return;
    this.#gone = true;
    this.#onGone?.();
  }
}
