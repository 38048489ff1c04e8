/** The answers of rows on their way from a worker to the journal: a stream in Redis that outlasts both. */

import type { Redis } from "ioredis";
import { readAs, type RowReport, rowReportSchema } from "./queue-form.ts";
import type { JobKeys } from "./queue-keys.ts";

/** An answer as it lies there, until it is taken away. */
export interface WaitingAnswer {
  readonly entry: string;
  /** `undefined`: what lies there is no answer. */
  readonly report: RowReport | undefined;
}

/** Longer than anybody works on a chunk; the marks of one that is done are removed at once. */
const marksMs = 86_400_000;

/**
 * Marks the row as answered and adds the answer, both or none. Sent twice because a connection broke, it is added once; a second
 * answer of the same row, by a worker that was taken for dead, was paid too and is added.
 */
const reportScript = `
local before = redis.call("HGET", KEYS[2], ARGV[1])
if before == ARGV[2] then return 0 end
redis.call("HSET", KEYS[2], ARGV[1], ARGV[2])
redis.call("PEXPIRE", KEYS[2], ${marksMs})
redis.call("XADD", KEYS[1], "*", "row", ARGV[3])
return 1`;

/** @param nonce of this answer, unlike those of all others */
export async function sendAnswer(
  client: Redis,
  keys: JobKeys,
  chunk: string,
  report: RowReport,
  nonce: string,
): Promise<void> {
  const { index } = report.record;
  await client.eval(reportScript, 2, keys.answers, keys.chunk(chunk), index, nonce, JSON.stringify(report));
}

/** Rows of a chunk that have been answered. */
export async function answeredRows(
  client: Redis,
  keys: JobKeys,
  chunk: string,
): Promise<ReadonlySet<number>> {
  return new Set((await client.hkeys(keys.chunk(chunk))).map(Number));
}

const atOnce = 500;

/** All that lies there now, oldest first. */
export async function eachAnswer(
  client: Redis,
  keys: JobKeys,
  take: (answer: WaitingAnswer) => void | Promise<void>,
): Promise<void> {
  let from = "-";
  for (;;) {
    const entries = await client.xrange(keys.answers, from, "+", "COUNT", atOnce);
    for (const entry of entries) await take(answerOf(entry));
    const last = entries.at(-1);
    if (last === undefined || entries.length < atOnce) return;
    from = `(${last[0]}`;
  }
}

/** Waits for what comes after an entry, and gives nothing when nothing comes for a while. */
export async function nextAnswers(
  reader: Redis,
  keys: JobKeys,
  after: string,
  waitMs: number,
): Promise<readonly WaitingAnswer[]> {
  const found = await reader.xread("COUNT", atOnce, "BLOCK", waitMs, "STREAMS", keys.answers, after);
  return (found?.[0]?.[1] ?? []).map(answerOf);
}

function answerOf([entry, fields]: [id: string, fields: string[]]): WaitingAnswer {
  return { entry, report: readAs(rowReportSchema, fields[1]) };
}
