/** The accounts of usage: what each call adds, how questions group and narrow it, and what survives. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CallRecord } from "../../../src/contract/index.ts";
import { createUsage, type Grouping, type Usage, type UsageQuery } from "../../../src/gateway/usage/index.ts";
import { fakeClock, fakeRecord } from "../../../src/testing.ts";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";

const startMs = fakeClock().now();
const hourMs = 3_600_000;
const year: UsageQuery = { fromMs: startMs - 24 * hourMs, toMs: startMs + 365 * 24 * hourMs };

function usageOf(records: readonly (CallRecord | readonly [CallRecord, string])[]): Usage {
  const usage = createUsage({ clock: fakeClock() });
  for (const one of records) {
    if ("callId" in one) usage.add(one, "k1");
    else usage.add(...one);
  }
  return usage;
}

const rowsBy = (usage: Usage, groupBy: readonly Grouping[], change: Partial<UsageQuery> = {}) =>
  usage.query({ ...year, groupBy, ...change });

/** Each group's names and number of requests. */
const counts = async (usage: Usage, groupBy: readonly Grouping[], change: Partial<UsageQuery> = {}) =>
  (await rowsBy(usage, groupBy, change)).map((row) => [...groupBy.map((name) => row[name]), row.requests]);

describe("usage", () => {
  it("adds up everything a call used", async () => {
    const usage = usageOf([
      fakeRecord({ savedUsd: 0.5 }),
      fakeRecord({ status: "failed", errorCode: "overloaded", costUsd: 0.1 }),
      fakeRecord({ status: "cancelled", errorCode: "aborted", costUsd: 0.2 }),
      fakeRecord({ cache: "hit", costUsd: null, savedUsd: null }),
      fakeRecord({ cache: "semantic-hit", costUsd: NaN }),
    ]);
    assert.deepEqual(await usage.query(year), [{
      requests: 5,
      errors: 1,
      cacheHits: 2,
      inputTokens: 500,
      outputTokens: 100,
      cachedTokens: 200,
      reasoningTokens: 25,
      totalTokens: 600,
      costUsd: 0.30123,
      unpricedRequests: 2,
      savedUsd: 0.5,
    }]);
  });

  it("groups by everything it knows, in order", async () => {
    const usage = usageOf([
      [fakeRecord({ user: "u1", team: "a", via: { keyId: "k1", format: "openai-chat" } }), "k1"],
      [fakeRecord({ user: "u2", team: "a", model: "m2" }), "k1"],
      [fakeRecord({ team: "b", provider: "zeta", atMs: startMs + 25 * hourMs }), "k2"],
    ]);
    assert.deepEqual(await counts(usage, ["key"]), [["k1", 2], ["k2", 1]]);
    assert.deepEqual(await counts(usage, ["user"]), [["", 1], ["u1", 1], ["u2", 1]]);
    assert.deepEqual(await counts(usage, ["team", "model"]), [["a", "m1", 1], ["a", "m2", 1], [
      "b",
      "m1",
      1,
    ]]);
    assert.deepEqual(await counts(usage, ["provider"]), [["acme", 2], ["zeta", 1]]);
    assert.deepEqual(await counts(usage, ["day"]), [["2026-01-01", 2], ["2026-01-02", 1]]);
    assert.deepEqual(await counts(usage, ["hour"]), [["2026-01-01T00:00:00Z", 2], [
      "2026-01-02T01:00:00Z",
      1,
    ]]);
    assert.deepEqual(await counts(usage, ["format"]), [["", 2], ["openai-chat", 1]]);
  });

  it("counts a call under each of its tags, but once in all", async () => {
    const usage = usageOf([
      fakeRecord({ tags: ["b", "a", "b"] }),
      fakeRecord({ tags: ["a"], model: "m2" }),
      fakeRecord(),
    ]);
    assert.deepEqual(await counts(usage, ["tag"]), [["", 1], ["a", 2], ["b", 1]]);
    assert.deepEqual(await counts(usage, []), [[3]]);
    assert.deepEqual(await counts(usage, ["model"], { filter: { tag: ["a", "b"] } }), [["m1", 1], ["m2", 1]]);
    assert.deepEqual(await counts(usage, ["tag", "model"], { filter: { tag: ["a"] } }), [["a", "m1", 1], [
      "a",
      "m2",
      1,
    ]]);
    assert.deepEqual(await counts(usage, [], { filter: { tag: [""] } }), [[1]]);
  });

  it("narrows by any of several values, hostile ones included", async () => {
    const hostile = "'; DROP TABLE gateway_usage; --";
    const usage = usageOf([[fakeRecord({ user: hostile }), hostile], fakeRecord(), [fakeRecord(), "k2"]]);
    assert.deepEqual(await counts(usage, ["key"], { filter: { key: ["k1", hostile] } }), [[hostile, 1], [
      "k1",
      1,
    ]]);
    assert.deepEqual(await counts(usage, [], { filter: { user: [hostile], key: ["k1"] } }), [[0]]);
    assert.deepEqual(await counts(usage, []), [[3]]);
  });

  it("counts whole hours from the one in which the time begins", async () => {
    const usage = usageOf([0, 1, 2].map((hour) => fakeRecord({ atMs: startMs + hour * hourMs + 60_000 })));
    const between = (fromMs: number, toMs: number) =>
      counts(usage, [], { fromMs: startMs + fromMs, toMs: startMs + toMs });
    assert.deepEqual(await between(0, hourMs), [[1]]);
    assert.deepEqual(await between(hourMs / 2, hourMs), [[1]]);
    assert.deepEqual(await between(hourMs, 2 * hourMs + 1), [[2]]);
  });

  it("charges a failed attempt to the provider that billed it, and counts the call once", async () => {
    const { receipt, usage: tokens } = fakeRecord();
    const attempt = {
      provider: "zeta",
      model: "z1",
      upstreamModel: "z1",
      attempt: 1,
      startedMs: 0,
      latencyMs: 1,
      status: "failed" as const,
      usage: tokens!,
      bill: { nanoUsd: 1_000_000, lines: [], unpriced: [] },
    };
    const answered = { ...attempt, provider: "acme", model: "m1", status: "ok" as const };
    const record = fakeRecord({
      attempts: 2,
      costUsd: 0.002,
      receipt: { ...receipt, attempts: [attempt, answered] },
    });
    const rows = await rowsBy(usageOf([record]), ["provider"]);
    assert.deepEqual(rows.map((row) => [row.provider, row.requests, row.inputTokens, row.costUsd]), [
      ["acme", 1, 100, 0.001],
      ["zeta", 0, 100, 0.001],
    ]);
  });

  it("keeps money exact over many calls", async () => {
    const usage = usageOf(Array.from({ length: 1000 }, () => fakeRecord({ costUsd: 0.000_000_1 })));
    assert.equal((await usage.query(year))[0]?.costUsd, 0.0001);
  });

  it("survives figures that make no sense", async () => {
    const { usage: tokens } = fakeRecord();
    const usage = usageOf([
      fakeRecord({
        costUsd: Infinity,
        usage: { ...tokens!, inputTokens: 1e300, outputTokens: -5, cachedTokens: NaN },
      }),
      ...Array.from(
        { length: 20 },
        () => fakeRecord({ costUsd: 1e300, usage: { ...tokens!, inputTokens: 1e300 } }),
      ),
    ]);
    const [row] = await usage.query(year);
    assert.ok(row !== undefined && Number.isFinite(row.costUsd) && Number.isFinite(row.inputTokens));
    assert.equal(row.outputTokens, 400);
  });

  it("holds back callers who invent names, without losing a call", async () => {
    const usage = createUsage({ clock: fakeClock(), maxPerHour: 50 });
    for (let index = 0; index < 300; index++) {
      usage.add(fakeRecord({ user: `u${index}`, tags: [`t${index}`], model: `m${index}` }), `k${index % 10}`);
    }
    assert.equal((await usage.query(year))[0]?.requests, 300);
    const rows = await rowsBy(usage, ["user", "model", "key"]);
    assert.ok(rows.length <= 60, `${rows.length} rows`);
    assert.equal(rows.filter(({ user }) => user === "other").length, 10, "keys are kept apart");
    for (let index = 0; index < 300; index++) usage.add(fakeRecord(), `invented${index}`);
    assert.equal((await usage.query(year))[0]?.requests, 600);
    assert.ok((await rowsBy(usage, ["user", "model", "key"])).length <= 102);
    usage.add(fakeRecord({ atMs: startMs + hourMs, user: "late" }), "k1");
    assert.deepEqual(
      await counts(usage, ["user"], { fromMs: startMs + hourMs }),
      [["late", 1]],
      "every hour begins anew",
    );
  });

  it("takes names of any shape", async () => {
    const names = ["\u0000", "\ud800-", "x".repeat(10_000), "[]", '["a"]', "🔑", "a\u0000b"];
    const usage = usageOf(names.map((name) => fakeRecord({ user: name, team: name, tags: [name, "plain"] })));
    assert.equal((await rowsBy(usage, ["user"])).length, names.length);
    assert.deepEqual(await counts(usage, ["tag"], { filter: { tag: ["plain"] } }), [["plain", names.length]]);
  });
});

