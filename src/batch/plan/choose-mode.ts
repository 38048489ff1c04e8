/** Chooses how to run a job for a deadline: the cheapest way that meets it, and why. */

import { liveMs } from "./live-time.ts";
import { count, dollars, span } from "./figures.ts";
import { batchWindowMs, type Forecast } from "./forecast.ts";

/** One way to run it. */
export type Way = {
  readonly mode: "live" | "batch";
  /** Calls at once; `null` for a batch. */
  readonly workers: number | null;
  readonly takesMs: number;
  readonly meetsDeadline: boolean;
  /** `null`: not known. */
  readonly costUsd: number | null;
};

export type Choice = {
  readonly chosen: Way;
  readonly other: Way | null;
  /** In whole sentences. */
  readonly why: string;
};

/** More than that few accounts allow; who has such a one names the workers. */
const mostWorkers = 256;
/** Of the time that is left, what live calls plan with: the rest is for slow answers and second tries. */
const plannedShare = 0.8;

/** @param workers as given; else as many as the deadline needs, `forecast.time.workers` at least */
export function chooseMode(forecast: Forecast, remainingMs: number, workers?: number): Choice {
  const { rows, time, cost, batch } = forecast;
  const atOnce = workers ?? workersFor(rows.toAsk, time.rowMs, remainingMs, time.workers);
  const liveTakesMs = liveMs(rows.toAsk, time.rowMs, atOnce);
  const live: Way = {
    mode: "live",
    workers: atOnce,
    takesMs: liveTakesMs,
    meetsDeadline: liveTakesMs <= remainingMs,
    costUsd: cost.liveUsd,
  };
  if (batch === null) {
    const nothing = "The vendor takes no batches of this.";
    return { chosen: live, other: null, why: `${nothing} ${sentence(live, remainingMs)}` };
  }
  const inBatch: Way = {
    mode: "batch",
    workers: null,
    takesMs: batchWindowMs,
    meetsDeadline: batchWindowMs <= remainingMs,
    costUsd: cost.batchUsd,
  };
  const [chosen, other] = prefersBatch(live, inBatch, cost.batchIsCheaper)
    ? [inBatch, live]
    : [live, inBatch];
  return { chosen, other, why: reason(chosen, other, forecast, remainingMs) };
}

function prefersBatch(live: Way, batch: Way, batchIsCheaper: boolean): boolean {
  if (live.meetsDeadline !== batch.meetsDeadline) return batch.meetsDeadline;
  return live.meetsDeadline ? batchIsCheaper : batch.takesMs < live.takesMs;
}

function workersFor(rows: number, rowMs: number, remainingMs: number, fewest: number): number {
  const roundsEach = Math.floor(remainingMs * plannedShare / rowMs);
  const needed = roundsEach < 1 ? mostWorkers : Math.ceil(rows / roundsEach);
  return Math.max(fewest, Math.min(mostWorkers, needed));
}

function reason(chosen: Way, other: Way, { cost, rows }: Forecast, remainingMs: number): string {
  if (rows.toAsk === 0) return "There is no row to ask.";
  const said = [sentence(chosen, remainingMs)];
  if (!chosen.meetsDeadline) said.push("Nothing is sooner.");
  if (!other.meetsDeadline) said.push(sentence(other, remainingMs));
  else if (chosen.mode === "batch") said.push(`Live it would cost ${dollars(cost.liveUsd)}.`);
  else {
    said.push(
      cost.liveUsd === null
        ? "A batch would be in time as well, but no price is known by which it would be cheaper."
        : `A batch would be in time as well, but the catalog knows no lower price of it than ${
          dollars(cost.liveUsd)
        }.`,
    );
  }
  return said.join(" ");
}

function sentence({ mode, workers, takesMs, meetsDeadline, costUsd }: Way, remainingMs: number): string {
  const left = `the ${span(remainingMs)} that are left`;
  const price = costUsd === null ? "an unknown price" : dollars(costUsd);
  if (mode === "batch") {
    return meetsDeadline
      ? `A batch takes up to ${span(takesMs)} of ${left}, and costs ${price}.`
      : `A batch may take ${span(takesMs)}, more than ${left}.`;
  }
  const taken = `take about ${span(takesMs)}`;
  const asking = `${count(workers ?? 1)} ${workers === 1 ? "worker" : "workers"}`;
  return meetsDeadline
    ? `Live calls by ${asking} ${taken} of ${left}, and cost ${price}.`
    : `Live calls ${taken} even with ${asking}, more than ${left}.`;
}
