/** How fast each target has been: a mean of the times to the first part, in which what is old counts less and less. */

import { LRUCache } from "lru-cache";
import type { Attempt, Clock, Target } from "../../../src/plugin.ts";

export interface PaceMemory {
  readonly halfLifeMs: number;
  readonly failurePenaltyMs: number;
  readonly maxTargets: number;
}

export interface Paces {
  /** Those that nobody knows first, then the fastest first. */
  rank(targets: readonly Target[]): Target[];
  knows(target: Target | undefined): boolean;
  /** This one will be asked now. */
  chosen(target: Target | undefined): void;
  ended(attempt: Attempt, target: Target): void;
}

interface Pace {
  /** Sum of the measured times, and of their weights, as they were at `atMs`. */
  sumMs: number;
  weight: number;
  atMs: number;
  /** Calls sent there since anything was measured, and when the last of them was. */
  probes: number;
  probedAtMs: number;
}

/** Below this weight, after some four half-lives without a call, a target is taken for unknown again. */
const forgottenWeight = 1 / 16;

/** More than any call takes. */
const slowestMs = 1e12;

/** An unknown target that was asked is waited for so long before another call is sent to find out. */
const probePatienceMs = 60_000;

/** Failures that say nothing about how fast or how well the target is. */
const callersFault: ReadonlySet<string> = new Set([
  "invalid-request",
  "content-filtered",
  "context-too-long",
  "unsupported",
  "output-invalid",
]);

export function pacesOf(clock: Clock, { halfLifeMs, failurePenaltyMs, maxTargets }: PaceMemory): Paces {
  const paces = new LRUCache<string, Pace>({ max: maxTargets });

  const decayOver = (ms: number) => 0.5 ** (ms / halfLifeMs);

  /** The mean, while it is worth something. */
  function meanMs(pace: Pace | undefined, nowMs: number): number | undefined {
    if (pace === undefined || pace.weight * decayOver(nowMs - pace.atMs) < forgottenWeight) return undefined;
    return pace.sumMs / pace.weight;
  }

  /** Smaller is better. Unknown ones are below 0 until they were asked; then they are last, and the least asked first. */
  function score(target: Target, nowMs: number): number {
    const pace = paces.get(nameOf(target));
    const mean = meanMs(pace, nowMs);
    if (mean !== undefined) return mean;
    if (pace === undefined || pace.probes === 0 || nowMs - pace.probedAtMs >= probePatienceMs) return -1;
    return slowestMs + pace.probes;
  }

  return {
    rank(targets) {
      const nowMs = clock.monotonic();
      return targets
        .map((target) => ({ target, score: score(target, nowMs) }))
        .sort((a, b) => a.score - b.score)
        .map(({ target }) => target);
    },
    knows: (target) =>
      target !== undefined && meanMs(paces.get(nameOf(target)), clock.monotonic()) !== undefined,
    chosen(target) {
      if (target === undefined) return;
      const nowMs = clock.monotonic();
      const name = nameOf(target);
      let pace = paces.get(name);
      if (meanMs(pace, nowMs) !== undefined) return;
      if (pace === undefined) {
        paces.set(name, pace = { sumMs: 0, weight: 0, atMs: nowMs, probes: 0, probedAtMs: nowMs });
      }
      pace.probes++;
      pace.probedAtMs = nowMs;
    },
    ended(attempt, target) {
      const name = nameOf(target);
      const pace = paces.get(name);
      const ms = measured(attempt, pace);
      if (ms === undefined) return;
      const nowMs = clock.monotonic();
      const kept = pace === undefined ? 0 : decayOver(nowMs - pace.atMs);
      paces.set(name, {
        sumMs: (pace?.sumMs ?? 0) * kept + ms,
        weight: (pace?.weight ?? 0) * kept + 1,
        atMs: nowMs,
        probes: 0,
        probedAtMs: nowMs,
      });
    },
  };

  /** What an attempt says about its target's pace, if anything. */
  function measured(attempt: Attempt, pace: Pace | undefined): number | undefined {
    const { status, firstPartMs, latencyMs, error } = attempt;
    if (status === "running") return undefined;
    if (status === "failed") {
      return callersFault.has(error?.code ?? "") ? undefined : latencyMs + failurePenaltyMs;
    }
    if (status !== "cancelled" || firstPartMs !== undefined) return firstPartMs ?? latencyMs;
    // Given up before anything came: it takes at least so long, which is news only when that is longer than was thought.
    return pace !== undefined && latencyMs > pace.sumMs / pace.weight ? latencyMs : undefined;
  }
}

function nameOf({ provider, upstreamModel }: Target): string {
  return `${provider}/${upstreamModel}`;
}