describe("usage in a file", () => {
  it("is written within 200 ms, in one go, for others to see", async () => {
    await using folder = await folderOf();
    const clock = fakeClock();
    const file = folder.file("loom.db");
    const [writer, reader] = [createUsage({ clock, file }), createUsage({ clock: fakeClock(), file })];
    writer.add(fakeRecord(), "k1");
    writer.add(fakeRecord({ model: "m2" }), "k1");
    assert.equal((await reader.query(year))[0]?.requests, 0);
    await clock.advance(200);
    assert.equal((await reader.query(year))[0]?.requests, 2);
    assert.equal(clock.pending, 0, "nothing waits where nothing is to be written");
    writer.add(fakeRecord(), "k1");
    await writer.close();
    await writer.close();
    writer.add(fakeRecord(), "k1");
    assert.equal((await reader.query(year))[0]?.requests, 3);
    const asking = reader.query(year);
    await reader.close();
    await failureOf(asking, "closed");
    await failureOf(() => reader.query(year), "closed");
    const again = createUsage({ clock: fakeClock(), file });
    assert.deepEqual(await counts(again, ["model"]), [["m1", 2], ["m2", 1]]);
    await again.close();
  });

  it("waits in memory while another process holds the file, and is counted once", async () => {
    await using folder = await folderOf();
    const [clock, file] = [fakeClock(), folder.file("loom.db")];
    const warnings: string[] = [];
    const usage = createUsage({ clock, file, logger: { warn: (message) => void warnings.push(message) } });
    const { DatabaseSync } = await import("node:sqlite");
    const holder = new DatabaseSync(file);
    holder.exec("BEGIN IMMEDIATE");
    usage.add(fakeRecord(), "k1");
    await clock.advance(200);
    await clock.advance(200);
    assert.equal(warnings.length, 1, "it is said once");
    assert.match(warnings[0] ?? "", /usage cannot be written and waits in memory: .*locked/);
    holder.exec("ROLLBACK");
    holder.close();
    await clock.advance(200);
    assert.match(warnings[1] ?? "", /usage is written again; 0 calls/);
    assert.equal((await usage.query(year))[0]?.requests, 1);
    await usage.close();
  });

  it("forgets what is older than it is to be kept", async () => {
    await using folder = await folderOf();
    const file = folder.file("loom.db");
    const clock = fakeClock(startMs + 100 * 24 * hourMs);
    const old = createUsage({ clock, file });
    for (const days of [0, 89, 91]) old.add(fakeRecord({ atMs: startMs + days * 24 * hourMs }), `day${days}`);
    await old.close();
    const usage = createUsage({ clock, file, retentionDays: 10 });
    assert.deepEqual(await counts(usage, ["key"]), [["day91", 1]]);
    await usage.close();
  });

  it("that is none is refused at start, by name", async () => {
    await using folder = await folderOf({
      "loom.db": "this is no database, but it is long enough to be looked at",
    });
    const error = await failureOf(
      () => createUsage({ clock: fakeClock(), file: folder.file("loom.db") }),
      "config-invalid",
    );
    assert.match(error.message, /dataFile .*loom\.db cannot be opened as a file of SQLite/);
  });
});
