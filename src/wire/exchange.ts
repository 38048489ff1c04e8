/** One exchange with a vendor: sends what a codec encodes and reads the answer, whole or as a stream. */

import type { Agent, Dispatcher } from "undici";
import type { Attempting } from "../contract/context.ts";
import type { StreamDecoder, WireReplyHead, WireRequest } from "../contract/dialect.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { Part } from "../contract/part.ts";
import type { Answer, Flow, Outcome, Receiver } from "../contract/reply.ts";
import type { Clock, Exchange } from "../contract/services.ts";
import { type ErrorDetails, LoomError, loomError, toLoomError } from "../errors/index.ts";
import { BodyCollector, maxErrorBytes, maxReplyBytes, notAnAnswer, parseJson } from "./body.ts";
import { isContent } from "../util/content.ts";
import { brokenStream, networkFault } from "./faults.ts";
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
    running.start();
    agent.dispatch(options, running);
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
  /** What came before somebody read. */
  #held: Part[] = [];
  #outcome: Outcome | undefined;
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

  start(): void {
    this.#off = this.#ctx.cancellation.onCancel((reason) => this.cancel(reason));
    if (this.#request.stream && this.#stopped === undefined) {
      this.#watchdog = new Watchdog(this.#clock, (afterMs) => this.cancel(this.#silence(afterMs)));
      this.#watchdog.watch(this.#deadlines.firstPartMs);
    }
  }

  // ── undici's side ──

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped !== undefined) controller.abort(this.#stopped as Error);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: WireReplyHead["headers"]): void {
    if (status < 200) return;
    this.#head = { status, headers, ctx: this.#ctx };
    if (status >= 300 || !this.#request.stream || isDocument(contentType(headers))) {
      this.#body = new BodyCollector();
      return;
    }
    this.#splitter = sseSplitter();
    this.#decoder = this.#plan.codec.decodeStream(this.#head);
    const requestId = requestIdOf(headers);
    const source = (receiver: Receiver) => this.#attach(receiver);
    this.#resolve(requestId === undefined ? { source } : { source, requestId });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const body = this.#body;
    if (body === undefined) {
      if (this.#outcome === undefined) this.#decode(() => this.#splitter?.push(chunk) ?? []);
      return;
    }
    if (this.#head !== undefined && this.#head.status >= 300) {
      if (body.size < maxErrorBytes) body.add(chunk);
      return;
    }
    body.add(chunk);
    if (body.size > maxReplyBytes) controller.abort(this.#tooLarge());
  }

  onResponseEnd(): void {
    if (this.#body !== undefined) return this.#endWhole(this.#body);
    if (this.#outcome !== undefined) return this.#letGo();
    this.#decode(() => this.#splitter?.end() ?? []);
    if (this.#outcome !== undefined) return;
    try {
      this.#push(this.#decoder?.end() ?? []);
      this.#end({ status: "ok" });
    } catch (error) {
      this.#fail(toLoomError(error, "the dialect"));
    }
  }

  onResponseError(_: Dispatcher.DispatchController, cause: Error): void {
    if (this.#decoder !== undefined) {
      if (this.#outcome !== undefined) return this.#letGo();
      return this.#fail(
        this.#stopped ?? brokenStream(cause, this.#target.provider, this.#partsSeen, this.#details()),
      );
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
      if (held.length > 0) receiver.parts(held);
      if (this.#outcome !== undefined) receiver.end(this.#outcome);
    });
    return this;
  }

  pause(): void {
    if (this.#outcome !== undefined) return;
    this.#controller?.pause();
    this.#watchdog?.stop();
  }

  resume(): void {
    if (this.#outcome !== undefined) return;
    this.#watchdog?.watch(this.#deadlines.idleMs);
    this.#controller?.resume();
  }

  cancel(reason: LoomErrorLike): void {
    if (this.#stopped !== undefined || this.#outcome !== undefined) return;
    this.#stopped = reason;
    if (this.#decoder !== undefined) {
      this.#end(
        reason.code === "aborted"
          ? { status: "cancelled", error: reason }
          : { status: "failed", error: reason },
      );
    } else {
      this.#settle(() => {
        throw reason;
      });
    }
    this.#controller?.abort(reason as Error);
  }

  // ── between the two ──

  get #target() {
    return this.#ctx.target;
  }

  #details(): ErrorDetails {
    const { provider, model } = this.#target;
    const head = this.#head;
    return head === undefined ? { provider, model } : {
      provider,
      model,
      status: head.status < 300 ? undefined : head.status,
      requestId: requestIdOf(head.headers),
    };
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

  #endWhole(body: BodyCollector): void {
    const head = this.#head as WireReplyHead;
    this.#settle(() => {
      const { codec } = this.#plan;
      const text = body.text();
      if (head.status >= 400) throw codec.decodeError(head, text);
      if (head.status >= 300) throw this.#redirected(head);
      const type = contentType(head.headers);
      if (type.includes("event-stream")) {
        throw notAnAnswer(text, type, this.#target.provider, this.#details());
      }
      const parts = codec.decode(parseJson(text, type, this.#target.provider, this.#details()), head);
      const requestId = requestIdOf(head.headers);
      return requestId === undefined ? { parts } : { parts, requestId };
    });
  }

  /** Runs the decoder over events; what it throws ends the stream. */
  #decode(read: () => ReturnType<SseSplitter["push"]>): void {
    const decoder = this.#decoder as StreamDecoder;
    try {
      const events = read();
      let batch: readonly Part[] = [];
      for (const event of events) {
        const parts = decoder.event(event);
        if (parts.length > 0) batch = batch.length === 0 ? parts : [...batch, ...parts];
      }
      this.#push(batch);
      if (decoder.complete && this.#outcome === undefined) {
        this.#push(decoder.end());
        this.#end({ status: "ok" });
        this.#linger();
      }
    } catch (error) {
      this.#fail(error instanceof RangeError ? this.#tooLarge(error) : toLoomError(error, "the dialect"));
    }
  }

  #push(batch: readonly Part[]): void {
    if (batch.length === 0 || this.#outcome !== undefined) return;
    let content = 0;
    for (const part of batch) if (isContent(part)) content++;
    if (content > 0) {
      if (this.#partsSeen === 0) this.#watchdog?.watch(this.#deadlines.idleMs);
      else this.#watchdog?.pet();
      this.#partsSeen += content;
    }
    if (this.#receiver === undefined) this.#held.push(...batch);
    else this.#receiver.parts(batch);
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
    this.#receiver?.end(outcome);
  }

  /** Lets a complete stream's connection end by itself, to be used again; drops it when it does not. */
  #linger(): void {
    const controller = this.#controller;
    this.#off = this.#clock.after(
      lingerMs,
      () => controller?.abort(loomError("aborted", "the answer is complete", {})),
      { background: true },
    );
  }

  #letGo(): void {
    this.#off?.();
    this.#off = undefined;
    this.#watchdog?.stop();
  }

  #silence(afterMs: number): LoomErrorLike {
    const phase = this.#partsSeen === 0 ? "first-part" : "idle";
    const what = phase === "idle"
      ? `nothing more came for ${afterMs} ms`
      : `no part of the answer came within ${afterMs} ms`;
    return loomError("timed-out", `${this.#target.provider}: ${what}`, { phase, afterMs }, this.#details());
  }

  #redirected(head: WireReplyHead): LoomError {
    return loomError(
      "invalid-reply",
      `${this.#target.provider} answered with a redirect (${head.status}); it is not followed, because it would carry the ` +
        "key elsewhere. Set baseUrl to where it leads.",
      {},
      { ...this.#details(), recovery: "next-target" },
    );
  }

  #tooLarge(cause?: unknown): LoomError {
    return loomError(
      "invalid-reply",
      `${this.#target.provider}: the answer is larger than Loom accepts`,
      {},
      {
        ...this.#details(),
        recovery: "next-target",
        cause,
      },
    );
  }
}

function contentType(headers: WireReplyHead["headers"]): string {
  const value = headers["content-type"];
  return typeof value === "string" ? value.toLowerCase() : "";
}

/** Whether an answer to a streaming request is one document after all. Servers name streams in many ways, documents in few. */
function isDocument(type: string): boolean {
  return type.includes("json") || type.includes("html") || type.includes("xml");
}

function requestIdOf(headers: WireReplyHead["headers"]): string | undefined {
  const value = headers["x-request-id"] ?? headers["request-id"] ?? headers["apim-request-id"];
  return typeof value === "string" ? value : undefined;
}
