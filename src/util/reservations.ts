/** Counters with reservations, kept by one process: what is in memory stores, and behind those that write to a disk. */

import type { Clock } from "../contract/services.ts";
import type { Held, Hold } from "../contract/storage.ts";
import { ShortLived } from "./short-lived.ts";

/** The part of a store that holds and settles, synchronously. Each operation is one step, and so atomic. */
export interface Reservations {
  /** @throws RangeError for a lease that was taken before, and for amounts that are none */
  hold(lease: string, holds: readonly Hold[], leaseMs: number): Held;
  /** @throws RangeError for amounts that are none */
  settle(lease: string, holds: readonly Hold[], used: readonly number[]): void;
  /** Puts back a counter that was kept elsewhere. */
  restore(counter: KeptCounter): void;
  /** Counters and leases that are remembered, expired ones that nobody has come across included. */
  readonly size: { readonly counters: number; readonly leases: number };
}

/** What is worth keeping of a counter. What is held dies with the process, which gives it back. */
export interface KeptCounter {
  readonly name: string;
  readonly used: number;
  /** When it ends, in the clock's `monotonic()` milliseconds; `Infinity`: never. */
  readonly untilMs: number;
}

interface Counter extends KeptCounter {
  used: number;
  held: number;
  /** Leases that hold some of it. While there are any it does not end. */
  leases: number;
}

interface Lease {
  readonly untilMs: number;
  readonly taken: readonly Taken[];
}

interface Taken {
  readonly counter: Counter;
  readonly amount: number;
}

/** Names of settled leases are remembered in two generations of this size each; more would fall out of the CPU's caches. */
const settledPerGeneration = 4_000;
/** With every counter that is made so many old ones are looked at, so that there are never many more than live ones. */
const sweptPerNew = 2;

/** @param changed told of each counter whose used amount has changed */
export function reservations(
  clock: Pick<Clock, "monotonic">,
  changed?: (counter: KeptCounter) => void,
): Reservations {
  const counters = new Map<string, Counter>();
  const leases = new ShortLived<Lease>();
  let settled = new Set<string>();
  let settledBefore = new Set<string>();
  /** No lease ends earlier. */
  let nextEndMs = Infinity;
  let sweeping: Iterator<Counter> | undefined;

  function find(name: string, nowMs: number): Counter | undefined {
    const counter = counters.get(name);
    return counter === undefined || isOver(counter, nowMs) ? undefined : counter;
  }

  function findOrMake({ counter: name, ttlMs }: Hold, nowMs: number): Counter {
    const found = find(name, nowMs);
    if (found !== undefined) return found;
    const untilMs = ttlMs === undefined ? Infinity : nowMs + Math.max(1, ttlMs);
    const made: Counter = { name, used: 0, held: 0, leases: 0, untilMs };
    counters.set(name, made);
    sweep(nowMs);
    return made;
  }

  function sweep(nowMs: number): void {
    for (let count = 0; count < sweptPerNew; count++) {
      const { value, done } = (sweeping ??= counters.values()).next();
      if (done) sweeping = undefined;
      else if (isOver(value, nowMs)) counters.delete(value.name);
    }
  }

  /** Ends what has run out. Looks at all leases, but only when one of those there at the last look is due. */
  function expire(nowMs: number): void {
    nextEndMs = Infinity;
    for (const [name, lease] of leases.entries()) {
      if (lease.untilMs > nowMs) nextEndMs = Math.min(nextEndMs, lease.untilMs);
      else {
        leases.take(name);
        giveBack(lease.taken);
      }
    }
  }

  /** What `hold` comes to, given what is there. */
  function levelOf({ before }: Hold, counter: Counter | undefined, nowMs: number): number {
    const own = counter === undefined ? 0 : counter.used + counter.held;
    if (before === undefined) return own;
    const earlier = find(before.counter, nowMs);
    return earlier === undefined ? own : own + before.weight * (earlier.used + earlier.held);
  }

  function refusal(holds: readonly Hold[], full: Hold, nowMs: number): Held {
    const levels = holds.map((hold) => levelOf(hold, find(hold.counter, nowMs), nowMs));
    const counter = find(full.counter, nowMs);
    const { used = 0, held = 0 } = counter ?? {};
    const before = levelOf(full, counter, nowMs) - used - held;
    return { ok: false, levels, full: holds.indexOf(full), parts: { used, held, before } };
  }

  /** Who asks for what does not fit leaves no counter behind. */
  function forgetEmpty({ name, used, leases: holders }: Counter): void {
    if (used === 0 && holders === 0) counters.delete(name);
  }

  function remember(lease: string): void {
    if (settled.size >= settledPerGeneration) {
      settledBefore = settled;
      settled = new Set();
    }
    settled.add(lease);
  }

  return {
    hold(lease, holds, leaseMs) {
      const nowMs = clock.monotonic();
      if (nowMs >= nextEndMs) expire(nowMs);
      if (leases.get(lease) !== undefined || settled.has(lease) || settledBefore.has(lease)) {
        throw usedBefore(lease);
      }
      for (const { amount, counter } of holds) if (!isAmount(amount)) throw noAmount(amount, counter);
      const taken: Taken[] = [];
      const levels: number[] = [];
      for (const hold of holds) {
        const { amount, max } = hold;
        const counter = findOrMake(hold, nowMs);
        const level = levelOf(hold, counter, nowMs) + amount;
        if (amount > 0 && !(level <= max)) {
          giveBack(taken);
          for (const one of taken) forgetEmpty(one.counter);
          forgetEmpty(counter);
          return refusal(holds, hold, nowMs);
        }
        counter.held += amount;
        counter.leases++;
        taken.push({ counter, amount });
        levels.push(level);
      }
      const untilMs = nowMs + leaseMs;
      if (untilMs < nextEndMs) nextEndMs = untilMs;
      leases.add(lease, { untilMs, taken });
      return { ok: true, levels };
    },

    settle(lease, holds, used) {
      for (const amount of used) if (!isAmount(amount)) throw noAmount(amount, lease);
      const live = leases.take(lease);
      if (live !== undefined) giveBack(live.taken);
      else if (settled.has(lease) || settledBefore.has(lease)) return;
      remember(lease);
      const nowMs = clock.monotonic();
      let index = 0;
      for (const hold of holds) {
        const amount = used[index++] ?? 0;
        if (amount === 0) continue;
        const counter = findOrMake(hold, nowMs);
        counter.used += amount;
        changed?.(counter);
      }
    },

    restore({ name, used, untilMs }) {
      counters.set(name, { name, used, untilMs, held: 0, leases: 0 });
    },

    get size() {
      return { counters: counters.size, leases: leases.size };
    },
  };
}

function giveBack(taken: readonly Taken[]): void {
  for (const { counter, amount } of taken) {
    counter.leases--;
    // Fractions may not add up to nothing; what nobody holds is nothing.
    counter.held = counter.leases === 0 ? 0 : counter.held - amount;
  }
}

function isOver({ untilMs, leases }: Counter, nowMs: number): boolean {
  return nowMs >= untilMs && leases === 0;
}

function isAmount(amount: number): boolean {
  return amount >= 0 && amount < Infinity;
}

function usedBefore(lease: string): RangeError {
  return new RangeError(`the lease "${lease.slice(0, 200)}" was taken before; each needs a name of its own`);
}

function noAmount(amount: unknown, counter: string): RangeError {
  return new RangeError(`"${counter.slice(0, 200)}" cannot count ${String(amount)}; it must be 0 or more`);
}
