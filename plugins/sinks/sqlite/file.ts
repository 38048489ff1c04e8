/** Everything that is done to the file. It takes its time, so it runs in a thread of its own. */

import type {
  CallDimension,
  CallFilter,
  CallPage,
  CallRecord,
  CallTotals,
  TimeSpan,
} from "../../../src/plugin.ts";
import { cubesOf } from "./cubes.ts";
import { openDatabase, openForReading } from "./database.ts";
import { inserter } from "./insert.ts";
import { type PageQuery, pageReader } from "./pages.ts";
import { callRecord, callSelection } from "./read-call.ts";
import { name, type StoredCall } from "./stored-call.ts";
import { summariser } from "./summarise.ts";
import { sumsReader } from "./sums.ts";
import { sweeper } from "./sweep.ts";

export interface FileOptions {
  readonly path: string;
  readonly retainDays: number;
  readonly retainSummaryDays: number;
  /** Most names of one dimension in one span of the sums. */
  readonly maxNames: number;
  /** How long a write waits for another process. */
  readonly busyMs?: number;
  /** Most pages that the file may have. Default: as many as the disk takes. */
  readonly maxPages?: number;
  readonly readOnly?: boolean;
}

/** What the thread is asked. All of it may throw what SQLite says. */
export interface CallFile {
  write(calls: readonly StoredCall[]): void;
  /** Sums up what was written, some at a time; gives whether there may be more to do. */
  summarise(): boolean;
  /** Forgets what is old, some at a time; gives whether there may be more to do. */
  sweep(nowMs: number): boolean;
  totals(span: TimeSpan, filter: CallFilter): CallTotals;
  series(
    span: TimeSpan,
    stepMs: number,
    filter: CallFilter,
  ): readonly (CallTotals & { readonly atMs: number })[];
  breakdown(
    span: TimeSpan,
    by: CallDimension,
    filter: CallFilter,
    limit: number,
  ): readonly (CallTotals & { readonly name: string })[];
  calls(query: PageQuery): CallPage;
  call(callId: string): CallRecord | undefined;
  /** The id of the newest call. */
  newestId(): number;
  /** Calls that others have written since, oldest first, some at a time. */
  written(
    afterId: number,
    notBy: number,
  ): { readonly records: readonly CallRecord[]; readonly lastId: number };
  close(): void;
}

/** Calls that are summed up in one transaction: the more the cheaper, the fewer the sooner others may write. */
const summedAtOnce = 4000;
const followedAtOnce = 500;

/** @throws UnusableFile */
export function openFile(options: FileOptions): CallFile {
  const { path, retainDays, retainSummaryDays, maxNames, busyMs, maxPages, readOnly = false } = options;
  const database = readOnly ? openForReading(path) : openDatabase(path, busyMs);
  if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${Math.floor(maxPages)}`);
  const cubes = cubesOf(retainSummaryDays, maxNames);
  const summariseSome = summariser(database, cubes);
  const sweep = sweeper(database, cubes, retainDays);
  const { totals, series, breakdown } = sumsReader(database, cubes);
  const whole = `SELECT c.id, ${callSelection}, r.receipt, x.content
    FROM calls c JOIN call_receipts r ON r.id = c.id LEFT JOIN call_contents x ON x.id = c.id`;
  const one = database.prepare(`${whole} WHERE c.call_id = ? ORDER BY c.at_ms DESC, c.id DESC LIMIT 1`);
  const newer = database.prepare(`${whole} WHERE c.id > ? AND c.writer <> ? ORDER BY c.id LIMIT ?`);
  const newest = database.prepare("SELECT max(id) AS id FROM calls");
  const newestId = () => Number(newest.get()?.["id"] ?? 0);

  return {
    write: inserter(database),
    summarise: () => summariseSome(summedAtOnce) === summedAtOnce,
    sweep,
    totals,
    series,
    breakdown,
    calls: pageReader(database, cubes),
    call(callId) {
      const row = one.get(name(callId));
      return row === undefined ? undefined : callRecord(row);
    },
    newestId,
    written(afterId, notBy) {
      const upTo = newestId();
      const rows = newer.all(afterId, notBy, followedAtOnce);
      const lastId = rows.length < followedAtOnce ? upTo : Number(rows.at(-1)?.["id"]);
      return { records: rows.map(callRecord), lastId: Math.max(afterId, lastId) };
    },
    close: () => database.close(),
  };
}
