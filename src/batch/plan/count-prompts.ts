/** Counts the input tokens of a dataset, prompt by prompt, as many at a time as the counter takes. Bounded memory. */

import type { Clock } from "../../contract/services.ts";
import { type LoomError, loomError, toLoomError } from "../../errors/index.ts";
import { backoffMs } from "../../util/backoff.ts";
import type { AskSpec } from "../ask/ask-spec.ts";
import { promptOf } from "../ask/prompt-of.ts";
import { verdictOf } from "../ask/verdict.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { DatasetRow } from "../dataset/row.ts";
import type { Concurrency } from "../live/concurrency.ts";
import { flight } from "../live/flight.ts";
import type { Progress } from "../progress.ts";
import { count as figure } from "./figures.ts";
import { rowCount } from "./row-count.ts";
import { TokenTally, type TokenTotals } from "./token-tally.ts";

/** Of one prompt. @throws LoomError */
export type CountPrompt = (prompt: string, signal: AbortSignal) => number | Promise<number>;

export interface CountTools {
  /** Of counts under way; a counter that answers at once needs none. */
  readonly limits: Concurrency;
  readonly progress: Progress;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How often a vendor may send a row away, after the tries that the call itself had; in the meantime all rows wait. */
const mostTurns = 5;
const backoff = { baseDelayMs: 1_000, maxDelayMs: 60_000, factor: 2 };

/**
 * Errors of rows are counted, and the first ones noted.
 *
 * @throws LoomError, when every further row would fail alike, or `signal` said so
 */
export async function countPrompts(
  dataset: Dataset,
  spec: Pick<AskSpec, "column" | "template">,
  count: CountPrompt,
  { limits, progress, clock, signal }: CountTools,
): Promise<TokenTotals> {
  const total = await rowCount(dataset, progress, signal);
  const tally = new TokenTally(total, progress);
  const prompt = promptOf(spec);
  /** Gives up all counts under way, when one has failed as all others would. */
  const failing = new AbortController();
  const ending = AbortSignal.any([signal, failing.signal]);
  const turns = flight(limits, clock);
  ending.addEventListener("abort", () => turns.halt(), { once: true });

  async function countRow(row: DatasetRow, text: string, counting: Promise<number>): Promise<void> {
    for (let turn = 1;; turn++) {
      const startedMs = clock.monotonic();
      try {
        const tokens = await (turn === 1 ? counting : count(text, ending));
        const nowMs = clock.monotonic();
        limits.succeeded(nowMs, nowMs - startedMs, tokens);
        tally.counted(tokens);
      } catch (fault) {
        const error = toLoomError(fault, "counting tokens");
        if (verdictOf(error) === "congestion" && turn < mostTurns) {
          limits.congested(clock.monotonic(), error.retryAfterMs ?? backoffMs(turn, backoff, Math.random));
          if (await turns.again()) continue;
          return;
        }
        rowFailed(row, error);
      }
      return turns.leave();
    }
  }

  function rowFailed(row: DatasetRow, error: LoomError): void {
    const verdict = verdictOf(error);
    if (verdict === "job") failing.abort(error);
    else if (verdict !== "stopped") tally.failed(row, error);
  }

  function start(row: DatasetRow): void {
    try {
      const text = prompt(row);
      const counted = count(text, ending);
      if (typeof counted === "number") return tally.counted(counted);
      turns.enter();
      void countRow(row, text, counted);
    } catch (fault) {
      rowFailed(row, toLoomError(fault, "counting tokens"));
    }
  }

  progress.begin({ label: "Counting tokens", total, unit: "prompts" });
  try {
    for await (const rows of dataset.rows(ending)) {
      for (const row of rows) {
        for (let room = turns.room(); room !== undefined; room = turns.room()) await room;
        ending.throwIfAborted();
        start(row);
      }
    }
    await turns.idle();
    ending.throwIfAborted();
  } catch (fault) {
    failing.abort(fault);
    await turns.idle();
    throw signal.aborted ? stopped(tally) : failing.signal.reason;
  } finally {
    progress.end();
  }
  tally.sayRest();
  return tally;
}

function stopped({ prompts, inputTokens }: TokenTotals): LoomError {
  return loomError(
    "aborted",
    `stopped after ${figure(prompts)} prompts with ${
      figure(inputTokens)
    } input tokens; the next run counts from the beginning`,
    {},
  );
}
