/** One reader of a shared stream: where it is, its own pause, and its one end. */

import type { LoomErrorLike } from "../contract/errors.ts";
import type { Batch, Flow, Outcome, Receiver } from "../contract/reply.ts";
import { toLoomError } from "../errors/index.ts";
import { endedBy } from "../kernel/index.ts";

/** What a reader reads from. */
export interface ReaderSource {
  /** The batch with this number; `undefined`: not here yet. */
  batch(number: number): Batch | undefined;
  sizeOf(number: number): number;
  /** How the stream ended, once it has. */
  readonly outcome: Outcome | undefined;
  /** A reader has ended; `reason` is there when that was before the stream did. */
  left(reader: BroadcastReader, reason: LoomErrorLike | undefined): void;
  /** A reader has begun, paused or resumed. */
  adjust(): void;
}

/** One reader: where it is in the log, and its own pause and end. */
export class BroadcastReader implements Flow {
  /** Number of the next batch it gets. */
  next = 0;
  /** Size of everything it got. */
  doneBytes = 0;
  readonly #source: ReaderSource;
  readonly #onDone: () => void;
  #receiver: Receiver | undefined;
  /** Delivery begins one turn after reading did. */
  #ready = false;
  #paused = false;
  #pumping = false;
  #ended = false;
  /** How it ended before it began to read. */
  #early: Outcome | undefined;

  constructor(source: ReaderSource, onDone: () => void) {
    this.#source = source;
    this.#onDone = onDone;
  }

  get attached(): boolean {
    return this.#receiver !== undefined;
  }

  get reading(): boolean {
    return this.#receiver !== undefined && !this.#paused && !this.#ended;
  }

  /** Begins to read. False: it has ended already, and only the end is delivered. */
  attach(receiver: Receiver): boolean {
    this.#receiver = receiver;
    queueMicrotask(() => {
      this.#ready = true;
      if (this.#early !== undefined) receiver.end(this.#early);
      else this.pump();
    });
    this.#source.adjust();
    return !this.#ended;
  }

  /** Delivers everything that is there, and the end after it. */
  pump(): void {
    if (!this.#ready || this.#pumping || this.#ended) return;
    this.#pumping = true;
    try {
      while (!this.#paused && !this.#ended) {
        const batch = this.#source.batch(this.next);
        if (batch === undefined) break;
        this.doneBytes += this.#source.sizeOf(this.next);
        this.next++;
        this.#receiver?.parts(batch);
      }
    } catch (error) {
      this.fail(toLoomError(error, "a reader of the reply"));
    } finally {
      this.#pumping = false;
    }
    const { outcome } = this.#source;
    if (outcome !== undefined && this.#source.batch(this.next) === undefined) {
      this.#end(outcome, undefined);
    }
  }

  pause(): void {
    if (this.#paused || this.#ended) return;
    this.#paused = true;
    this.#source.adjust();
  }

  resume(): void {
    if (!this.#paused || this.#ended) return;
    this.#paused = false;
    queueMicrotask(() => this.pump());
    this.#source.adjust();
  }

  cancel(reason: LoomErrorLike): void {
    this.#end(endedBy(reason), reason);
  }

  fail(error: LoomErrorLike): void {
    this.#end({ status: "failed", error }, error);
  }

  #end(outcome: Outcome, reason: LoomErrorLike | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    // First the source, then the reader: whoever accounts for the call at its end finds its attempts closed.
    this.#source.left(this, reason);
    this.#onDone();
    if (this.#ready) this.#receiver?.end(outcome);
    else this.#early = outcome;
  }
}
