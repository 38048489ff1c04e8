/** One exchange with a vendor: sends what a codec encodes and reads the answer, whole or as a stream. */

import type { Agent, Dispatcher } from "undici";
import type { Attempting } from "../contract/context.ts";
import type { StreamDecoder, WireReplyHead, WireRequest } from "../contract/dialect.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { Part } from "../contract/part.ts";
import type { Answer, Flow, Outcome, Receiver } from "../contract/reply.ts";
import type { Clock, Exchange } from "../contract/services.ts";
import { type ErrorDetails, loomError, toLoomError } from "../errors/index.ts";
import { isContent } from "../util/content.ts";
import { BodyCollector, maxErrorBytes, maxReplyBytes, notAnAnswer, parseJson } from "./body.ts";
import {
  brokenStream,
  cutEvent,
  networkFault,
  redirected,
  silence,
  tooLarge,
  wrongEncoding,
} from "./faults.ts";
import { announcedLength, contentType, foreignEncoding, isDocument, requestIdOf } from "./head.ts";
import { type SseSplitter, sseSplitter } from "./sse.ts";
import { Watchdog } from "./watchdog.ts";

/** The deadlines of this exchange, all given. */
export interface ExchangeDeadlines {
  readonly connectMs: number;
  readonly firstPartMs: number;
  readonly idleMs: number;
}

/** After a stream said that it is complete, how long its connection may take to end before it is dropped. */
const lingerMs = 1_000;

/** How much of a stream is read before somebody reads its parts; then the vendor is asked to wait. */
const maxHeldBytes = 1024 * 1024;

/** Sends a request and settles with the answer. */
export function exchange(
  agent: Agent,
  clock: Clock,
  ctx: Attempting,
  plan: Exchange,
  request: WireRequest,
  options: Dispatcher.DispatchOptions,
  deadlines: ExchangeDeadlines,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const running = new Running(clock, ctx, plan, request, deadlines, resolve, reject);
    if (running.start()) agent.dispatch(options, running);
  });
}

/** undici's handler of one exchange, and the flow of its stream. Settles once, ends once, lets go of everything. */
class Running implements Dispatcher.DispatchHandler, Flow {
  readonly #clock: Clock;
  readonly #ctx: Attempting;
  readonly #plan: Exchange;
  readonly #request: WireRequest;
  readonly #deadlines: ExchangeDeadlines;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: unknown) => void;

  #controller: Dispatcher.DispatchController | undefined;
  #off: (() => void) | undefined;
  #watchdog: Watchdog | undefined;
  /** Why the exchange was given up, if it was. */
  #stopped: LoomErrorLike | undefined;
  #head: WireReplyHead | undefined;
  #body: BodyCollector | undefined;
  #splitter: SseSplitter | undefined;
  #decoder: StreamDecoder | undefined;
  #receiver: Receiver | undefined;
  /** What came before somebody read, and how many bytes that was on the wire. */
  #held: Part[] = [];
  #heldBytes = 0;
  /** Whether the vendor waits because nobody reads yet, and whether it waits because the reader said so. */
  #heldBack = false;
  #paused = false;
  #outcome: Outcome | undefined;
  #told = false;
  #partsSeen = 0;

