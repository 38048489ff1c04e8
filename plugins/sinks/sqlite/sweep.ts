/** Forgets what is older than it is kept, some rows at a time, so that nobody waits for a lock. */

import { type Cube, dayMs } from "./cubes.ts";
import { type DatabaseSync, pragma, transaction } from "./database.ts";
import { callsFrom, marksIn, summedId, sumsFrom } from "./marks.ts";

/** Rows that one transaction deletes. */
const callsAtOnce = 500;
const sumsAtOnce = 2000;

/** Free pages beyond this share of a file, and this number, are given back to the disk; fewer are written to again. */
const freeShare = 0.25;
const freePages = 2560;
const pagesAtOnce = 500;

/** Gives a function that forgets some of what is old, and says whether there may be more. */
export function sweeper(
  database: DatabaseSync,
  cubes: readonly Cube[],
  callDays: number,
): (nowMs: number) => boolean {
  const marks = marksIn(database);
  const old = database.prepare(
    "SELECT id, at_ms, tags FROM calls WHERE at_ms < ? AND id <= ? ORDER BY at_ms LIMIT ?",
  );
  const forget = ["calls", "call_receipts", "call_contents"].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE id = ?`)
  );
  const untag = database.prepare("DELETE FROM call_tags WHERE tag = ? AND at_ms = ? AND id = ?");
  const ends = database.prepare(
    `SELECT from_ms FROM call_summaries WHERE cube = ? AND span_ms = ? AND from_ms < ?
    ORDER BY cube, span_ms, from_ms LIMIT 1 OFFSET ?`,
  );
  const forgetSums = database.prepare(
    "DELETE FROM call_summaries WHERE cube = ? AND span_ms = ? AND from_ms < ?",
  );

  return (nowMs) => sweepCalls(nowMs) || sweepSums(nowMs) || giveBack();

  function sweepCalls(nowMs: number): boolean {
    const beforeMs = startOfDay(nowMs, callDays);
    return transaction(database, () => {
      raise(callsFrom, beforeMs);
      const rows = old.all(beforeMs, marks.get(summedId), callsAtOnce);
      for (const { id, at_ms: atMs, tags } of rows) {
        for (const statement of forget) statement.run(Number(id));
        if (tags === null) continue;
        for (const tag of JSON.parse(String(tags)) as string[]) untag.run(tag, Number(atMs), Number(id));
      }
      return rows.length === callsAtOnce;
    });
  }

  function sweepSums(nowMs: number): boolean {
    return transaction(database, () => {
      for (const { name, spans } of cubes) {
        for (const [spanMs, keptDays] of spans) {
          const beforeMs = startOfDay(nowMs, keptDays);
          raise(sumsFrom(name, spanMs), beforeMs);
          // Up to the moment in which the bound lies, that moment included: a whole one at least, so that this ends.
          const end = ends.get(name, spanMs, beforeMs, sumsAtOnce)?.["from_ms"];
          const untilMs = end === undefined ? beforeMs : Number(end) + 1;
          if (forgetSums.run(name, spanMs, untilMs).changes > 0 && end !== undefined) return true;
        }
      }
      return false;
    });
  }

  function giveBack(): boolean {
    const free = pragma(database, "freelist_count");
    if (free < freePages || free < freeShare * pragma(database, "page_count")) return false;
    database.exec(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
    return pragma(database, "freelist_count") < free;
  }

  function raise(mark: string, toMs: number): void {
    if (marks.get(mark) < toMs) marks.set(mark, toMs);
  }
}

/** Whole days are forgotten: so the moment from which things are there is the beginning of every longer span too. */
function startOfDay(nowMs: number, days: number): number {
  return Math.max(0, (Math.floor(nowMs / dayMs) - days) * dayMs);
}
