/** An exchange of the web's own kind, for hosts that hand over a `Request` and want a `Response`: Deno, Hono, tests. */

import { abortedError } from "../../plugin.ts";
import { bodyCut, bodyTooLarge } from "./body-faults.ts";
import type { Headers, HttpExchange } from "./exchange.ts";

/** Pieces that wait for a reader before the vendor is asked to. */
const highWaterBytes = 64 * 1024;

/** "Client Closed Request", as nginx has it. */
const clientLeft = 499;

export class FetchExchange implements HttpExchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly fromLoopback: boolean;
  /** Settles when the answer has begun. */
  readonly response: Promise<Response>;
  begun = false;
  readonly #request: Request;
  #respond: (response: Response) => void = () => {};
  /** The gateway could not be opened, so that there is nobody to answer. */
  fail: (error: unknown) => void = () => {};
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly #added: Headers = {};
  #ended = false;
  #gone = false;
  #onGone: (() => void) | undefined;
  #onDrain: (() => void) | undefined;
  readonly #encoder = new TextEncoder();

  /** @param fromLoopback what the host knows of where the request comes from */
  constructor(request: Request, fromLoopback: boolean) {
    this.#request = request;
    this.fromLoopback = fromLoopback;
    this.method = request.method;
    const url = new URL(request.url);
    this.path = url.pathname;
    this.query = url.search.slice(1);
    this.response = new Promise((resolve, reject) => {
      this.#respond = resolve;
      this.fail = reject;
    });
    request.signal?.addEventListener("abort", () => this.#left(), { once: true });
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  async body(maxBytes: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.pieces(maxBytes)) {
      size += chunk.length;
      chunks.push(chunk);
    }
    const [first] = chunks;
    return chunks.length === 1 && first !== undefined ? first : joined(chunks, size);
  }

  async *pieces(maxBytes: number): AsyncGenerator<Uint8Array> {
    if (Number(this.header("content-length") ?? 0) > maxBytes) throw bodyTooLarge(maxBytes);
    const reader = this.#request.body?.getReader();
    if (reader === undefined) return;
    let size = 0;
    try {
      while (true) {
        const { done, value } = await reader.read().catch(() => {
          throw bodyCut();
        });
        if (done) return;
        size += value.length;
        if (size > maxBytes) throw bodyTooLarge(maxBytes);
        yield value;
      }
    } finally {
      // Whoever stops before the end wants no more of it; of what broke off there is nothing left to give up.
      reader.cancel().catch(() => {});
    }
  }

  addHeaders(headers: Readonly<Headers>): void {
    Object.assign(this.#added, headers);
  }

  send(status: number, headers: Headers, body: string | Uint8Array): void {
    this.begun = true;
    this.#ended = true;
    const content = this.method === "HEAD" || status === 204 ? null : body as BodyInit;
    this.#respond(new Response(content, { status, headers: { ...this.#added, ...headers } }));
  }

  begin(status: number, headers: Headers): void {
    this.begun = true;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#onDrain?.(),
      cancel: () => this.#left(),
    }, { highWaterMark: highWaterBytes, size: (piece) => piece?.byteLength ?? 0 });
    this.#respond(new Response(stream, { status, headers: { ...this.#added, ...headers } }));
  }

  write(piece: string | Uint8Array): boolean {
    const controller = this.#controller;
    if (controller === undefined || this.#gone || this.#ended) return true;
    controller.enqueue(typeof piece === "string" ? this.#encoder.encode(piece) : piece);
    return (controller.desiredSize ?? 0) > 0;
  }

  end(): void {
    if (this.#ended || this.#gone) return;
    this.#ended = true;
    this.#controller?.close();
  }

  destroy(): void {
    // Nobody reads it, but whoever waits for a response must be given one.
    if (!this.begun) this.#respond(new Response(null, { status: clientLeft }));
    if (this.#ended || this.#gone) return;
    this.#ended = true;
    this.#controller?.error(abortedError());
  }

  onGone(listener: () => void): void {
    this.#onGone = listener;
    if (this.#gone) listener();
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  #left(): void {
    if (this.#gone || this.#ended) return;
    this.#gone = true;
    this.#onGone?.();
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
