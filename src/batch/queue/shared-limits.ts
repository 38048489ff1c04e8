/** The pace of one worker among several that share an account: what one of them is told, all of them heed. */

import type { Clock } from "../../contract/services.ts";
import { LoomError } from "../../errors/index.ts";
import type { Loom } from "../../index.ts";
import { verdictOf } from "../ask/verdict.ts";
import type { Allowance, Level } from "../live/allowance.ts";
import type { Concurrency } from "../live/concurrency.ts";
import { watchHeaders } from "../live/watch-headers.ts";
import type { QueueRedis } from "./open-redis.ts";
import type { SharedPauses } from "./shared-pauses.ts";

export interface SharedLimitsOptions {
  readonly loom: Loom;
  readonly provider: string;
  readonly redis: QueueRedis;
  readonly pauses: SharedPauses;
  /** Workers that share the account's allowance, this one included. */
  readonly sharers: () => number;
  readonly clock: Clock;
  readonly failed: (error: unknown) => void;
}

export interface SharedLimits {
  /** As the own ones, and tells the others. */
  readonly limits: Concurrency;
  stop(): void;
}

export function sharedLimits(own: Concurrency, options: SharedLimitsOptions): SharedLimits {
  const { loom, provider, redis, pauses, sharers, clock, failed } = options;
  const congested: Concurrency["congested"] = (nowMs, waitMs = 0) => {
    own.congested(nowMs, waitMs);
    pauses.share(provider, waitMs);
  };
  const limits: Concurrency = {
    limit: own.limit,
    get level() {
      return own.level;
    },
    get answers() {
      return own.answers;
    },
    get pausedUntilMs() {
      return own.pausedUntilMs;
    },
    started: own.started,
    succeeded: own.succeeded,
    congested,
    heard: own.heard,
  };
  const wait = (waitMs: number): void => {
    if (waitMs > 0) own.congested(clock.monotonic(), waitMs);
  };
  // What was told before this worker listened.
  const ask = () => void pauses.leftMs(provider).then(wait, failed);
  ask();
  const ends = [
    redis.onBack(ask),
    pauses.listen(provider, wait),
    loom.on("retry", ({ error }) => {
      if (!LoomError.is(error) || verdictOf(error) !== "congestion") return;
      congested(clock.monotonic(), error.retryAfterMs);
    }),
    watchHeaders(clock, (allowance) => own.heard(clock.monotonic(), shareOf(allowance, sharers()))),
  ];
  return {
    limits,
    stop() {
      for (const end of ends) end();
    },
  };
}

/** Vendors count the account's calls, not the worker's. */
function shareOf({ requests, tokens }: Allowance, sharers: number): Allowance {
  const part = ({ remaining, resetMs }: Level): Level => ({
    remaining: Math.floor(remaining / Math.max(1, sharers)),
    resetMs,
  });
  return {
    ...requests === undefined ? {} : { requests: part(requests) },
    ...tokens === undefined ? {} : { tokens: part(tokens) },
  };
}
