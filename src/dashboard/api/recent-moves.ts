/** `api/moves`: the newest retries and failovers, with their why, from the receipts of the calls that had any. */

import type { CallRecord, TimeSpan } from "../../contract/index.ts";
import type { DashboardSource } from "../source.ts";

/** One attempt that did not do, and what came after it. */
export interface Move {
  readonly callId: string;
  readonly atMs: number;
  readonly what: "retry" | "failover";
  readonly from: string;
  readonly to: string;
  /** The code of the error; `rejected`, where a validator did not take the answer. */
  readonly why: string;
  readonly message?: string;
  readonly status?: number;
}

/** @param limit of calls; one call may have moved more than once */
export async function recentMoves(
  source: DashboardSource,
  span: TimeSpan,
  limit: number,
): Promise<readonly Move[]> {
  const history = await source.history();
  const { calls } = await history.calls({ span, retried: true, limit });
  const records = await Promise.all(calls.map(({ callId }) => history.call(callId)));
  return records.flatMap((record) => record === undefined ? [] : movesOf(record))
    .sort((one, other) => other.atMs - one.atMs).slice(0, limit);
}

export function movesOf({ callId, receipt: { attempts, startedAtMs } }: CallRecord): readonly Move[] {
  return attempts.slice(1).flatMap((attempt, index): readonly Move[] => {
    const before = attempts[index];
    if (before === undefined || before.status === "ok" || before.status === "running") return [];
    const { error, provider, model } = before;
    return [{
      callId,
      atMs: startedAtMs + before.startedMs + before.latencyMs,
      what: attempt.attempt > 1 ? "retry" : "failover",
      from: `${provider}/${model}`,
      to: `${attempt.provider}/${attempt.model}`,
      why: error?.code ?? before.status,
      ...(error === undefined ? {} : { message: error.message, status: error.status }),
    }];
  });
}
