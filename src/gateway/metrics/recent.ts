/** How each provider did in the last few minutes, for its status. */

import type { Clock } from "../../contract/index.ts";

/** Five minutes, forgotten in steps of half a minute. */
const slotMs = 30_000;
const slots = 10;

/** How long an attempt counts as recent. */
export const recentMs: number = slotMs * slots;

export interface RecentAttempts {
  readonly provider: string;
  readonly attempts: number;
  /** Failures that were the provider's own fault. */
  readonly faults: number;
}

/** What one provider did, slot by slot. */
export interface Track {
  /** Which half-minute since the epoch each slot is about. */
  readonly ages: number[];
  readonly attempts: number[];
  readonly faults: number[];
}

export function track(): Track {
  const empty = () => new Array<number>(slots).fill(0);
  return { ages: empty(), attempts: empty(), faults: empty() };
}

export function note(into: Track, clock: Pick<Clock, "now">, fault: boolean): void {
  const age = Math.floor(clock.now() / slotMs);
  const slot = age % slots;
  if (into.ages[slot] !== age) {
    into.ages[slot] = age;
    into.attempts[slot] = 0;
    into.faults[slot] = 0;
  }
  into.attempts[slot] = (into.attempts[slot] ?? 0) + 1;
  if (fault) into.faults[slot] = (into.faults[slot] ?? 0) + 1;
}

export function recentOf(provider: string, from: Track, clock: Pick<Clock, "now">): RecentAttempts {
  const oldest = Math.floor(clock.now() / slotMs) - slots;
  let [attempts, faults] = [0, 0];
  from.ages.forEach((age, slot) => {
    if (age <= oldest) return;
    attempts += from.attempts[slot] ?? 0;
    faults += from.faults[slot] ?? 0;
  });
  return { provider, attempts, faults };
}
