/** What `stream()` gives: the parts as they arrive, the text alone, and the whole result at the end. */

import type { LoomErrorLike } from "../contract/errors.ts";
import type { Part } from "../contract/part.ts";
import type { Flow, Outcome, Receiver } from "../contract/reply.ts";
import { abortedError } from "../kernel/index.ts";
import { PartReader, type Readable } from "./part-reader.ts";

/** Unread parts after which the vendor is asked to wait, and those at which it may go on. */
const highWater = 512;
const lowWater = 128;

/**
 * A running answer. Iterate over it for events, over `textStream` for the text, or await `result`; in any combination.
 *
 * Leaving a loop early (`break`) gives the call up, unless its `result` was asked for. Errors reject: a loop throws, and so
 * does `result`.
 *
 * @example
 * ```ts
 * import { stream } from "loom-router";
 * const answer = stream({ provider: "sandbox", model: "sandbox-small", prompt: "Count to three." });
 * for await (const text of answer.textStream) console.log(text);
 * console.log((await answer.result).cost.usd);
 * ```
 */
export class ResponseStream<R> implements AsyncIterable<Part> {
  readonly #parts: Part[] = [];
  readonly #readers = new Set<PartReader<unknown>>();
  readonly #readable: Readable;
  readonly #finish: (parts: readonly Part[]) => Promise<R> | R;
  readonly #giveUp: (reason: LoomErrorLike) => void;
  #flow: Flow | undefined;
  #outcome: Outcome | undefined;
  #paused = false;
  #left: LoomErrorLike | undefined;
  #result: Promise<R> | undefined;
  #ended: (() => void) | undefined;

  /**
   * @param start begins the call and attaches the receiver; what it rejects with becomes the stream's error
   * @param finish makes the result of all parts, once the stream has ended well
   * @param giveUp cancels the call wherever it is, before its reply has begun too
   */
  constructor(
    start: (receiver: Receiver) => Promise<Flow>,
    finish: (parts: readonly Part[]) => Promise<R> | R,
    giveUp: (reason: LoomErrorLike) => void,
  ) {
    this.#finish = finish;
    this.#giveUp = giveUp;
    this.#readable = this.#asReadable();
    start({ parts: (batch) => this.#push(batch), end: (outcome) => this.#end(outcome) }).then(
      (flow) => {
        this.#flow = flow;
        if (this.#left !== undefined) flow.cancel(this.#left);
        else if (this.#paused) flow.pause();
      },
      (error) => this.#end({ status: "failed", error: error as LoomErrorLike }),
    );
  }

  /** The text alone, piece by piece. */
  get textStream(): AsyncIterable<string> {
    return {
      [Symbol.asyncIterator]: () => this.#iterate((part) => part.type === "text" ? part.text : undefined),
    };
  }

  [Symbol.asyncIterator](): AsyncIterator<Part> {
    return this.#iterate((part) => part);
  }

  /** The whole result, as `generate` would have given it. Rejects with what broke the stream. */
  get result(): Promise<R> {
    if (this.#result === undefined) {
      this.#result = this.#settled().then((outcome) => {
        if (outcome.status !== "ok") throw outcome.error;
        return this.#finish(this.#parts);
      });
      // Whoever awaits it hears of a failure; a caller whose loop threw first need not await it as well.
      this.#result.catch(() => {});
      this.#relieve();
    }
    return this.#result;
  }

  /** Gives the call up; the vendor's connection is let go. */
  cancel(): void {
    this.#leave();
  }

  #asReadable(): Readable {
    const outcome = () => this.#outcome;
    return {
      parts: this.#parts,
      get outcome() {
        return outcome();
      },
      advanced: () => {
        if (this.#paused) this.#relieve();
      },
      finished: (reader) => void this.#readers.delete(reader),
      left: (reader) => {
        this.#readers.delete(reader);
        if (this.#readers.size === 0 && this.#result === undefined) this.#leave();
        else this.#relieve();
      },
    };
  }

  #settled(): Promise<Outcome> {
    if (this.#outcome !== undefined) return Promise.resolve(this.#outcome);
    return new Promise((resolve) => {
      this.#ended = () => resolve(this.#outcome as Outcome);
    });
  }

  #push(batch: readonly Part[]): void {
    for (const part of batch) this.#parts.push(part);
    for (const reader of this.#readers) reader.wake();
    if (!this.#paused && this.#unread() > highWater) {
      this.#paused = true;
      this.#flow?.pause();
    }
  }

  #end(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    for (const reader of this.#readers) reader.wake();
    this.#ended?.();
  }

  /** Parts that wait for the slowest reader. Once the result was asked for nothing needs to wait. */
  #unread(): number {
    if (this.#result !== undefined) return 0;
    let slowest = this.#readers.size === 0 ? 0 : this.#parts.length;
    for (const reader of this.#readers) slowest = Math.min(slowest, reader.position);
    return this.#parts.length - slowest;
  }

  #relieve(): void {
    if (!this.#paused || this.#unread() > lowWater) return;
    this.#paused = false;
    this.#flow?.resume();
  }

  #leave(): void {
    if (this.#outcome !== undefined || this.#left !== undefined) return;
    this.#left = abortedError();
    this.#giveUp(this.#left);
    this.#flow?.cancel(this.#left);
  }

  #iterate<T>(pick: (part: Part) => T | undefined): AsyncIterator<T> {
    const reader = new PartReader(this.#readable, pick);
    this.#readers.add(reader);
    return reader;
  }
}
