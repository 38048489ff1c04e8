/** What a history must answer, reckoned in the plainest way over all records; and calls to reckon with. */

import assert from "node:assert/strict";
import type { CallDimension, CallFilter, CallTotals, Percentiles, TimeSpan } from "../contract/history.ts";
import type { Attempt } from "../contract/receipt.ts";
import type { CallRecord } from "../contract/sink.ts";
import { fakeRecord } from "./sink-suite.ts";

export const dimensions: readonly CallDimension[] = [
  "provider",
  "model",
  "account",
  "team",
  "user",
  "key",
  "tag",
  "modality",
  "status",
  "error",
  "cache",
];

/** Numbers from 0 to 1 that are the same each time. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Calls of all kinds, in no order of time, within the four days before `nowMs`. */
export function randomCalls(count: number, nowMs: number, random: () => number): CallRecord[] {
  const pick = <T>(...from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const maybe = <T extends object>(share: number, some: T): T | Record<string, never> =>
    random() < share ? some : {};
  return Array.from({ length: count }, (_, index) => {
    const model = pick("m1", "m2", "m3");
    const provider = model === "m3" ? "other-vendor" : "acme";
    const failed = random() < 0.2;
    const tries = failed || random() < 0.2 ? pick(1, 2, 3) : 1;
    const callId = `call-${index}`;
    const atMs = nowMs - Math.floor(random() ** 2 * 4 * 86_400_000);
    const latencyMs = Math.round(10 ** (1 + 3 * random()) * 100) / 100;
    const account = maybe(0.6, { account: pick("first", "second") });
    const attempts = Array.from({ length: tries }, (_, place): Attempt => ({
      provider: place < tries - 1 ? "acme" : provider,
      model: place < tries - 1 ? "m1" : model,
      upstreamModel: model,
      attempt: place < tries - 1 || model === "m1" ? place + 1 : 1,
      ...account,
      startedMs: 0,
      latencyMs: 1,
      status: place < tries - 1 || failed ? "failed" : "ok",
    }));
    return fakeRecord({
      callId,
      atMs,
      provider,
      model,
      latencyMs,
      ...(random() < 0.5 ? {} : { firstPartMs: latencyMs / 2 }),
      modality: pick("text", "text", "text", "image"),
      status: failed ? pick("failed", "cancelled") : "ok",
      ...(failed ? { errorCode: pick("rate-limited", "timed-out", "aborted") } : {}),
      cache: pick("off", "miss", "hit", "semantic-hit"),
      deduplicated: random() < 0.1,
      costUsd: random() < 0.1 ? null : Math.floor(random() * 1e6) / 1e9,
      savedUsd: pick(0, 0.000_25, null),
      attempts: tries,
      ...maybe(0.7, { team: pick("a", "b") }),
      ...maybe(0.8, { user: `user-${Math.floor(random() * 12)}` }),
      ...maybe(0.5, { via: { keyId: pick("k1", "k2", "k3"), format: "openai-chat" } }),
      ...maybe(0.4, { tags: pick(["x"], ["y", "x"], ["y", "y", "z"]) }),
      receipt: { ...fakeRecord().receipt, callId, attempts },
    });
  });
}

/** The values of a call in a dimension. */
export function valuesOf(record: CallRecord, dimension: CallDimension): readonly string[] {
  if (dimension === "tag") return record.tags?.length ? [...new Set(record.tags)] : [""];
  if (dimension === "key") return [record.via?.keyId ?? ""];
  if (dimension === "error") return [record.errorCode ?? ""];
  if (dimension === "account") {
    const { attempts } = record.receipt;
    return [(attempts.findLast(({ status }) => status === "ok") ?? attempts.at(-1))?.account ?? ""];
  }
  return [record[dimension] ?? ""];
}

/** The calls that a question is about. */
export function selected(
  records: readonly CallRecord[],
  { fromMs, toMs }: TimeSpan,
  filter: CallFilter,
): CallRecord[] {
  return records.filter((record) =>
    record.atMs >= fromMs && record.atMs < toMs &&
    Object.entries(filter).every(([dimension, wanted]) =>
      valuesOf(record, dimension as CallDimension).some((value) => wanted.includes(value))
    )
  );
}

/** Asserts that totals are those of the calls; times to 5 percent, since they come from buckets. */
export function assertTotals(actual: CallTotals, calls: readonly CallRecord[], what: string): void {
  const sum = (of: (record: CallRecord) => number) => calls.reduce((total, record) => total + of(record), 0);
  const count = (of: (record: CallRecord) => boolean) => calls.filter(of).length;
  const retries = ({ receipt }: CallRecord) => receipt.attempts.filter(({ attempt }) => attempt > 1).length;
  const { latency, firstPart, ...figures } = actual;
  // Whatever else a row carries (its name, its time) is no figure.
  const { atMs: _atMs, name: _name, ...sums } = figures as typeof figures & { atMs?: number; name?: string };
  assert.deepEqual(sums, {
    requests: calls.length,
    failed: count(({ status }) => status === "failed"),
    cancelled: count(({ status }) => status === "cancelled"),
    cacheHits: count(({ cache }) => cache.endsWith("hit")),
    cacheAsked: count(({ cache }) => cache !== "off"),
    deduplicated: count(({ deduplicated }) => deduplicated),
    retries: sum(retries),
    failovers: sum((record) => Math.max(0, record.receipt.attempts.length - 1 - retries(record))),
    inputTokens: sum(({ usage }) => usage?.inputTokens ?? 0),
    outputTokens: sum(({ usage }) => usage?.outputTokens ?? 0),
    cachedTokens: sum(({ usage }) => usage?.cachedTokens ?? 0),
    costNanoUsd: sum(({ costUsd }) => Math.round((costUsd ?? 0) * 1e9)),
    savedNanoUsd: sum(({ savedUsd }) => Math.round((savedUsd ?? 0) * 1e9)),
    unpriced: count(({ costUsd }) => costUsd === null),
  }, what);
  assertPercentiles(latency, calls.map(({ latencyMs }) => latencyMs), `${what}: latency`);
  const firstParts = calls.flatMap(({ firstPartMs }) => firstPartMs === undefined ? [] : [firstPartMs]);
  assertPercentiles(firstPart, firstParts, `${what}: first part`);
}

function assertPercentiles(actual: Percentiles, times: number[], what: string): void {
  times.sort((a, b) => a - b);
  assert.equal(actual.count, times.length, what);
  for (const [share, ms] of [[0.5, actual.p50Ms], [0.95, actual.p95Ms], [0.99, actual.p99Ms]] as const) {
    const exact = times[Math.ceil(times.length * share) - 1] ?? 0;
    assert.ok(Math.abs(ms - exact) <= exact * 0.05 + 0.1, `${what}: p${share * 100} is ${exact}, not ${ms}`);
  }
}