  constructor(
    clock: Clock,
    ctx: Attempting,
    plan: Exchange,
    request: WireRequest,
    deadlines: ExchangeDeadlines,
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#clock = clock;
    this.#ctx = ctx;
    this.#plan = plan;
    this.#request = request;
    this.#deadlines = deadlines;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** False when it was given up already, so that nothing need be sent. */
  start(): boolean {
    this.#off = this.#ctx.cancellation.onCancel((reason) => this.cancel(reason));
    if (this.#stopped !== undefined) return false;
    if (this.#request.stream) {
      this.#watchdog = new Watchdog(
        this.#clock,
        (afterMs) => this.cancel(silence(afterMs, this.#partsSeen, this.#details())),
      );
      this.#watch();
    }
    return true;
  }

  // ── undici's side ──

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped !== undefined) controller.abort(this.#stopped as Error);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: WireReplyHead["headers"]): void {
    if (status < 200) return;
    this.#head = { status, headers, ctx: this.#ctx };
    if (status < 300) {
      const encoding = foreignEncoding(headers);
      if (encoding !== undefined) return this.cancel(wrongEncoding(encoding, this.#details()));
    }
    if (status >= 300 || !this.#request.stream || isDocument(contentType(headers))) {
      this.#body = new BodyCollector();
      if (status < 300 && announcedLength(headers) > maxReplyBytes) this.cancel(tooLarge(this.#details()));
      return;
    }
    try {
      this.#decoder = this.#plan.codec.decodeStream(this.#head);
    } catch (error) {
      return this.cancel(toLoomError(error, "the dialect"));
    }
    this.#splitter = sseSplitter();
    const requestId = requestIdOf(headers);
    const source = (receiver: Receiver) => this.#attach(receiver);
    this.#resolve(requestId === undefined ? { source } : { source, requestId });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const body = this.#body;
    if (body !== undefined) return this.#collect(body, chunk, controller);
    if (this.#decoder === undefined || this.#outcome !== undefined) return;
    this.#decode(chunk);
    if (this.#receiver === undefined) this.#holdBack(chunk.length);
  }

  onResponseEnd(): void {
    if (this.#body !== undefined) return this.#endWhole(this.#body);
    if (this.#outcome !== undefined) return this.#letGo();
    if (this.#decoder === undefined) return;
    this.#decode(undefined);
    if (this.#outcome === undefined) this.#finish(this.#decoder);
  }

  onResponseError(_: Dispatcher.DispatchController, cause: Error): void {
    if (this.#decoder !== undefined) {
      if (this.#outcome !== undefined) return this.#letGo();
      const fault = brokenStream(cause, this.#target.provider, this.#partsSeen, this.#details());
      return this.#fail(this.#stopped ?? fault);
    }
    this.#settle(() => {
      throw this.#stopped ?? networkFault(cause, this.#target, this.#deadlines.connectMs);
    });
  }

  // ── the reader's side ──

  #attach(receiver: Receiver): Flow {
    queueMicrotask(() => {
      const held = this.#held;
      this.#held = [];
      this.#receiver = receiver;
      if (held.length > 0) this.#deliver(receiver, held);
      if (this.#outcome !== undefined) return this.#tellEnd();
      const waited = this.#heldBack;
      this.#heldBack = false;
      if (waited && !this.#paused) this.#goOn();
    });
    return this;
  }

  pause(): void {
    if (this.#outcome !== undefined || this.#paused) return;
    this.#paused = true;
    this.#wait();
  }

  resume(): void {
    if (this.#outcome !== undefined || !this.#paused) return;
    this.#paused = false;
    if (!this.#heldBack) this.#goOn();
  }

  cancel(reason: LoomErrorLike): void {
    if (this.#stopped !== undefined || this.#outcome !== undefined) return;
    this.#stopped = reason;
    if (this.#decoder !== undefined) {
      const status = reason.code === "aborted" ? "cancelled" : "failed";
      this.#end({ status, error: reason });
    } else {
      this.#settle(() => {
        throw reason;
      });
    }
    this.#controller?.abort(reason as Error);
  }

  // ── whole answers ──

  #collect(body: BodyCollector, chunk: Uint8Array, controller: Dispatcher.DispatchController): void {
    const head = this.#head as WireReplyHead;
    if (head.status < 300) {
      body.add(chunk);
      if (body.size > maxReplyBytes) this.cancel(tooLarge(this.#details()));
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
      const text = foreignEncoding(head.headers) === undefined ? body.text() : "";
      if (head.status >= 400) throw codec.decodeError(head, text);
      if (head.status >= 300) throw redirected(head.status, this.#details());
      const type = contentType(head.headers);
      const { provider } = this.#target;
      if (type.includes("event-stream")) throw notAnAnswer(text, type, provider, this.#details());
      const parts = codec.decode(parseJson(text, type, provider, this.#details()), head);
      const requestId = requestIdOf(head.headers);
      return requestId === undefined ? { parts } : { parts, requestId };
    });
  }

  /** Settles a whole answer, or its failure, and lets go. */
  #settle(make: () => Answer): void {
    this.#letGo();
    try {
      this.#resolve(make());
    } catch (error) {
      this.#reject(toLoomError(error, "the dialect"));
    }
  }

  // ── streams ──

  /** Runs the decoder over what a chunk completes, or over what is left at the end. What it throws ends the stream. */
  #decode(chunk: Uint8Array | undefined): void {
    const decoder = this.#decoder as StreamDecoder;
    const splitter = this.#splitter as SseSplitter;
    let events: ReturnType<SseSplitter["push"]>;
    try {
      events = chunk === undefined ? splitter.end() : splitter.push(chunk);
    } catch (cause) {
      return this.#fail(tooLarge(this.#details(), cause));
    }
    let batch: readonly Part[] = [];
    let joined: Part[] | undefined;
    let fault: LoomErrorLike | undefined;
    try {
      for (const event of events) {
        const parts = decoder.event(event);
        if (batch.length === 0) batch = parts;
        else if (parts.length > 0) {
          if (joined === undefined) batch = joined = [...batch];
          joined.push(...parts);
        }
        if (decoder.complete) break;
      }
    } catch (error) {
      fault = toLoomError(error, "the dialect");
    }
    // What came before a fault is the reader's, however the network has cut the bytes.
    this.#push(batch);
    if (fault !== undefined) {
      return this.#fail(chunk === undefined ? cutEvent(fault, this.#partsSeen, this.#details()) : fault);
    }
    if (decoder.complete && this.#outcome === undefined) {
      this.#finish(decoder);
      this.#linger();
    }
  }

  #finish(decoder: StreamDecoder): void {
    let rest: readonly Part[];
    try {
      rest = decoder.end();
    } catch (error) {
      return this.#fail(toLoomError(error, "the dialect"));
    }
    this.#push(rest);
    this.#end({ status: "ok" });
  }

  #push(batch: readonly Part[]): void {
    if (batch.length === 0 || this.#outcome !== undefined) return;
    let content = 0;
    for (const part of batch) if (isContent(part)) content++;
    if (content > 0) {
      const first = this.#partsSeen === 0;
      this.#partsSeen += content;
      if (!first) this.#watchdog?.pet();
      else if (!this.#paused) this.#watch();
    }
    if (this.#receiver === undefined) this.#held.push(...batch);
    else this.#deliver(this.#receiver, batch);
  }

  /** A reader that throws ends the stream: nobody else could. */
  #deliver(receiver: Receiver, batch: readonly Part[]): void {
    try {
      receiver.parts(batch);
    } catch (error) {
      const fault = toLoomError(error, "a reader of the answer");
      if (this.#outcome?.status === "ok") this.#outcome = { status: "failed", error: fault };
      this.#fail(fault);
    }
  }

  /** Nobody reads yet: once much has come, the vendor waits, and so do the deadlines. */
  #holdBack(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#heldBack || this.#heldBytes < maxHeldBytes || this.#outcome !== undefined) return;
    this.#heldBack = true;
    this.#wait();
  }

  #wait(): void {
    this.#controller?.pause();
    this.#watchdog?.stop();
  }

  #goOn(): void {
    this.#watch();
    this.#controller?.resume();
  }

  #watch(): void {
    this.#watchdog?.watch(this.#partsSeen === 0 ? this.#deadlines.firstPartMs : this.#deadlines.idleMs);
  }

  #fail(error: LoomErrorLike): void {
    if (this.#outcome !== undefined) return;
    this.#end({ status: "failed", error });
    this.#controller?.abort(error as Error);
  }

  #end(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#letGo();
    this.#tellEnd();
  }

  #tellEnd(): void {
    if (this.#receiver === undefined || this.#outcome === undefined || this.#told) return;
    this.#told = true;
    this.#receiver.end(this.#outcome);
  }

  /** Lets a complete stream's connection end by itself, to be used again; drops it when it does not. */
  #linger(): void {
    if (this.#outcome?.status !== "ok") return;
    const controller = this.#controller;
    this.#off = this.#clock.after(
      lingerMs,
      () => controller?.abort(loomError("aborted", "the answer is complete", {})),
      { background: true },
    );
    // A reader that has paused need not hear of the rest, but the connection does.
    controller?.resume();
  }

  // ── both ──

  get #target() {
    return this.#ctx.target;
  }

  #details(): ErrorDetails {
    const { provider, model } = this.#target;
    const head = this.#head;
    if (head === undefined) return { provider, model };
    const status = head.status < 300 ? undefined : head.status;
    return { provider, model, status, requestId: requestIdOf(head.headers) };
  }

  #letGo(): void {
    this.#off?.();
    this.#off = undefined;
    this.#watchdog?.stop();
  }
}
