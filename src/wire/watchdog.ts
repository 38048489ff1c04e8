/** Watches a stream for silence: one timer that is moved only when it fires, not with every part. */

import type { Clock } from "../contract/services.ts";

export class Watchdog {
  readonly #clock: Clock;
  readonly #bark: (afterMs: number) => void;
  #limitMs = 0;
  #lastMs = 0;
  #stop: (() => void) | undefined;

  /** @param bark called once, with the limit that was passed */
  constructor(clock: Clock, bark: (afterMs: number) => void) {
    this.#clock = clock;
    this.#bark = bark;
  }

  /** Starts watching, or goes on with another limit from now. */
  watch(limitMs: number): void {
    this.#limitMs = limitMs;
    this.#lastMs = this.#clock.monotonic();
    this.#stop?.();
    this.#arm(limitMs);
  }

  /** Something came. */
  pet(): void {
    this.#lastMs = this.#clock.monotonic();
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #arm(delayMs: number): void {
    this.#stop = this.#clock.after(delayMs, () => {
      this.#stop = undefined;
      const leftMs = this.#lastMs + this.#limitMs - this.#clock.monotonic();
      if (leftMs > 0.5) this.#arm(leftMs);
      else this.#bark(this.#limitMs);
    });
  }
}
