/** The file of SQLite that usage is kept in: one row per hour and combination of names, to which every process adds. */

import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { loomError } from "../../errors/index.ts";
import type { Entry } from "./buffer.ts";
import { selectOf } from "./select.ts";
import { type Grouping, groupings, type UsageQuery, type UsageRow } from "./rows.ts";

/** Reads the rows from one hour to before another. */
export type ReadHours = (fromHour: number, toHour: number) => readonly UsageRow[];

/** Other tables of the file are others' business. */
const schema = `
  CREATE TABLE IF NOT EXISTS gateway_usage (
    hour INTEGER NOT NULL,
    key TEXT NOT NULL,
    user TEXT NOT NULL,
    team TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    format TEXT NOT NULL,
    tags TEXT NOT NULL,
    requests INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    cache_hits INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost_nano_usd INTEGER NOT NULL,
    saved_nano_usd INTEGER NOT NULL,
    unpriced_requests INTEGER NOT NULL,
    PRIMARY KEY (hour, key, user, team, provider, model, format, tags)
  ) STRICT, WITHOUT ROWID;
`;

const upsert = `
  INSERT INTO gateway_usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET
    requests = requests + excluded.requests,
    errors = errors + excluded.errors,
    cache_hits = cache_hits + excluded.cache_hits,
    input_tokens = input_tokens + excluded.input_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    cached_tokens = cached_tokens + excluded.cached_tokens,
    reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
    cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,
    saved_nano_usd = saved_nano_usd + excluded.saved_nano_usd,
    unpriced_requests = unpriced_requests + excluded.unpriced_requests
`;

/**
 * How long a write waits for that of another process. It holds up this whole process, so it is short: what could not be
 * written stays in memory and is written next time.
 */
const busyMs = 100;

/** Opening and closing wait longer: nothing is served then, and all workers do it at the same moment. */
const patientMs = 5000;

export interface UsageDatabase {
  /** All or nothing. @throws Error of SQLite */
  write(entries: Iterable<Entry>): void;
  /** Gives what answers a question hour by hour: a long time at once would hold up the whole process. */
  reader(query: UsageQuery): ReadHours;
  /** The first hour that there is, and the one after the last. */
  hours(): { readonly first: number; readonly end: number };
  /** Forgets one hour. */
  forget(hour: number): void;
  /** Has the next write wait longer for other processes: the last one cannot be tried again. */
  patient(): void;
  close(): void;
}

/** @param file default: in memory. @throws LoomError `config-invalid`, when it cannot be opened */
export function openDatabase(file: string | undefined): UsageDatabase {
  const database = open(file);
  const add = database.prepare(upsert);
  const edges = {
    first: database.prepare("SELECT min(hour) AS hour FROM gateway_usage"),
    last: database.prepare("SELECT max(hour) AS hour FROM gateway_usage"),
  };
  const forget = database.prepare("DELETE FROM gateway_usage WHERE hour = ?");

  return {
    write(entries) {
      database.exec("BEGIN IMMEDIATE");
      try {
        for (const { subject, sums } of entries) add.run(...columns({ subject, sums }));
        database.exec("COMMIT");
      } catch (error) {
        // Some faults, such as a full disk, have ended the transaction already.
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    reader(query) {
      const { sql, values } = selectOf(query);
      const statement = database.prepare(sql);
      return (fromHour, toHour) => statement.all(fromHour, toHour, ...values).map(rowOf);
    },
    hours() {
      // Each by itself: asked for both at once SQLite would look at every row.
      const [first, last] = [edges.first.get(), edges.last.get()].map((row) => row?.["hour"]);
      return typeof first === "number" && typeof last === "number"
        ? { first, end: last + 1 }
        : { first: 0, end: 0 };
    },
    forget: (hour) => void forget.run(hour),
    patient: () => database.exec(`PRAGMA busy_timeout = ${patientMs}`),
    close: () => database.close(),
  };
}

function open(file: string | undefined): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file ?? ":memory:");
    // A crash of the process loses nothing that was committed; a crash of the machine at most the last seconds.
    database.exec(
      `PRAGMA busy_timeout = ${patientMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${schema}
      PRAGMA busy_timeout = ${busyMs};`,
    );
    return database;
  } catch (cause) {
    database?.close();
    throw loomError(
      "config-invalid",
      `dataFile ${file} cannot be opened as a file of SQLite: ${(cause as Error).message}`,
      { path: "dataFile", ...(file === undefined ? {} : { file }) },
      { cause },
    );
  }
}

function columns({ subject, sums }: Entry): SQLInputValue[] {
  return [
    subject.hour,
    subject.key,
    subject.user,
    subject.team,
    subject.provider,
    subject.model,
    subject.format,
    subject.tags,
    sums.requests,
    sums.errors,
    sums.cacheHits,
    sums.inputTokens,
    sums.outputTokens,
    sums.cachedTokens,
    sums.reasoningTokens,
    sums.costNanoUsd,
    sums.savedNanoUsd,
    sums.unpricedRequests,
  ];
}

function rowOf(row: Readonly<Record<string, unknown>>): UsageRow {
  const figure = (column: string) => Number(row[column] ?? 0);
  const groups: Partial<Record<Grouping, string>> = {};
  for (const group of groupings) if (`by_${group}` in row) groups[group] = String(row[`by_${group}`] ?? "");
  const [inputTokens, outputTokens] = [figure("input_tokens"), figure("output_tokens")];
  return {
    ...groups,
    requests: figure("requests"),
    errors: figure("errors"),
    cacheHits: figure("cache_hits"),
    inputTokens,
    outputTokens,
    cachedTokens: figure("cached_tokens"),
    reasoningTokens: figure("reasoning_tokens"),
    totalTokens: inputTokens + outputTokens,
    costUsd: figure("cost_nano_usd") / 1e9,
    unpricedRequests: figure("unpriced_requests"),
    savedUsd: figure("saved_nano_usd") / 1e9,
  };
}
