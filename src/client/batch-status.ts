/** How far a batch of several parts is: what their states come to. */

import type { BatchState, BatchStatus } from "../contract/batch.ts";
import type { BatchPartReport, BatchReport } from "./batch.ts";
import type { BatchPlace } from "./batch-map.ts";
import { isDone } from "./batch-part.ts";

/** While any part is worked on: the least advanced first. */
const working: readonly BatchStatus[] = ["validating", "in_progress", "unknown"];
/** When all have ended: the worst first. */
const ends: readonly BatchStatus[] = ["failed", "expired", "cancelled", "completed"];
/** More problems than these are counted, not told. */
const maxTold = 5;

export function partReport(place: BatchPlace, state: BatchState): BatchPartReport {
  const { provider, model, modality, rows, account } = place;
  const own = { provider, model, modality, rows, ...account === undefined ? {} : { account } };
  return { ...state, ...own, done: isDone(state) };
}

/** @param leftOut rows that were not handed in */
export function reportOf(parts: readonly BatchPartReport[], leftOut: number): BatchReport {
  const [only] = parts;
  if (only !== undefined && parts.length === 1 && leftOut === 0) return { ...only, parts };
  const done = parts.every((part) => part.done);
  const words = new Set<BatchStatus>(parts.map(({ status }) => status));
  if (leftOut > 0 && done) words.add("failed");
  const status = (done ? ends : working).find((word) => words.has(word)) ?? "unknown";
  const problem = problemOf(parts, leftOut);
  return {
    id: parts.map(({ id }) => id).join(", "),
    status,
    vendorStatus: [...new Set(parts.map(({ vendorStatus }) => vendorStatus))].join(", "),
    hasResults: parts.some(({ hasResults }) => hasResults),
    ...countsOf(parts, leftOut),
    ...earliest("createdAtMs", parts),
    ...earliest("expiresAtMs", parts.filter((part) => !part.done)),
    ...problem === "" ? {} : { problem },
    done,
    parts,
  };
}

function countsOf(parts: readonly BatchPartReport[], leftOut: number): Pick<BatchReport, "counts"> {
  if (parts.every(({ counts }) => counts === undefined)) return {};
  let [total, succeeded, failed] = [leftOut, 0, leftOut];
  for (const { rows, counts } of parts) {
    // What is being validated has not been counted yet.
    total += Math.max(rows, counts?.total ?? 0);
    succeeded += counts?.succeeded ?? 0;
    failed += counts?.failed ?? 0;
  }
  return { counts: { total, succeeded, failed } };
}

function earliest<K extends "createdAtMs" | "expiresAtMs">(
  name: K,
  parts: readonly BatchPartReport[],
): { readonly [P in K]?: number } {
  const times = parts.flatMap((part) => part[name] ?? []);
  return times.length === 0 ? {} : { [name]: Math.min(...times) } as { readonly [P in K]?: number };
}

function problemOf(parts: readonly BatchPartReport[], leftOut: number): string {
  const told = parts.flatMap(({ provider, model, id, problem }) =>
    problem === undefined ? [] : [`${provider}/${model} (${id}): ${problem}`]
  );
  if (leftOut > 0) told.unshift(`${leftOut} rows were not handed in`);
  const more = told.length - maxTold;
  return [...told.slice(0, maxTold), ...more > 0 ? [`and ${more} more`] : []].join("; ");
}
