/** What people and scripts are told of batches. */

import { relative } from "node:path";
import type { VendorReport } from "../../client/vendor-batches.ts";
import type { JsonObject } from "../../contract/json.ts";
import type { JournalTotals } from "../journal/journal.ts";
import type { SeenBatch } from "./seen-batches.ts";
import { statusMeanings } from "./statuses.ts";

/** A line for people, and its data for scripts. */
export type Told = readonly [text: string, data: JsonObject];

/** The status of a batch that is not done, or that nobody could ask for. */
export function statusText(seen: SeenBatch, report?: VendorReport): Told {
  const { status, part: { problem } } = seen;
  const why = status === "unknown" && problem !== undefined ? ` (${problem})` : "";
  return [`${headOf(seen)}${doneOf(report)}. ${statusMeanings[status]}${why}`, dataOf(seen, report)];
}

/** A batch that ended without being written. */
export function endedText(seen: SeenBatch, report: VendorReport): Told {
  const { problem, hasResults } = report;
  const why = problem === undefined ? "" : ` (${problem})`;
  const rest = hasResults
    ? ` What was done by then is paid for: loom fetch --id ${seen.id} --partial writes it.`
    : "";
  return [
    `${headOf(seen)}${doneOf(report)}. ${statusMeanings[seen.status]}${why}${rest}`,
    dataOf(seen, report),
  ];
}

/** A batch that is done, of a job that is not. */
export function waitingText(seen: SeenBatch): Told {
  const { part: { parts } } = seen;
  const text = `${
    headOf(seen)
  }. Its results were downloaded; the output is written when all ${parts} batches are done.`;
  return [text, dataOf(seen)];
}

export function completeText(seen: SeenBatch, totals: JournalTotals): Told {
  const { id, provider, part: { output } } = seen;
  const { ok, failed, duplicates, inputTokens, outputTokens, costUsd, unpriced } = totals;
  return [`Fabric complete. id=${id} -> ${shownPath(output)}`, {
    type: "complete",
    id,
    provider,
    output,
    ok,
    failed,
    duplicates,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cost_usd: costUsd,
    unpriced,
  }];
}

/** As seen from where the command was given, where that is shorter. */
export function shownPath(path: string): string {
  const near = relative("", path);
  return near.length < path.length ? near : path;
}

function headOf({ id, provider, status }: SeenBatch): string {
  return `id=${id} provider=${provider} status=${status}`;
}

function doneOf(report: VendorReport | undefined): string {
  const { counts } = report ?? {};
  if (counts === undefined) return "";
  return ` (${counts.succeeded + counts.failed} of ${counts.total} rows done)`;
}

function dataOf(
  { id, provider, model, status, file, rows, part }: SeenBatch,
  report?: VendorReport,
): JsonObject {
  return {
    type: "status",
    id,
    provider,
    model,
    status,
    file,
    rows,
    part: part.part + 1,
    parts: part.parts,
    ...(report?.counts !== undefined && { counts: { ...report.counts } }),
    ...(part.problem !== undefined && { problem: part.problem }),
  };
}
