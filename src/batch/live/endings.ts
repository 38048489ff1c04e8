/** What a live run says at its end, and how to go on where it did not finish. */

import { relative } from "node:path";
import type { JsonObject } from "../../contract/json.ts";
import { type LoomError, loomError } from "../../errors/index.ts";
import type { LiveJob } from "../job.ts";
import type { JournalTotals } from "../journal/journal.ts";
import { count, dollars, span } from "../plan/figures.ts";
import type { Ending } from "./ask-rows.ts";
import type { FailureReasons } from "./failure-reasons.ts";

/** How far a run has come. */
export interface Standing {
  /** Rows with a record. */
  readonly done: number;
  /** `undefined`: nobody has counted them. */
  readonly total: number | undefined;
  readonly totals: JournalTotals;
}

const again = "run the same command again to go on";

/** The error of a run that did not get to its end. What is finished is in the journal. */
export function unfinished(ending: Ending, job: LiveJob, standing: Standing): LoomError {
  const { done, total, totals } = standing;
  const rows = total === undefined
    ? `${count(done)} rows are done`
    : `${count(done)} of ${count(total)} rows are done`;
  if (ending.kind === "budget") {
    const limitUsd = job.maxCostUsd ?? 0;
    return loomError(
      "budget-exceeded",
      `--max-cost-usd ${limitUsd}: another row might pass it (spent: ${
        dollars(totals.costUsd)
      }); ${rows} and kept; ` +
        "raise the limit and run the command again to go on",
      { limitUsd, estimateUsd: null },
    );
  }
  if (ending.kind !== "fault") return loomError("aborted", `stopped: ${rows}; ${again}`, {});
  const { error } = ending;
  const failed = totals.failed > 0 && !job.retryFailed ? " (with --retry-failed also those that failed)" : "";
  // What was wrong in the input is mended there, and then it is another input; answers are in the cache, if there is one.
  const inInput = error.code === "invalid-request" || error.code === "file-unreadable";
  const help = inInput
    ? `mend the input and run the command again with --force${
      job.useCache ? "; answers come from the cache then" : ""
    }`
    : `${again} once that is mended${failed}`;
  return loomError(error.code, `${error.message}; ${rows} and kept: ${help}`, error.data, error);
}

/** The line of a run whose output is written. */
export function finished(
  job: LiveJob,
  { done, totals }: Standing,
  elapsedMs: number,
): { readonly text: string; readonly data: JsonObject } {
  const { ok, failed, fromCache, duplicates, costUsd, unpriced, inputTokens, outputTokens } = totals;
  const price = unpriced === 0
    ? dollars(costUsd)
    : `${costUsd > 0 ? `${dollars(costUsd)} and ` : ""}the unknown price of ${count(unpriced)} rows`;
  const facts = [
    `${count(done)} ${done === 1 ? "row" : "rows"}`,
    ...fromCache > 0 ? [`${count(fromCache)} from the cache`] : [],
    ...duplicates > 0 ? [`${count(duplicates)} duplicates`] : [],
    ...failed > 0 ? [`${count(failed)} failed`] : [],
    price,
    span(elapsedMs),
  ];
  return {
    text: `Fabric complete. -> ${shown(job.output)} (${facts.join(", ")})`,
    data: {
      output: job.output,
      rows: done,
      ok,
      failed,
      from_cache: fromCache,
      duplicates,
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      cost_usd: costUsd,
      unpriced,
      elapsed_ms: Math.round(elapsedMs),
    },
  };
}

/** The output is written, and some of its rows have no answer. */
export function rowsFailed(job: LiveJob, failures: FailureReasons): LoomError {
  const { failed } = failures;
  return loomError(
    "rows-failed",
    `${count(failed)} ${failed === 1 ? "row has" : "rows have"} no answer, see llm_error in ${
      shown(job.output)
    }: ` +
      `${failures.text()}; run the same command with --retry-failed to ask ${
        failed === 1 ? "it" : "them"
      } again`,
    { failed },
  );
}

/** As seen from where the command was given, where that is shorter. */
function shown(path: string): string {
  const near = relative("", path);
  return near.length < path.length ? near : path;
}
