/** A running stream between undici and its reader: decodes, holds, delivers, and ends exactly once. */

import type { Dispatcher } from "undici";
import type { EventSplitter, ServerSentEvent, StreamDecoder } from "../contract/dialect.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { Part } from "../contract/part.ts";
import type { Batch, Flow, Outcome, Receiver } from "../contract/reply.ts";
import type { Clock } from "../contract/services.ts";
import { type ErrorDetails, LoomError, loomError, toLoomError } from "../errors/index.ts";
import { isContent } from "../util/content.ts";
import { brokenStream, cutEvent, tooLarge } from "./faults.ts";

/** After a stream said that it is complete, how long its connection may take to end before it is dropped. */
const lingerMs = 1_000;

/** How much of a stream is read before somebody reads its parts; then the vendor is asked to wait. */
const maxHeldBytes = 1024 * 1024;

/** What a stream asks of its exchange. */
export interface StreamHost {
  readonly clock: Clock;
  readonly details: ErrorDetails;
  /** Watches for silence, from now. */
  watch(partsSeen: number): void;
  /** Something came. */
  pet(): void;
  /** Nobody waits for the vendor now, so its silence means nothing. */
  unwatch(): void;
  /** The stream has ended: lets go of everything but the connection. */
  letGo(): void;
}

export class StreamAnswer implements Flow {
  readonly #host: StreamHost;
  readonly #controller: Dispatcher.DispatchController;
  readonly #decoder: StreamDecoder;
  readonly #splitter: EventSplitter;
  /** Whether the events go to the reader beside their parts, and those that no batch has taken along yet. */
  readonly #verbatim: boolean;
  #frames = "";
  #receiver: Receiver | undefined;
  /** What came before somebody read, and how many bytes that was on the wire. */
  #held: Part[] = [];
  #heldFrames = "";
  #heldBytes = 0;
  /** Whether the vendor waits because nobody reads yet, and whether it waits because the reader said so. */
  #heldBack = false;
  #paused = false;
  #outcome: Outcome | undefined;
  #told = false;
  #stopLinger: (() => void) | undefined;
  /** Content parts so far. */
  partsSeen = 0;

  constructor(
    host: StreamHost,
    controller: Dispatcher.DispatchController,
    decoder: StreamDecoder,
    splitter: EventSplitter,
    verbatim: boolean,
  ) {
    this.#host = host;
    this.#verbatim = verbatim;
    this.#splitter = splitter;
    this.#controller = controller;
    this.#decoder = decoder;
  }

  // ── the reader's side ──

  attach(receiver: Receiver): Flow {
    queueMicrotask(() => {
      const held = batchOf(this.#held, this.#heldFrames);
      this.#held = [];
      this.#heldFrames = "";
      this.#receiver = receiver;
      if (held.length > 0 || held.frames !== undefined) this.#deliver(receiver, held);
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
    if (this.#outcome !== undefined) return;
    this.#end({ status: reason.code === "aborted" ? "cancelled" : "failed", error: reason });
    this.#controller.abort(reason as Error);
  }

  // ── the connection's side ──

  chunk(bytes: Uint8Array): void {
    if (this.#outcome !== undefined) return;
    this.#decode(bytes);
    if (this.#receiver === undefined) this.#holdBack(bytes.length);
  }

  /** The connection ended in good order. */
  ended(): void {
    this.#stopLinger?.();
    if (this.#outcome !== undefined) return;
    this.#decode(undefined);
    if (this.#outcome === undefined) this.#finish();
  }

  broke(cause: unknown): void {
    this.#stopLinger?.();
    if (this.#outcome !== undefined) return;
    const { details } = this.#host;
    this.#fail(brokenStream(cause, this.partsSeen, details));
  }

  // ── between the two ──

  /** Runs the decoder over what a chunk completes, or over what is left at the end. What it throws ends the stream. */
  #decode(chunk: Uint8Array | undefined): void {
    const decoder = this.#decoder;
    let events: readonly ServerSentEvent[];
    try {
      events = chunk === undefined ? this.#splitter.end() : this.#splitter.push(chunk);
    } catch (cause) {
      return this.#fail(LoomError.is(cause) ? cause : tooLarge(this.#host.details, cause));
    }
    let batch: readonly Part[] = [];
    let joined: Part[] | undefined;
    let fault: LoomErrorLike | undefined;
    try {
      for (const event of events) {
        const parts = decoder.event(event);
        if (this.#verbatim && decoder.hidden !== true) this.#frames += frameOf(event);
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
      return this.#fail(chunk === undefined ? cutEvent(fault, this.partsSeen, this.#host.details) : fault);
    }
    if (decoder.complete && this.#outcome === undefined) {
      this.#finish();
      this.#linger();
    }
  }

  #finish(): void {
    let rest: readonly Part[];
    try {
      rest = this.#decoder.end();
    } catch (error) {
      return this.#fail(toLoomError(error, "the dialect"));
    }
    this.#push(rest);
    this.#end({ status: "ok" });
  }

  #push(parts: readonly Part[]): void {
    const frames = this.#frames;
    if (parts.length === 0 && frames === "" || this.#outcome !== undefined) return;
    this.#frames = "";
    const batch = batchOf(parts, frames);
    let content = 0;
    for (const part of batch) if (isContent(part)) content++;
    if (content > 0) {
      const first = this.partsSeen === 0;
      this.partsSeen += content;
      if (!first) this.#host.pet();
      else if (!this.#paused) this.#host.watch(this.partsSeen);
    }
    if (this.#receiver !== undefined) return this.#deliver(this.#receiver, batch);
    for (const part of parts) this.#held.push(part);
    this.#heldFrames += frames;
  }

  /** A reader that throws ends the stream: nobody else could. */
  #deliver(receiver: Receiver, batch: Batch): void {
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
    this.#controller.pause();
    this.#host.unwatch();
  }

  #goOn(): void {
    this.#host.watch(this.partsSeen);
    this.#controller.resume();
  }

  #fail(error: LoomErrorLike): void {
    if (this.#outcome !== undefined) return;
    this.#end({ status: "failed", error });
    this.#controller.abort(error as Error);
  }

  #end(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#host.letGo();
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
    const drop = () => controller.abort(loomError("aborted", "the answer is complete", {}));
    this.#stopLinger = this.#host.clock.after(lingerMs, drop, { background: true });
    // A reader that has paused need not hear of the rest, but the connection does.
    controller.resume();
  }
}

/** An event as it came, but for how its lines end. */
function frameOf({ event, data }: ServerSentEvent): string {
  const lines = data.includes("\n") ? data.replaceAll("\n", "\ndata: ") : data;
  return event === "" ? `data: ${lines}\n\n` : `event: ${event}\ndata: ${lines}\n\n`;
}

function batchOf(parts: readonly Part[], frames: string): Batch {
  // A copy: decoders share one list where there is nothing to give.
  return frames === "" ? parts : Object.assign([...parts], { frames });
}
