/** Finds the batch that was handed in with a label, among those that an account has. */

import type { BatchSearch, BatchState } from "../contract/batch.ts";
import type { BatchPage, ListedBatch } from "../contract/dialect.ts";
import { type LoomError, loomError } from "../errors/index.ts";

/** What the search is done with. */
export interface Searched {
  /** For messages. */
  readonly label: string;
  readonly details: { readonly provider: string; readonly model: string };
  first(): Promise<BatchPage>;
  next(page: NonNullable<BatchPage["next"]>): Promise<BatchPage>;
  /** Whether the batch's results are those of the label. `undefined`: they do not say. */
  isMine(state: BatchState): Promise<boolean | undefined>;
}

/** How far apart the clocks may be. */
const skewMs = 120_000;
const maxPages = 100;
/** Batches whose results are looked at. */
const maxLooks = 20;

/** @throws LoomError with recovery `never`, when nobody can tell */
export async function searchBatch(by: Searched, search: BatchSearch): Promise<BatchState | undefined> {
  const { createdAfterMs = -Infinity, except = [] } = search;
  const oldestMs = createdAfterMs - skewMs;
  const isOld = ({ state: { createdAtMs } }: ListedBatch) =>
    createdAtMs !== undefined && createdAtMs < oldestMs;
  const maybe: BatchState[] = [];
  let page = await by.first();
  for (let pages = 1;; pages++) {
    for (const listed of page.batches) {
      const { state, carries } = listed;
      if (carries === true) return state;
      if (carries === undefined && !isOld(listed) && !except.includes(state.id) && mayHave(state, search)) {
        maybe.push(state);
      }
    }
    const { batches, next } = page;
    if (next === undefined || batches.every(isOld) && isNewestFirst(batches)) break;
    if (pages >= maxPages) throw unclear(by, `it lists more than ${maxPages} pages of batches`);
    page = await by.next(next);
  }
  return await among(by, maybe, search.createdAfterMs !== undefined);
}

/** Vendors seldom say in which order they list; a page shows it. */
function isNewestFirst(batches: readonly ListedBatch[]): boolean {
  const times = batches.map(({ state }) => state.createdAtMs ?? Number.NaN);
  const [first = Number.NaN] = times;
  return first > (times.at(-1) ?? first) &&
    times.every((time, at) => at === 0 || time <= (times[at - 1] ?? 0));
}

/** Some vendors count nothing before they have read all rows. */
function mayHave({ counts }: BatchState, { rows }: BatchSearch): boolean {
  return rows === undefined || counts === undefined || counts.total === 0 || counts.total === rows;
}

/**
 * Results say whose they are; what has none yet can only be it when nothing else can.
 *
 * @param isTimed whether all of them are of the time in which it may have been handed in; at any other time they prove nothing
 */
async function among(
  by: Searched,
  maybe: readonly BatchState[],
  isTimed: boolean,
): Promise<BatchState | undefined> {
  const open: BatchState[] = [];
  let looks = 0;
  for (const state of maybe) {
    if (state.hasResults && ++looks > maxLooks) {
      throw unclear(by, `more than ${maxLooks} of its batches would have to be read`);
    }
    const mine = state.hasResults ? await by.isMine(state) : undefined;
    if (mine === true) return state;
    if (mine === undefined) open.push(state);
  }
  if (open.length === 0 || open.length === 1 && isTimed) return open[0];
  const ids = open.slice(0, 5).map(({ id }) => id).join(", ");
  const hint = isTimed ? "" : "; when it was handed in first (createdAfterMs) may tell";
  const many = open.length === 1 ? "1 batch" : `${open.length} batches`;
  throw unclear(by, `${many} may be the one (${ids}${open.length > 5 ? ", …" : ""})${hint}`);
}

function unclear({ label, details }: Searched, why: string): LoomError {
  const message =
    `nobody can tell whether ${label} has taken the batch: ${why}; look at its batches there, ` +
    "and cancel what is not wanted before handing it in again";
  return loomError("provider-failed", message, {}, { ...details, recovery: "never" });
}
