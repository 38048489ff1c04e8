/** What ends the work on a batch, and the waiting that ends with it. */

import type { Clock } from "../../contract/index.ts";

/** What is not answered by now will not be, but what is may still be fetched. */
export type Verdict = "cancelled" | "expired";

/** `closed`: this process works on it no more; `lost`: another process does. */
export type Leaving = "closed" | "lost";

export class Control {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  readonly #left = new AbortController();
  #verdict: Verdict | undefined;
  #leaving: Leaving | undefined;
  #isResting = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  /** Nothing may be written of it here any more. */
  get isLost(): boolean {
    return this.#leaving === "lost";
  }

  /** Nobody here waits for anything of it any more. */
  get isGone(): boolean {
    return this.#leaving !== undefined;
  }

  /** Aborted as soon as it `leaves`: for questions whose answers whoever comes after can have as well. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  /** Whether rows under way are to be given up. */
  get isEnded(): boolean {
    return this.isGone || this.#verdict !== undefined;
  }

  /** Whether nothing new is to be begun. */
  get isStopped(): boolean {
    return this.isEnded || this.#isResting;
  }

  /** Whether this process leaves the rest to whoever comes after. */
  get leaves(): boolean {
    return this.isGone || this.#isResting;
  }

  /** Of two verdicts the first one stays; what is lost stays lost. */
  stop(why: Verdict | Leaving): void {
    if (why === "cancelled" || why === "expired") this.#verdict ??= why;
    else {
      if (!this.isLost) this.#leaving = why;
      this.#left.abort();
    }
    this.#tell();
  }

  /** What runs may end, nothing new begins. */
  rest(): void {
    this.#isResting = true;
    this.#left.abort();
    this.#tell();
  }

  /** Told of every change. Gives a function that takes it back. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Waits, at most until something changes. */
  sleep(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        stopTimer();
        stopListening();
        resolve();
      };
      const stopTimer = this.#clock.after(waitMs, done, { background: true });
      const stopListening = this.onChange(done);
    });
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
