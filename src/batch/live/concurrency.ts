/** How many calls may be under way: rises while the vendor keeps up, halves when it says that it is too much. Pure. */

import type { Allowance } from "./allowance.ts";

export interface ConcurrencyOptions {
  /** Never more than these. */
  readonly workers: number;
  /** Begins with these at most. Default 8. */
  readonly start?: number;
}

/** All times are milliseconds of one clock that only goes forward. */
export interface Concurrency {
  /** Calls that may be under way now; 0 while it pauses. */
  limit(nowMs: number): number;
  /** Calls that may be under way once no pause holds; for people. */
  readonly level: number;
  /** Calls that ended well. */
  readonly answers: number;
  /** When the pause ends. In the past, when there is none. */
  readonly pausedUntilMs: number;
  started(): void;
  /** A call ended well. @param tokens that it took, which count against allowances of tokens */
  succeeded(nowMs: number, latencyMs: number, tokens: number): void;
  /** A vendor said that this is too much. @param waitMs how long it wants to be left alone, where it says so */
  congested(nowMs: number, waitMs?: number): void;
  /** What a vendor's headers say is left. */
  heard(nowMs: number, allowance: Allowance): void;
}

const defaultStart = 8;
/** One overload is told by all calls that are under way; they count once. */
const shortestCutMs = 1_000;
/** Slower than this many times its usual, and by more than that, a vendor gets no more calls than it has. */
const [slowFactor, slowMs] = [2, 250];
/** How much each answer moves the mean, and how fast a usual latency that is never met again is forgotten. */
const [meanShare, forgetting] = [0.1, 0.001];

export function concurrency({ workers, start = defaultStart }: ConcurrencyOptions): Concurrency {
  let level = Math.max(1, Math.min(workers, start));
  /** Doubles with each round of answers until the first trouble; from then on one more with each round. */
  let doubling = true;
  let pausedUntilMs = -Infinity;
  let deafUntilMs = -Infinity;
  let answers = 0;
  let meanMs = 0;
  let usualMs = Infinity;
  let meanTokens = 0;
  /** Calls that may still be started before the allowance is full again. */
  let left = Infinity;
  let leftUntilMs = -Infinity;

  function rise(): void {
    if (level >= workers) return;
    if (meanMs > usualMs * slowFactor && meanMs - usualMs > slowMs) {
      doubling = false;
      return;
    }
    level = Math.min(workers, doubling ? level + 1 : level + 1 / level);
  }

  function pause(untilMs: number): void {
    if (untilMs > pausedUntilMs) pausedUntilMs = untilMs;
  }

  /** Until when nothing may be started: a vendor asked for it, or its allowance is used up. */
  function untilMs(): number {
    return left < 1 ? Math.max(pausedUntilMs, leftUntilMs) : pausedUntilMs;
  }

  return {
    limit(nowMs) {
      if (nowMs < untilMs()) return 0;
      if (left < 1) left = Infinity;
      return Math.floor(level);
    },
    get level() {
      return Math.floor(level);
    },
    get answers() {
      return answers;
    },
    get pausedUntilMs() {
      return untilMs();
    },
    started() {
      left--;
    },
    succeeded(_, latencyMs, tokens) {
      answers++;
      meanMs = meanMs === 0 ? latencyMs : meanMs + (latencyMs - meanMs) * meanShare;
      meanTokens = meanTokens === 0 ? tokens : meanTokens + (tokens - meanTokens) * meanShare;
      usualMs = Math.min(meanMs, usualMs + usualMs * forgetting);
      rise();
    },
    congested(nowMs, waitMs = 0) {
      if (waitMs > 0) pause(nowMs + waitMs);
      if (nowMs < deafUntilMs) return;
      deafUntilMs = nowMs + Math.max(shortestCutMs, meanMs, waitMs);
      doubling = false;
      level = Math.max(1, level / 2);
    },
    heard(nowMs, { requests, tokens }) {
      const byRequests = requests?.remaining ?? Infinity;
      const byTokens = tokens === undefined
        ? Infinity
        : Math.floor(tokens.remaining / Math.max(1, meanTokens));
      left = Math.min(byRequests, byTokens);
      const tightest = byRequests <= byTokens ? requests : tokens;
      leftUntilMs = nowMs + (tightest?.resetMs ?? 0);
    },
  };
}
