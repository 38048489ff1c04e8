/** Who used what: requests, tokens and money by key, user, team, model, provider, tag and hour. */

import { setImmediate } from "node:timers";
import type { CallRecord, Clock, Logger } from "../../contract/index.ts";
import { type LoomError, loomError } from "../../errors/index.ts";
import { consoleLogger } from "../../runtime/console-logger.ts";
import { usageBuffer } from "./buffer.ts";
import { openDatabase } from "./database.ts";
import { rowSum } from "./row-sum.ts";
import type { UsageQuery, UsageRow } from "./rows.ts";

export interface UsageOptions {
  /** A file of SQLite, which several processes may share. Default: in memory, for as long as the process lives. */
  readonly file?: string;
  readonly clock: Pick<Clock, "now" | "after">;
  readonly logger?: Pick<Logger, "warn">;
  /** How many days are kept. Default 400. */
  readonly retentionDays?: number;
  /**
   * Most combinations of names in one hour, for each process. Beyond it users and models become `other` and tags are left
   * out; beyond twice as many keys, teams and providers become `other` too. Default 10,000.
   */
  readonly maxPerHour?: number;
}

export interface Usage {
  /**
   * Counts a finished call. It is in the file within 200 ms: a process that is killed loses no more than that.
   * Calls added after `close` are not counted.
   */
  add(record: CallRecord, keyId: string): void;
  /**
   * What was used, by everything that writes to the file, this process's latest calls included.
   * @throws LoomError `invalid-request`, when there are too many groups; an Error of SQLite, when the file cannot be read
   */
  query(query: UsageQuery): Promise<readonly UsageRow[]>;
  /** Writes what is pending. What could not be written is tried again later. */
  flush(): void;
  /** Writes what is pending and lets go of the file. Safe to call twice. */
  close(): Promise<void>;
}

const flushMs = 200;
const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** More than this is written at once, so that no single write takes long. */
const maxPending = 2000;
/** While the file cannot be written, combinations beyond this are dropped and reported. */
const maxStuck = 50_000;
/** Grouping by everything over a year would not fit into an answer. */
const maxRows = 100_000;
/** Read in one go while calls wait. */
const hoursAtOnce = 6;
const pruneHours = 4;

/** @throws LoomError `config-invalid`, when the file cannot be opened */
export function createUsage(options: UsageOptions): Usage {
  const { file, clock, logger = consoleLogger(), retentionDays = 400, maxPerHour = 10_000 } = options;
  const database = openDatabase(file);
  const buffer = usageBuffer(maxPerHour);
  let cancel: (() => void) | undefined;
  let closing: Promise<void> | undefined;
  let pruneAtMs = -Infinity;
  let failing = false;
  let dropped = 0;

  function flush(): void {
    cancel?.();
    cancel = undefined;
    try {
      if (buffer.size > 0) database.write(buffer.entries());
      buffer.clear();
      prune();
      if (failing) logger.warn(`usage is written again; ${dropped} calls were not counted meanwhile`);
      [failing, dropped] = [false, 0];
    } catch (error) {
      if (!failing) logger.warn(`usage cannot be written and waits in memory: ${(error as Error).message}`);
      failing = true;
      if (closing === undefined) later();
    }
  }

  function later(): void {
    cancel ??= clock.after(flushMs, flush, { background: true });
  }

  /** A few old hours with each flush, so that no single one takes long. */
  function prune(): void {
    const now = clock.now();
    if (now < pruneAtMs) return;
    const oldest = Math.floor((now - retentionDays * dayMs) / hourMs);
    for (let hours = 0; hours < pruneHours; hours++) {
      const { first, end } = database.hours();
      if (first >= oldest || first === end) {
        pruneAtMs = now + hourMs;
        return;
      }
      database.forget(first);
    }
  }

  async function end(): Promise<void> {
    flush();
    if (buffer.size > 0) {
      logger.warn(`usage of ${buffer.size} kinds of calls could not be written and is lost`);
    }
    database.close();
  }

  return {
    add(record, keyId) {
      if (closing !== undefined) return;
      if (failing && buffer.size >= maxStuck) {
        dropped++;
        return;
      }
      buffer.add(record, keyId);
      if (buffer.size >= maxPending && !failing) flush();
      else later();
    },
    async query(query) {
      checkOpen();
      flush();
      const { fromMs, toMs, groupBy = [] } = query;
      const { first, end } = database.hours();
      const [from, to] = [
        Math.max(first, Math.floor(fromMs / hourMs)),
        Math.min(end, Math.ceil(toMs / hourMs)),
      ];
      const rows = rowSum(groupBy);
      const read = database.reader(query);
      for (let hour = from; hour < to; hour += hoursAtOnce) {
        rows.add(read(hour, Math.min(to, hour + hoursAtOnce)));
        if (rows.size > maxRows) throw tooMany();
        // Calls go first.
        await new Promise<void>((resolve) => void setImmediate(resolve));
        checkOpen();
      }
      return rows.sorted();
    },
    flush,
    close: () => closing ??= end(),
  };

  function checkOpen(): void {
    if (closing !== undefined) throw loomError("closed", "the accounts of usage are closed", {});
  }
}

function tooMany(): LoomError {
  return loomError(
    "invalid-request",
    `group_by gives more than ${maxRows} rows; ask for a shorter time, fewer groups or a filter`,
    { path: "group_by" },
  );
}
