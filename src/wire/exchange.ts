/** One exchange with a vendor: sends what a codec encodes and reads the answer, whole or as a stream. */

import type { Agent, Dispatcher } from "undici";
import type { Attempting } from "../contract/context.ts";
import type {
  Decoded,
  EventSplitter,
  StreamDecoder,
  WireReplyHead,
  WireRequest,
} from "../contract/dialect.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { Answer, Receiver, Verbatim } from "../contract/reply.ts";
import type { Clock, Exchange } from "../contract/services.ts";
import { type ErrorDetails, loomError, toLoomError } from "../errors/index.ts";
import { BodyCollector, maxErrorBytes, maxFileBytes, maxReplyBytes, notAnAnswer, parseJson } from "./body.ts";
import { networkFault, redirected, silence, tooLarge, wrongEncoding } from "./faults.ts";
import { announcedLength, contentType, foreignEncoding, isDocument, requestIdOf } from "./head.ts";
import { sseSplitter } from "./sse.ts";
import { StreamAnswer, type StreamHost } from "./stream-answer.ts";
import { Watchdog } from "./watchdog.ts";

/** The deadlines of this exchange, all given. */
export interface ExchangeDeadlines {
  readonly connectMs: number;
  readonly firstPartMs: number;
  readonly idleMs: number;
}

/** What comes of one exchange: an answer, or a whole body that says that there is none yet. */
export type Exchanged =
  | Extract<Answer, { readonly source: unknown }>
  | { readonly decoded: Decoded; readonly requestId?: string; readonly verbatim?: Verbatim };

/** The file is elsewhere. Given for files alone: requests of method GET that want bytes. */
export interface Redirect {
  /** Address, perhaps relative. */
  readonly elsewhere: string;
}

/** Whether a request is for a file, which may be kept at another place than where it is asked for. */
export function isFile({ method, answer }: WireRequest): boolean {
  return method === "GET" && answer === "bytes";
}

/** Sends a request and settles with what comes back. */
export function exchange(
  agent: Agent,
  clock: Clock,
  ctx: Attempting,
  plan: Exchange,
  request: WireRequest,
  options: Dispatcher.DispatchOptions,
  deadlines: ExchangeDeadlines,
): Promise<Exchanged | Redirect> {
  return new Promise((resolve, reject) => {
    const running = new Running(clock, ctx, plan, request, deadlines, resolve, reject);
    if (running.start()) agent.dispatch(options, running);
  });
}

const nothing = {};

/** undici's handler of one exchange. Settles once and lets go of everything. */
class Running implements Dispatcher.DispatchHandler, StreamHost {
  readonly clock: Clock;
  readonly #ctx: Attempting;
  readonly #plan: Exchange;
  readonly #request: WireRequest;
  readonly #deadlines: ExchangeDeadlines;
  readonly #resolve: (answer: Exchanged | Redirect) => void;
  readonly #reject: (error: unknown) => void;

  #controller: Dispatcher.DispatchController | undefined;
  #off: (() => void) | undefined;
  #watchdog: Watchdog | undefined;
  /** Why the exchange was given up, if it was. */
  #stopped: LoomErrorLike | undefined;
  #head: WireReplyHead | undefined;
  #body: BodyCollector | undefined;
  #stream: StreamAnswer | undefined;

