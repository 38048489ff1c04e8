/** Answers one row: from the cache, or from the vendor, as often as that takes. */

import type { Clock } from "../../contract/services.ts";
import { type LoomError, loomError, toLoomError } from "../../errors/index.ts";
import type { TextResult } from "../../index.ts";
import { backoffMs } from "../../util/backoff.ts";
import type { AskPrompt } from "../ask/ask-prompt.ts";
import type { AskSpec } from "../ask/ask-spec.ts";
import { failedRecord, recordOf } from "../ask/record.ts";
import { verdictOf } from "../ask/verdict.ts";
import type { CachedAnswer } from "../home/cached-answer.ts";
import { cacheKey } from "../home/cache-key.ts";
import type { ResponseCache } from "../home/response-cache.ts";
import type { RowRecord } from "../journal/journal.ts";
import type { Concurrency } from "./concurrency.ts";
import type { Flight } from "./flight.ts";

export interface AnswerTools {
  readonly ask: AskPrompt;
  readonly spec: AskSpec;
  readonly cache: ResponseCache | undefined;
  readonly limits: Concurrency;
  readonly flight: Flight;
  readonly clock: Clock;
  /** Ends what is under way. */
  readonly abort: AbortSignal;
}

export interface Answered {
  readonly record: RowRecord;
  /** Why the vendor, and not the row, is to blame; absent where the row has its answer, or never will. */
  readonly vendorFault?: LoomError;
  /** Told once the record is in the journal's file. */
  readonly kept?: () => void;
}

/** Loom itself tries three times within a call; a vendor that is busy even then is asked again so many times. */
const mostTurns = 8;
const backoff = { baseDelayMs: 1_000, maxDelayMs: 60_000, factor: 2 };

/**
 * @returns `undefined`: the run was stopped before there was an answer
 * @throws LoomError, when every further row would fail alike
 */
export async function answerRow(
  tools: AnswerTools,
  index: number,
  prompt: string,
): Promise<Answered | undefined> {
  const { ask, spec, cache, limits, flight, clock, abort } = tools;
  const key = cache === undefined ? "" : cacheKey(spec, prompt);
  const known = await cache?.read(key);
  if (known !== undefined) return { record: cachedRecord(index, known) };
  const answersBefore = limits.answers;
  let lostUsd = 0;
  for (let turn = 1;; turn++) {
    const startMs = clock.monotonic();
    try {
      const result = await ask(prompt, abort);
      const nowMs = clock.monotonic();
      limits.succeeded(nowMs, nowMs - startMs, result.usage.totalTokens);
      const record = recordOf(index, result);
      const full = cache?.write(key, cachedAnswer(record, result));
      if (full !== undefined) await full;
      return { record: withLost(record, lostUsd) };
    } catch (fault) {
      const error = toLoomError(fault, "asking a row");
      const verdict = verdictOf(error);
      if (verdict === "stopped" && abort.aborted) return undefined;
      if (verdict === "job" || verdict === "stopped") throw error;
      const record = withLost(failedRecord(index, error), lostUsd);
      if (verdict === "row") return { record };
      if (verdict === "vendor") return { record, vendorFault: error };
      if (turn === mostTurns) {
        // Rows that only have to wait are for the next run; one that fails among rows that are answered has failed.
        if (limits.answers === answersBefore) throw noRoom(error);
        return { record, vendorFault: error };
      }
      lostUsd = record.costUsd ?? lostUsd;
      const { retryAfterMs = 0 } = error;
      limits.congested(clock.monotonic(), retryAfterMs);
      // All wait as long as the vendor says; where it says nothing, this row alone.
      const restMs = retryAfterMs > 0 ? 0 : backoffMs(turn, backoff, Math.random);
      if (!await flight.again(restMs)) return undefined;
    }
  }
}

function noRoom(last: LoomError): LoomError {
  const message =
    `the vendor had room for no row at all in ${mostTurns} turns, the last time with: ${last.message}`;
  return loomError(last.code === "all-failed" ? "overloaded" : last.code, message, last.data, last);
}

/** The record of a row whose answer was known. */
export function cachedRecord(
  index: number,
  { response: text, provider, model, output }: CachedAnswer,
): RowRecord {
  const record = { index, status: "ok", text, provider, model, costUsd: 0, origin: "cache" } as const;
  return output === undefined ? record : { ...record, output };
}

/** What turns before the last one were billed. */
function withLost(record: RowRecord, lostUsd: number): RowRecord {
  if (lostUsd === 0 || record.costUsd === null) return record;
  return { ...record, costUsd: (record.costUsd ?? 0) + lostUsd };
}

function cachedAnswer({ output }: RowRecord, { provider, model, text: response }: TextResult): CachedAnswer {
  const answer = { provider, model, response };
  return output === undefined ? answer : { ...answer, output };
}
