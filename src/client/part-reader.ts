/** One loop over a running answer: where it is, who waits for its next part, and how it ends. */

import type { Part } from "../contract/part.ts";
import type { Outcome } from "../contract/reply.ts";

/** What a reader reads from. */
export interface Readable {
  /** Everything that has come so far; it only grows. */
  readonly parts: readonly Part[];
  readonly outcome: Outcome | undefined;
  /** A reader has read on. */
  advanced(): void;
  /** A reader has left before the end, by its own will. */
  left(reader: PartReader<unknown>): void;
  /** A reader has come to the end. */
  finished(reader: PartReader<unknown>): void;
}

interface Waiting<T> {
  resolve(result: IteratorResult<T>): void;
  reject(error: unknown): void;
}

export class PartReader<T> implements AsyncIterator<T> {
  readonly #from: Readable;
  readonly #pick: (part: Part) => T | undefined;
  readonly #waiting: Waiting<T>[] = [];
  #closed = false;
  position = 0;

  /** @param pick what the loop sees of a part; `undefined`: nothing */
  constructor(from: Readable, pick: (part: Part) => T | undefined) {
    this.#from = from;
    this.#pick = pick;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#waiting.length === 0) {
      try {
        const result = this.#take();
        if (result !== undefined) return Promise.resolve(result);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<T>> {
    this.#closed = true;
    this.wake();
    this.#from.left(this);
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Serves those who wait, as far as there is something. */
  wake(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      try {
        const result = this.#take();
        if (result === undefined) return;
        first.resolve(result);
      } catch (error) {
        first.reject(error);
      }
      this.#waiting.shift();
    }
  }

  /** The next thing to give, or `undefined` when it has not come yet. @throws what broke the stream, once */
  #take(): IteratorResult<T> | undefined {
    if (this.#closed) return { done: true, value: undefined };
    const { parts } = this.#from;
    while (this.position < parts.length) {
      const value = this.#pick(parts[this.position++] as Part);
      this.#from.advanced();
      if (value !== undefined) return { done: false, value };
    }
    const { outcome } = this.#from;
    if (outcome === undefined) return undefined;
    this.#closed = true;
    this.#from.finished(this);
    if (outcome.status !== "ok") throw outcome.error;
    return { done: true, value: undefined };
  }
}