  constructor(
    clock: Clock,
    ctx: Attempting,
    plan: Exchange,
    request: WireRequest,
    deadlines: ExchangeDeadlines,
    resolve: (answer: Exchanged | Redirect) => void,
    reject: (error: unknown) => void,
  ) {
    this.clock = clock;
    this.#ctx = ctx;
    this.#plan = plan;
    this.#request = request;
    this.#deadlines = deadlines;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** False when it was given up already, so that nothing need be sent. */
  start(): boolean {
    this.#off = this.#ctx.cancellation.onCancel((reason) => this.#cancel(reason));
    if (this.#stopped !== undefined) return false;
    if (this.#request.stream) {
      const bark = (afterMs: number) =>
        this.#cancel(silence(afterMs, this.#stream?.partsSeen ?? 0, this.details));
      this.#watchdog = new Watchdog(this.clock, bark);
      this.watch(0);
    }
    return true;
  }

  // ── undici's side ──

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped !== undefined) controller.abort(this.#stopped as Error);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: WireReplyHead["headers"],
  ): void {
    if (status < 200) return;
    this.#head = { status, headers, ctx: this.#ctx };
    if (status < 300) {
      const encoding = foreignEncoding(headers);
      if (encoding !== undefined) return this.#cancel(wrongEncoding(encoding, this.details));
    }
    if (status < 300 && this.#request.stream && !isDocument(contentType(headers))) {
      return this.#beginStream(controller, this.#head);
    }
    this.#body = new BodyCollector();
    if (status < 300 && announcedLength(headers) > this.#maxBytes) this.#cancel(tooLarge(this.details));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#stream !== undefined) this.#stream.chunk(chunk);
    else if (this.#body !== undefined) this.#collect(this.#body, chunk, controller);
  }

  onResponseEnd(): void {
    if (this.#stream !== undefined) this.#stream.ended();
    else if (this.#body !== undefined) this.#endWhole(this.#body);
  }

  onResponseError(_: Dispatcher.DispatchController, cause: Error): void {
    if (this.#stream !== undefined) return this.#stream.broke(cause);
    this.#settle(() => {
      throw this.#stopped ?? networkFault(cause, this.#ctx.target, this.#deadlines.connectMs);
    });
  }

  // ── streams ──

  #beginStream(controller: Dispatcher.DispatchController, head: WireReplyHead): void {
    const { codec } = this.#plan;
    let decoder: StreamDecoder;
    let splitter: EventSplitter;
    try {
      decoder = codec.decodeStream(head);
      splitter = codec.splitter === undefined ? sseSplitter() : codec.splitter();
    } catch (error) {
      return this.#cancel(toLoomError(error, "the dialect"));
    }
    const stream = this.#stream = new StreamAnswer(
      this,
      controller,
      decoder,
      splitter,
      this.#request.verbatim !== undefined,
    );
    const source = (receiver: Receiver) => stream.attach(receiver);
    this.#resolve({ source, ...this.#told(head, undefined) });
  }

  watch(partsSeen: number): void {
    this.#watchdog?.watch(partsSeen === 0 ? this.#deadlines.firstPartMs : this.#deadlines.idleMs);
  }

  pet(): void {
    this.#watchdog?.pet();
  }

  unwatch(): void {
    this.#watchdog?.stop();
  }

  // ── whole answers ──

  get #maxBytes(): number {
    return this.#request.answer === "bytes" ? maxFileBytes : maxReplyBytes;
  }

  #collect(body: BodyCollector, chunk: Uint8Array, controller: Dispatcher.DispatchController): void {
    const head = this.#head as WireReplyHead;
    if (head.status < 300) {
      body.add(chunk);
      if (body.size > this.#maxBytes) this.#cancel(tooLarge(this.details));
      return;
    }
    body.add(chunk.subarray(0, maxErrorBytes - body.size));
    if (body.size < maxErrorBytes) return;
    this.#endWhole(body);
    controller.abort(loomError("aborted", "enough of the error was read", {}));
  }

  #endWhole(body: BodyCollector): void {
    const head = this.#head as WireReplyHead;
    this.#settle(() => {
      const { codec } = this.#plan;
      if (head.status >= 400) {
        throw codec.decodeError(head, foreignEncoding(head.headers) === undefined ? body.text() : "");
      }
      if (head.status >= 300) {
        const { location } = head.headers;
        if (typeof location === "string" && isFile(this.#request)) return { elsewhere: location };
        throw redirected(head.status, this.details);
      }
      const decoded = this.#request.answer === "bytes"
        ? this.#decodeBytes(body, head)
        : this.#decode(body, head);
      return { decoded, ...this.#told(head, body) };
    });
  }

  /** What an answer says beside its parts. */
  #told(head: WireReplyHead, body: BodyCollector | undefined): Pick<Answer, "requestId" | "verbatim"> {
    const requestId = requestIdOf(head.headers);
    const { verbatim: dialect } = this.#request;
    if (dialect === undefined) return requestId === undefined ? nothing : { requestId };
    const verbatim = body === undefined ? { dialect } : { dialect, body: body.bytes() };
    return requestId === undefined ? { verbatim } : { requestId, verbatim };
  }

  #decode(body: BodyCollector, head: WireReplyHead): Decoded {
    const { codec } = this.#plan;
    // Deletions are answered with nothing.
    if (body.size === 0 && this.#request.method !== "POST") return codec.decode(null, head);
    const text = body.text();
    const type = contentType(head.headers);
    const { provider } = this.#ctx.target;
    if (type.includes("event-stream")) throw notAnAnswer(text, type, provider, this.details);
    return codec.decode(parseJson(text, type, provider, this.details), head);
  }

  #decodeBytes(body: BodyCollector, head: WireReplyHead): Decoded {
    const decoded = this.#plan.codec.decodeBytes?.(body.bytes(), head);
    if (decoded !== undefined) return decoded;
    throw loomError("internal", "the dialect asked for bytes and cannot decode them", {}, this.details);
  }

  /** Settles a whole answer, or its failure, and lets go. */
  #settle(make: () => Exchanged | Redirect): void {
    this.letGo();
    try {
      this.#resolve(make());
    } catch (error) {
      this.#reject(toLoomError(error, "the dialect"));
    }
  }

  // ── both ──

  #cancel(reason: LoomErrorLike): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    if (this.#stream !== undefined) return this.#stream.cancel(reason);
    this.#settle(() => {
      throw reason;
    });
    this.#controller?.abort(reason as Error);
  }

  get details(): ErrorDetails {
    const { provider, model } = this.#ctx.target;
    const head = this.#head;
    if (head === undefined) return { provider, model };
    const status = head.status < 300 ? undefined : head.status;
    return { provider, model, status, requestId: requestIdOf(head.headers) };
  }

  letGo(): void {
    this.#off?.();
    this.#off = undefined;
    this.#watchdog?.stop();
  }
}
