/** One streamed reply for several readers: read once, delivered to each at its own pace, let go when the last has left. */

import type { LoomErrorLike } from "../contract/errors.ts";
import type { Batch, Flow, Origin, Outcome, Reply } from "../contract/reply.ts";
import { loomError } from "../errors/index.ts";
import { streamedReply } from "../kernel/index.ts";
import { BroadcastReader, type ReaderSource } from "./broadcast-reader.ts";
import { batchBytes } from "./part-size.ts";

export interface BroadcastOptions {
  /** Readers may join while everything that came so far is no larger than this. */
  readonly maxPrefixBytes: number;
  /** A reader that lags further behind than this fails, alone. */
  readonly maxLagBytes: number;
  /** Once, when the source has ended or the last reader has left; before any reader hears of the end. */
  readonly onEnd: () => void;
}

/** One reader's place. */
export interface Subscription {
  /** What the reader's call gets. */
  readonly reply: Reply;
  /** The reader's call was cancelled. Safe at any time and more than once. */
  leave(reason: LoomErrorLike): void;
}

/** Batches handled by all readers are dropped in runs of this length, once nobody may join. */
const trimAt = 64;

export class Broadcast implements ReaderSource {
  readonly #source: Reply;
  readonly #options: BroadcastOptions;
  readonly #readers = new Set<BroadcastReader>();
  /** What came, from batch number `#first` on; complete while readers may join. */
  #log: Batch[] = [];
  /** Size of each batch in `#log`. */
  #sizes: number[] = [];
  #first = 0;
  #totalBytes = 0;
  #flow: Flow | undefined;
  #started = false;
  #over = false;
  #sourcePaused = false;
  #outcome: Outcome | undefined;

  constructor(source: Reply, options: BroadcastOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** Whether a new reader would get the whole answer. */
  get admits(): boolean {
    return !this.#over && this.#totalBytes <= this.#options.maxPrefixBytes;
  }

  /**
   * @param origin whom the reader's call shall take the reply to be from
   * @param onDone once, when this reader has ended, however it did
   */
  subscribe(origin: Origin, onDone: () => void): Subscription {
    const reader = new BroadcastReader(this, onDone);
    this.#readers.add(reader);
    const { target, requestId } = this.#source;
    const reply = streamedReply({ target, origin, requestId }, (receiver) => {
      if (reader.attach(receiver)) this.#start();
      return reader;
    }, this.#source.verbatim);
    return { reply, leave: (reason) => reader.cancel(reason) };
  }

  batch(number: number): Batch | undefined {
    return this.#log[number - this.#first];
  }

  sizeOf(number: number): number {
    return this.#sizes[number - this.#first] ?? 0;
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#flow = this.#source.flow({
      parts: (batch) => this.#take(batch),
      end: (outcome) => this.#end(outcome),
    });
  }

  #take(batch: Batch): void {
    if (this.#over) return;
    const bytes = batchBytes(batch);
    this.#log.push(batch);
    this.#sizes.push(bytes);
    this.#totalBytes += bytes;
    for (const reader of this.#readers) {
      reader.pump();
      if (this.#totalBytes - reader.doneBytes > this.#options.maxLagBytes) {
        reader.fail(tooSlow(this.#options));
      }
    }
    if (this.#log.length >= trimAt && !this.admits) this.#trim();
  }

  #end(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#finish();
    for (const reader of this.#readers) reader.pump();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.onEnd();
  }

  #trim(): void {
    let slowest = this.#first + this.#log.length;
    for (const reader of this.#readers) slowest = Math.min(slowest, reader.next);
    const dropped = slowest - this.#first;
    if (dropped < trimAt) return;
    this.#log.splice(0, dropped);
    this.#sizes.splice(0, dropped);
    this.#first = slowest;
  }

  /** When it was the last, nobody needs the source any more. */
  left(reader: BroadcastReader, reason: LoomErrorLike | undefined): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return this.adjust();
    this.#log = [];
    this.#sizes = [];
    if (this.#outcome !== undefined || reason === undefined) return;
    this.#finish();
    this.#start();
    this.#flow?.cancel(reason);
  }

  /** The source rests while every reader does. Readers who have not begun to read do not hold the others up. */
  adjust(): void {
    if (this.#over || this.#flow === undefined) return;
    let attached = false;
    for (const reader of this.#readers) {
      if (reader.reading) return this.#resume();
      attached ||= reader.attached;
    }
    if (!attached || this.#sourcePaused) return;
    this.#sourcePaused = true;
    this.#flow.pause();
  }

  #resume(): void {
    if (!this.#sourcePaused) return;
    this.#sourcePaused = false;
    this.#flow?.resume();
  }
}

function tooSlow({ maxLagBytes }: BroadcastOptions): LoomErrorLike {
  return loomError(
    "limit-exceeded",
    `this reader fell more than ${maxLagBytes} bytes behind the answer it shares with other calls; read faster, or turn dedup off`,
    { limit: "dedup.maxLagBytes" },
  );
}
