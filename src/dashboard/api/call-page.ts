/** `api/calls`: a page of the log, newest first; `id` finds calls whose id holds a text. */

import type { CallHistory, CallRow } from "../../contract/index.ts";
import type { DashboardSource } from "../source.ts";
import { flag, number, readFilter, readSpan, wrong } from "./parameters.ts";
import { shownRow } from "./shown.ts";

const defaultLimit = 100;
const longestText = 500;
/** Pages of the history that are looked through for a part of an id, and rows of each. */
const [maxPages, pageRows] = [10, 500];

export async function callPage(source: DashboardSource, query: URLSearchParams): Promise<object> {
  const history = await source.history();
  const limit = number(query, "limit", 1, 500) ?? defaultLimit;
  const next = query.get("next");
  const id = query.get("id") ?? "";
  for (const [name, text] of [["next", next ?? ""], ["id", id]] as const) {
    if (text.length > longestText) throw wrong(name, "is too long");
  }
  const timed = query.has("from") || query.has("to");
  const asked = {
    ...(timed ? { span: readSpan(query, source.clock.now()) } : {}),
    filter: readFilter(query),
    retried: flag(query, "retried"),
  };
  if (id !== "") return await withId(history, asked, id, limit);
  const page = await history.calls({ ...asked, limit, ...(next === null ? {} : { next }) });
  return { calls: page.calls.map(shownRow), ...(page.next === undefined ? {} : { next: page.next }) };
}

/** The whole id is found wherever it is; a part of one among the newest calls. */
async function withId(
  history: CallHistory,
  asked: Parameters<CallHistory["calls"]>[0],
  id: string,
  limit: number,
): Promise<object> {
  const exact = await history.call(id);
  if (exact !== undefined) return { calls: [shownRow(exact)] };
  const found: CallRow[] = [];
  let next: string | undefined;
  for (let page = 0; page < maxPages && found.length < limit; page++) {
    const read = await history.calls({ ...asked, limit: pageRows, ...(next === undefined ? {} : { next }) });
    found.push(...read.calls.filter(({ callId }) => callId.includes(id)));
    next = read.next;
    if (next === undefined) break;
  }
  return { calls: found.slice(0, limit).map(shownRow), searched: maxPages * pageRows };
}
