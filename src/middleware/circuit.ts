/** One target's circuit: opossum counts and decides, Loom's clock says when. */

import { EventEmitter } from "node:events";
import CircuitBreaker from "opossum";
import type { Clock } from "../contract/services.ts";
import { errorTable, LoomError } from "../errors/index.ts";

export interface CircuitOptions {
  readonly errorThresholdPercentage: number;
  readonly volumeThreshold: number;
  readonly rollingWindowMs: number;
  readonly resetMs: number;
}

export type CircuitState = "closed" | "open" | "half-open";

type Action = () => Promise<unknown>;
type Breaker = CircuitBreaker<[Action], unknown>;

/** opossum can begin a circuit in a given state; its type declarations do not say so. */
type BreakerOptions = CircuitBreaker.Options<[Action]> & {
  readonly state?: { readonly closed: false; readonly halfOpen: true };
};

const buckets = 10;

/** The most that a timer can hold, some 24 days: opossum's own reset never comes, since Loom's clock half-opens before. */
const neverMs = 2 ** 31 - 1;

/** opossum opens above its threshold; people mean "from 50 % on" when they say 50. */
const justBelow = 1e-9;

/**
 * A circuit without timers of its own: the window moves and an open circuit half-opens when the next call looks at it, by
 * the injected clock. Nothing keeps the process alive, and a thousand idle circuits cost nothing.
 */
export class Circuit {
  readonly provider: string;
  readonly model: string;
  /** The state that listeners were last told of. */
  reported: CircuitState = "closed";
  readonly #options: CircuitOptions;
  readonly #clock: Clock;
  readonly #rotation = new EventEmitter();
  readonly #bucketMs: number;
  #breaker: Breaker;
  #rotatedAtMs: number;
  #opensUntilMs = 0;

  constructor(provider: string, model: string, options: CircuitOptions, clock: Clock) {
    this.provider = provider;
    this.model = model;
    this.#options = options;
    this.#clock = clock;
    this.#bucketMs = options.rollingWindowMs / buckets;
    this.#rotatedAtMs = clock.monotonic();
    this.#breaker = this.#make(false);
  }

  get state(): CircuitState {
    if (this.#breaker.halfOpen) return "half-open";
    if (!this.#breaker.opened) return "closed";
    return this.opensInMs() > 0 ? "open" : "half-open";
  }

  /** Milliseconds until an open circuit lets one call through to see how the target is. */
  opensInMs(): number {
    return Math.max(0, this.#opensUntilMs - this.#clock.monotonic());
  }

  /** Brings the circuit up to the present. Must come before `fire` and `rejects`. */
  refresh(): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#rotatedAtMs >= this.#bucketMs) this.#rotate(nowMs);
    if (this.#breaker.opened && nowMs >= this.#opensUntilMs) {
      const old = this.#breaker;
      this.#breaker = this.#make(true);
      // Calls still under way on the old breaker say nothing about how the target is now.
      old.shutdown();
    }
  }

  /** Whether a call would be turned away: open, or half-open with its one trial under way. */
  get rejects(): boolean {
    return this.#breaker.opened || (this.#breaker.halfOpen && !this.#breaker.pendingClose);
  }

  get halfOpen(): boolean {
    return this.#breaker.halfOpen;
  }

  get closed(): boolean {
    return this.#breaker.isShutdown;
  }

  fire<T>(action: () => Promise<T>): Promise<T> {
    return this.#breaker.fire(action) as Promise<T>;
  }

  /** Counts a failure that came after the call had been counted as begun well. */
  countFailure(error: unknown): void {
    if (this.#breaker.closed) this.#breaker.fire(() => Promise.reject(error)).catch(expected);
  }

  shutdown(): void {
    this.#breaker.shutdown();
  }

  #make(halfOpen: boolean): Breaker {
    const { errorThresholdPercentage, volumeThreshold, rollingWindowMs, resetMs } = this.#options;
    const options: BreakerOptions = {
      name: `${this.provider}/${this.model}`,
      timeout: false,
      resetTimeout: neverMs,
      errorThresholdPercentage: errorThresholdPercentage - justBelow,
      volumeThreshold,
      rollingCountTimeout: rollingWindowMs,
      rollingCountBuckets: buckets,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      rotateBucketController: this.#rotation,
      errorFilter: (error: unknown) => isHarmless(error, breaker.halfOpen),
      ...(halfOpen ? { state: { closed: false, halfOpen: true } } : {}),
    };
    const breaker: Breaker = new CircuitBreaker((action: Action) => action(), options);
    breaker.on("open", () => void (this.#opensUntilMs = this.#clock.monotonic() + resetMs));
    return breaker;
  }

  #rotate(nowMs: number): void {
    const due = Math.floor((nowMs - this.#rotatedAtMs) / this.#bucketMs);
    for (let turn = 0; turn < Math.min(due, buckets); turn++) this.#rotation.emit("rotate");
    this.#rotatedAtMs += due * this.#bucketMs;
    // opossum notes the latency of every call; nobody reads them here, and a busy target has many.
    for (const bucket of this.#breaker.status.window) bucket.latencyTimes.length = 0;
  }
}

/** A trial that the caller gave up proves nothing, so it leaves the circuit open; otherwise the table says whose fault it is. */
function isHarmless(error: unknown, onTrial: boolean): boolean {
  if (!LoomError.is(error)) return true;
  if (onTrial && error.code === "aborted") return false;
  return !errorTable[error.code].targetFault;
}

function expected(): void {}
