/** Fills a file with calls as a busy month of a gateway would: few models for most calls and for each key, many users, some failures. */

import { DatabaseSync } from "node:sqlite";
import { cubesOf, dayMs } from "../../../plugins/sinks/sqlite/cubes.ts";
import { openDatabase } from "../../../plugins/sinks/sqlite/database.ts";
import { summariser } from "../../../plugins/sinks/sqlite/summarise.ts";
import { sweeper } from "../../../plugins/sinks/sqlite/sweep.ts";

/** Calls that one statement makes, and that one transaction sums up. */
const madeAtOnce = 250_000;
const summedAtOnce = 250_000;

export function fillCalls(path: string, count: number, nowMs: number, days: number): void {
  openDatabase(path).close();
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -500000");
  const indexes = database.prepare(
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL",
  ).all();
  for (const { name } of indexes) database.exec(`DROP INDEX ${String(name)}`);

  timed("rows", count, () => {
    for (let from = 0; from < count; from += madeAtOnce) {
      makeCalls(
        database,
        from,
        Math.min(count, from + madeAtOnce),
        nowMs - days * dayMs,
        (days * dayMs) / count,
      );
    }
  });
  timed("indexes", count, () => {
    for (const { sql } of indexes) database.exec(String(sql));
  });
  const cubes = cubesOf(400, 1000);
  // Says first what is too old to be summed up by the minute.
  sweeper(database, cubes, 30)(nowMs);
  timed("sums", count, () => {
    const summarise = summariser(database, cubes);
    while (summarise(summedAtOnce) > 0);
  });
  database.exec("PRAGMA journal_mode = WAL");
  database.close();
}

/** One call every so many milliseconds; who asks what is drawn with a few names for most of the calls. */
function makeCalls(database: DatabaseSync, from: number, to: number, startMs: number, everyMs: number): void {
  database.exec("BEGIN");
  database.prepare(`
    INSERT INTO calls (${columns})
    SELECT
      n + 1, printf('call_1a2b3c4d%08x', n), CAST(? + n * ? AS INTEGER),
      iif(model < 28, 'text', 'embedding'), r2 < 0.7, 'vendor-' || (model % 6), 'model-' || model,
      'model-' || model || '-2026-01', 'account-' || (n % 2),
      iif(failed, 'failed', 'ok'),
      iif(failed, CASE n % 4 WHEN 0 THEN 'timed-out' WHEN 1 THEN 'overloaded' ELSE 'rate-limited' END, ''),
      latency, iif(r2 < 0.7, first, NULL),
      CAST(ln(latency / 0.1) / ln(1.08) AS INTEGER) + 1, iif(r2 < 0.7, CAST(ln(first / 0.1) / ln(1.08) AS INTEGER) + 1, NULL),
      CAST(200 + 3000 * r4 AS INTEGER), CAST(50 + 600 * r3 AS INTEGER),
      iif(n % 3 = 0, CAST(100 * r4 AS INTEGER), 0), 0, 0, NULL,
      iif(n % 50 = 0, NULL, CAST(1000000 * r4 * (1 + model) AS INTEGER)), iif(hit, CAST(1000000 * r4 AS INTEGER), 0),
      iif(hit, 'hit', iif(r5 < 0.8, 'miss', 'off')), n % 70 = 0, iif(n % 40 = 0, 2, 1), n % 80 = 40, n % 80 = 0,
      '', 'user-' || user, 'team-' || (key % 10), 'key-' || key, 'openai-chat',
      CASE WHEN n % 5 = 0 THEN printf('["tag-%d"]', n % 20) WHEN n % 7 = 0 THEN '["batch","nightly"]' END, 1
    FROM (SELECT n, r2, r3, r4, r5, (CAST(100 * r6 * r6 AS INTEGER) * 7 + CAST(6 * r1 * r1 AS INTEGER)) % 30 AS model, CAST(100 * r6 * r6 AS INTEGER) AS key,
        CAST(100 * r6 * r6 AS INTEGER) * 20 + CAST(20 * r5 * r5 AS INTEGER) AS user, r7 < 0.03 AS failed, r7 > 0.8 AS hit,
        80 + 4000 * r3 * r3 * r3 AS latency, 60 + 900 * r4 * r4 AS first
      FROM (SELECT n, ${draws}
        FROM (WITH RECURSIVE made(n) AS (SELECT CAST(? AS INTEGER) UNION ALL SELECT n + 1 FROM made WHERE n + 1 < ?)
          SELECT n FROM made)))
  `).run(startMs, everyMs, from, to);
  const after = "c.id > ?";
  database.prepare(`
    INSERT INTO call_receipts SELECT c.id, json_object('callId', c.call_id, 'startedAtMs', c.at_ms, 'latencyMs', c.latency_ms,
      'cache', c.cache, 'deduplicated', json('false'), 'steps', json_array(json_object('atMs', 0, 'by', 'resolve',
      'what', hex(zeroblob(200)))), 'attempts', json('[]'), 'warnings', json('[]')) FROM calls c WHERE ${after}
  `).run(from);
  database.prepare(`
    INSERT INTO call_tags SELECT t.value, c.at_ms, c.id FROM calls c, json_each(c.tags) t
    WHERE ${after} AND c.tags NOT NULL ORDER BY 1, 2, 3
  `).run(from);
  database.exec("COMMIT");
}

/** Numbers from 0 to 1 that depend on `n` alone, so that what is made of one of them fits together. */
const draws = [40503, 69069, 16807, 48271, 22695477, 6364137, 11035152].map((factor, index) =>
  `((n * ${factor} * 1031 + (n >> 5) * ${factor + 2 * index + 1} * 7919) & 16777215) / 16777216.0 AS r${
    index + 1
  }`
).join(", ");

const columns =
  `id, call_id, at_ms, modality, stream, provider, model, upstream_model, account, status, error, latency_ms,
  first_part_ms, latency_bucket, first_part_bucket, input_tokens, output_tokens, cached_tokens, cache_write_tokens,
  reasoning_tokens, more_usage, cost_nano_usd, saved_nano_usd, cache, deduplicated, attempts, retries, failovers, tenant, user,
  team, key, format, tags, writer`;

function timed(what: string, count: number, work: () => void): void {
  const startMs = performance.now();
  work();
  const ms = performance.now() - startMs;
  console.log(`${what}: ${(ms / 1000).toFixed(1)} s, ${(ms * 1000 / count).toFixed(2)} us for each call`);
}
