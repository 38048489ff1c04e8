/** The commit point: waits until a reply has begun for good, so that retry and failover know when they must keep still. */

import type { Batch, Flow, Outcome, Receiver, Reply } from "../contract/reply.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import { isContent } from "../util/content.ts";
import { endedBy, streamedReply } from "./reply.ts";

/** Most batches held for a reader who has not come yet, before the source is asked to pause. */
const maxHeldBatches = 64;

/**
 * Starts a streamed reply and settles when its first content part is there, or when it ended well without any. The reply
 * it gives delivers everything from the beginning. Whole replies pass through: they are complete.
 *
 * @throws what ended the stream, when that was before the first content part: nothing has reached the caller, so the call
 * may be tried again
 */
export function commit(reply: Reply): Promise<Reply> {
  if (reply.parts !== undefined) return Promise.resolve(reply);
  return new Promise((resolve, reject) => {
    const held = new HeldFlow(
      () => resolve(streamedReply(reply, (receiver) => held.attach(receiver), reply.verbatim)),
      reject,
    );
    held.flow = reply.flow(held);
  });
}

/** Keeps what arrives until a reader attaches, then gets out of the way. */
class HeldFlow implements Receiver, Flow {
  flow: Flow | undefined;
  readonly #begun: () => void;
  readonly #failed: (error: LoomErrorLike) => void;
  #committed = false;
  #batches: Batch[] = [];
  #outcome: Outcome | undefined;
  #receiver: Receiver | undefined;
  /** Whether the held batches have been handed over. */
  #live = false;
  #readerPaused = false;
  #sourcePaused = false;

  constructor(begun: () => void, failed: (error: LoomErrorLike) => void) {
    this.#begun = begun;
    this.#failed = failed;
  }

  parts(batch: Batch): void {
    if (this.#live) return this.#receiver?.parts(batch);
    this.#batches.push(batch);
    if (!this.#committed && batch.some(isContent)) {
      this.#committed = true;
      this.#begun();
    } else if (this.#committed && this.#batches.length >= maxHeldBatches && !this.#sourcePaused) {
      this.#sourcePaused = true;
      this.flow?.pause();
    }
  }

  end(outcome: Outcome): void {
    if (this.#live) return this.#receiver?.end(outcome);
    this.#outcome = outcome;
    if (this.#committed) return;
    this.#committed = true;
    if (outcome.status === "ok") this.#begun();
    else this.#failed(outcome.error);
  }

  attach(receiver: Receiver): Flow {
    this.#receiver = receiver;
    queueMicrotask(() => this.#handOver());
    return this;
  }

  #handOver(): void {
    const receiver = this.#receiver;
    if (this.#live || receiver === undefined) return;
    while (!this.#readerPaused) {
      const batch = this.#batches.shift();
      if (batch === undefined) break;
      receiver.parts(batch);
    }
    if (this.#batches.length > 0 || this.#live) return;
    this.#live = true;
    if (this.#outcome !== undefined) receiver.end(this.#outcome);
    else if (this.#sourcePaused && !this.#readerPaused) this.flow?.resume();
    else if (this.#readerPaused && !this.#sourcePaused) this.flow?.pause();
  }

  pause(): void {
    this.#readerPaused = true;
    if (this.#live) this.flow?.pause();
  }

  resume(): void {
    this.#readerPaused = false;
    if (this.#live) this.flow?.resume();
    else queueMicrotask(() => this.#handOver());
  }

  cancel(reason: LoomErrorLike): void {
    if (!this.#live && this.#outcome !== undefined) {
      // The source has already ended; a reader who leaves without all of it must not be told that it had it all.
      if (this.#batches.length > 0) this.#outcome = endedBy(reason);
      this.#batches = [];
      this.#readerPaused = false;
      return this.#handOver();
    }
    if (!this.#live) {
      this.#batches = [];
      this.#live = true;
    }
    this.flow?.cancel(reason);
  }
}
