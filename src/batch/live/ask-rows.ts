/** Asks the rows that have no answer yet, a bounded number at a time, and journals what becomes of each. */

import { type LoomError, loomError, toLoomError } from "../../errors/index.ts";
import type { PromptOf } from "../ask/prompt-of.ts";
import { failedRecord } from "../ask/record.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { DatasetRow } from "../dataset/row.ts";
import type { LiveJob } from "../job.ts";
import type { Journal, RowRecord } from "../journal/journal.ts";
import { answerRow, type AnswerTools } from "./answer-row.ts";
import type { Budget } from "./budget.ts";
import { duplicateRows } from "./duplicate-rows.ts";
import type { Elsewhere } from "./elsewhere.ts";

export interface AskRowsTools extends AnswerTools {
  readonly dataset: Dataset;
  readonly journal: Journal;
  readonly promptOf: PromptOf;
  readonly isSelected: (index: number) => boolean;
  readonly budget: Budget | undefined;
  /** What a prompt may cost, in USD; asked only where there is a budget. */
  readonly estimateUsd: (prompt: string) => number;
  /** Nothing new begins after it. */
  readonly signal: AbortSignal;
  /** Told after each row. */
  readonly told: () => void;
  /** Who asks the rows, where this process does not. */
  readonly elsewhere: Pick<Elsewhere, "answer" | "halt"> | undefined;
}

/** Why asking ended: `done`, somebody said so, the next row did not fit the budget, or a fault that all rows share. */
export type Ending =
  | { readonly kind: "done" | "stopped" | "budget" }
  | { readonly kind: "fault"; readonly error: LoomError };

/** So many rows one after another that only the vendor is to blame for: it is down, and more would tell the same. */
const mostVendorFaults = 100;

/** Settles when nothing is under way any more, and never rejects. */
export async function askRows(job: LiveJob, tools: AskRowsTools): Promise<Ending> {
  const { dataset, journal, promptOf, isSelected, budget, flight, signal, told, elsewhere } = tools;
  let ending: Ending | undefined;
  let vendorFaults = 0;
  /** Set while the journal is behind; the reader waits for it. */
  let behind: Promise<void> | undefined;

  function end(how: Ending): void {
    ending ??= how;
    flight.halt();
    elsewhere?.halt();
  }

  function fault(error: unknown): void {
    end({ kind: "fault", error: toLoomError(error, "running a job") });
  }

  /** @returns a promise only while the journal is behind */
  function keep(record: RowRecord): Promise<void> | undefined {
    try {
      behind = journal.append(record)?.catch(fault);
      told();
    } catch (error) {
      fault(error);
    }
    return behind;
  }

  const duplicates = job.dedupe ? duplicateRows(journal, keep) : undefined;

  async function run(index: number, prompt: string, reservedUsd: number): Promise<void> {
    let costUsd: number | null = 0;
    try {
      const answered = elsewhere === undefined
        ? await answerRow(tools, index, prompt)
        : await elsewhere.answer(index, prompt);
      if (answered === undefined) return duplicates?.gaveUp(index);
      const { record, vendorFault } = answered;
      costUsd = record.costUsd ?? (record.costUsd === null ? null : 0);
      keep(record);
      await duplicates?.answered(record);
      // Until then the row is under way: a kill loses as many answers as there are workers, and not one more.
      await journal.drained();
      answered.kept?.();
      if (vendorFault !== undefined) vendorFaults++;
      else if (record.origin !== "cache") vendorFaults = 0;
      if (vendorFault !== undefined && vendorFaults >= mostVendorFaults) fault(allFail(vendorFault));
    } catch (error) {
      duplicates?.gaveUp(index);
      fault(error);
    } finally {
      budget?.settle(reservedUsd, costUsd);
      flight.leave();
    }
  }

  /** Money for a row, as soon as there is some; `undefined`: there will be none. */
  async function moneyFor(prompt: string): Promise<number | undefined> {
    if (budget === undefined) return 0;
    const estimate = tools.estimateUsd(prompt);
    for (;;) {
      const reserved = budget.reserve(estimate);
      if (reserved !== undefined || flight.size === 0 || ending !== undefined) return reserved;
      await flight.change();
    }
  }

  /** @returns false, when no further row is to be read */
  async function take(row: DatasetRow): Promise<boolean> {
    const { index } = row;
    if (journal.isDone(index) || journal.isFailed(index) && !job.retryFailed) {
      duplicates?.remember(index, () => promptOf(row));
      return true;
    }
    let prompt: string;
    try {
      prompt = promptOf(row);
    } catch (error) {
      keep(failedRecord(index, toLoomError(error, "making a prompt")));
      return true;
    }
    if (duplicates !== undefined && await duplicates.isOne(index, prompt)) return true;
    const reserved = await moneyFor(prompt);
    if (reserved === undefined) {
      end({ kind: "budget" });
      return false;
    }
    for (let wait = flight.room(); wait !== undefined; wait = flight.room()) await wait;
    // While it waited, everything may have ended.
    if (ending !== undefined) return false;
    flight.enter();
    void run(index, prompt, reserved);
    return true;
  }

  const stop = () => end({ kind: "stopped" });
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    reading: for await (const rows of dataset.rows(tools.abort)) {
      for (const row of rows) {
        if (job.sample === undefined && row.index >= (job.limit ?? Infinity)) break reading;
        if (ending !== undefined) break reading;
        if (!isSelected(row.index)) continue;
        if (behind !== undefined) {
          await behind;
          behind = undefined;
        }
        if (!await take(row)) break reading;
      }
    }
  } catch (error) {
    fault(error);
  }
  await flight.idle();
  signal.removeEventListener("abort", stop);
  if (tools.abort.aborted) return { kind: "stopped" };
  return ending ?? { kind: "done" };
}

function allFail(last: LoomError): LoomError {
  return loomError(
    last.code === "all-failed" ? "provider-failed" : last.code,
    `the vendor failed ${mostVendorFaults} rows one after another, the last one with: ${last.message}`,
    last.data,
    last,
  );
}
