/** Writes to a cache behind the caller's back: bounded, readable before they are done, and waited for at the end. */

import type { Clock } from "../contract/services.ts";
import type { Cache, CachedAnswer } from "../contract/storage.ts";

export interface PendingWritesServices {
  readonly cache: Cache;
  readonly clock: Clock;
}

/** Writes that a slow cache may fall behind with; more are not begun. */
const maxPending = 1_000;

/** A cache that has not written for so long is taken to be gone. */
const writeTimeoutMs = 10_000;

interface Write {
  readonly answer: CachedAnswer;
  readonly done: Promise<void>;
}

export class PendingWrites {
  readonly #cache: Cache;
  readonly #clock: Clock;
  readonly #writes = new Map<string, Write>();

  constructor({ cache, clock }: PendingWritesServices) {
    this.#cache = cache;
    this.#clock = clock;
  }

  /** What is being written under this key. */
  get(key: string): CachedAnswer | undefined {
    return this.#writes.get(key)?.answer;
  }

  /** Begins to write, one turn later. `onError` hears why it failed; nothing is thrown. */
  add(key: string, answer: CachedAnswer, onError: (error: unknown) => void): void {
    if (this.#writes.size >= maxPending) {
      return onError(new Error(`the cache has ${maxPending} writes to do; this answer is not stored`));
    }
    const before = this.#writes.get(key)?.done ?? Promise.resolve();
    const done = before
      .then(() => this.#write(key, answer))
      .catch(onError)
      .finally(() => {
        if (this.#writes.get(key) === write) this.#writes.delete(key);
      });
    const write: Write = { answer, done };
    this.#writes.set(key, write);
  }

  /** Settles when everything begun so far is written or has failed. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.#writes.values(), ({ done }) => done));
  }

  #write(key: string, answer: CachedAnswer): void | Promise<void> {
    const writing = this.#cache.set(key, answer);
    if (writing === undefined) return;
    return new Promise((resolve, reject) => {
      const stopTimer = this.#clock.after(
        writeTimeoutMs,
        () => reject(new Error(`the cache did not write within ${writeTimeoutMs} ms`)),
        { background: true },
      );
      writing.then(resolve, reject).finally(stopTimer);
    });
  }
}
