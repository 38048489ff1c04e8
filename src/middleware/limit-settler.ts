/** Tells the store what calls used, and does not let go of it while the store fails: spend that is lost is a leaking budget. */

import type { Clock, Logger } from "../contract/services.ts";
import type { Store } from "../contract/storage.ts";
import type { Use } from "./limit-use.ts";

/** What a call used. May be told more than once: the store counts it once. */
interface Settlement extends Use {
  readonly lease: string;
}

interface Fault {
  readonly error: unknown;
}

/** Most settlements that wait for a store that fails; beyond them the oldest is given up, and that is said. */
const maxWaiting = 10_000;
/** How many are told at once when the store is back. */
const atOnce = 16;
/**
 * Of them, most that only give back: in an outage each refused call may leave one, and they must not drive out what was
 * spent. Beyond that the lease ends by itself.
 */
const maxReleases = 2_000;
/** A store that has not answered by then is taken for one that failed. */
const patienceMs = 5_000;
const firstPauseMs = 200;
const longestPauseMs = 30_000;
/** How long `close` waits for what is under way, and then once more for telling again what was not confirmed. */
const closingMs = 1_000;

export class Settler {
  readonly #store: Pick<Store, "settle">;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** What the store has not confirmed: under way, or waiting to be told again. */
  readonly #unconfirmed = new Set<Settlement>();
  #waiting: Settlement[] = [];
  /** How many of those that wait only give back. */
  #releases = 0;
  #stopTimer: (() => void) | undefined;
  #pauseMs = firstPauseMs;
  #telling = false;
  #closed = false;
  #allConfirmed: (() => void) | undefined;
  /** Settlements that were given up. */
  lost = 0;

  constructor(store: Pick<Store, "settle">, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Settlements that the store has not confirmed. */
  get waiting(): number {
    return this.#unconfirmed.size;
  }

  /** Never throws; done on return when the store answers synchronously. */
  settle(lease: string, { holds, used }: Use): void {
    const settlement = { lease, holds, used };
    try {
      const told = this.#store.settle(lease, holds, used);
      if (!isThenable(told)) return;
      this.#unconfirmed.add(settlement);
      void this.#answerOf(told).then((fault) =>
        fault === undefined ? this.#confirm(settlement) : this.#keep(settlement, fault.error)
      );
    } catch (error) {
      this.#unconfirmed.add(settlement);
      this.#keep(settlement, error);
    }
  }

  /** What went wrong, if anything did. */
  #answerOf(told: PromiseLike<void>): Promise<Fault | undefined> {
    return new Promise((resolve) => {
      const late = () => resolve({ error: new Error(`no answer within ${patienceMs} ms`) });
      const stop = this.#clock.after(patienceMs, late, { background: true });
      told.then(() => (stop(), resolve(undefined)), (error) => (stop(), resolve({ error })));
    });
  }

  async #tell({ lease, holds, used }: Settlement): Promise<Fault | undefined> {
    try {
      const told = this.#store.settle(lease, holds, used);
      return isThenable(told) ? await this.#answerOf(told) : undefined;
    } catch (error) {
      return { error };
    }
  }

  #confirm(settlement: Settlement): void {
    this.#unconfirmed.delete(settlement);
    if (this.#unconfirmed.size === 0) this.#allConfirmed?.();
  }

  #keep(settlement: Settlement, error: unknown): void {
    // Told again while the Loom closed, with success.
    if (!this.#unconfirmed.has(settlement)) return;
    const why = error instanceof Error ? error.message : String(error);
    if (this.#closed) {
      if (isRelease(settlement)) this.#confirm(settlement);
      else this.#giveUp(settlement, why);
      return;
    }
    if (this.#waiting.length === 0 && !this.#telling) {
      this.#logger.warn(`the store cannot be told what calls used, and is told again until it can: ${why}`);
    }
    if (isRelease(settlement) && ++this.#releases > maxReleases) {
      this.#releases--;
      this.#confirm(settlement);
    } else this.#waiting.push(settlement);
    if (this.#waiting.length > maxWaiting) {
      const oldest = this.#waiting.shift();
      if (oldest !== undefined) this.#giveUp(oldest, why);
    }
    this.#schedule();
  }

  #giveUp(settlement: Settlement, why: string): void {
    this.#confirm(settlement);
    if (isRelease(settlement)) {
      this.#releases--;
      return;
    }
    this.lost++;
    // Said at 1, 2, 4, 8 …, so that a long outage does not fill the log.
    if ((this.lost & (this.lost - 1)) === 0) this.#sayLost(this.lost, why);
  }

  #sayLost(count: number, why: string): void {
    this.#logger.error(
      `what ${count} call(s) used could not be told to the store and is lost; budgets are too low by that: ${why}`,
    );
  }

  #schedule(): void {
    if (this.#closed || this.#telling || this.#waiting.length === 0) return;
    this.#stopTimer ??= this.#clock.after(this.#pauseMs, () => {
      this.#stopTimer = undefined;
      this.#telling = true;
      void this.#tellWaiting().then((well) => {
        this.#telling = false;
        if (well) this.#logger.info("the store has been told what calls used");
        this.#pauseMs = well ? firstPauseMs : Math.min(longestPauseMs, this.#pauseMs * 2);
        this.#schedule();
      });
    }, { background: true });
  }

  /** Tells what waits, oldest first, until all is told or the store fails again. */
  async #tellWaiting(): Promise<boolean> {
    while (this.#waiting.length > 0 && !this.#closed) {
      const some = this.#waiting.splice(0, atOnce);
      const faults = await Promise.all(some.map((one) => this.#tell(one)));
      const left = some.filter((_, index) => faults[index] !== undefined);
      some.forEach((one, index) => {
        if (faults[index] !== undefined) return;
        this.#confirm(one);
        if (isRelease(one)) this.#releases--;
      });
      if (left.length > 0) {
        this.#waiting.unshift(...left);
        return false;
      }
    }
    return true;
  }

  /** Waits a moment until the store knows everything, and tells it again what it has not confirmed. */
  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#unconfirmed.size > 0 && this.#waiting.length === 0 && !this.#telling) {
      await this.#confirmedInTime();
    }
    this.#closed = true;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#unconfirmed.size > 0) {
      void this.#tellAllOnce();
      await this.#confirmedInTime();
    }
    const spent = [...this.#unconfirmed].filter((one) => !isRelease(one)).length;
    if (spent === 0) return;
    this.lost += spent;
    this.#sayLost(spent, "this Loom was closed while the store did not answer");
  }

  async #tellAllOnce(): Promise<void> {
    const all = [...this.#unconfirmed];
    for (let at = 0; at < all.length; at += atOnce) {
      await Promise.all(
        all.slice(at, at + atOnce).map(async (one) => {
          if (await this.#tell(one) === undefined) this.#confirm(one);
        }),
      );
    }
  }

  #confirmedInTime(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#clock.after(closingMs, resolve);
      this.#allConfirmed = () => (stop(), resolve());
      if (this.#unconfirmed.size === 0) this.#allConfirmed();
    });
  }
}

function isRelease({ used }: Settlement): boolean {
  return used.every((amount) => amount === 0);
}

export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === "function";
}
