/** A dataset shared by workers over a real Redis: rows claimed once, limits shared, money held, nothing left behind. */

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { forgetJob } from "../../../src/batch/queue/forget-job.ts";
import { openRedis } from "../../../src/batch/queue/open-redis.ts";
import { queueList } from "../../../src/batch/queue/list-queue.ts";
import { queueState } from "../../../src/batch/queue/queue-state.ts";
import { LoomError } from "../../../src/errors/index.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { folderOf } from "../../support/folder.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { csvOf, numbered, outputName, outputRows, rowUsd, vendorOf } from "../live/live-run.ts";
import { coordinator, type Started, worker } from "./queue-scene.ts";

/** The code and message of what a run threw. */
async function thrown({ ended, notes }: Started): Promise<readonly [code: string, message: string]> {
  const error = await ended;
  assert.ok(LoomError.is(error), `${error} after ${notes.join("; ")}`);
  return [error.code, error.message];
}

async function stopped(...workers: readonly Started[]): Promise<void> {
  for (const one of workers) one.stop();
  for (const one of workers) assert.equal(await one.ended, undefined);
}

describe("loom run --queue", () => {
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.kill());

  /** Every key there is, and every value in text. */
  async function contents(): Promise<readonly string[]> {
    const { client, close } = await openRedis(redis.url, { clock: systemClock, note() {} });
    const keys = await client.keys("*");
    const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
    close();
    return keys.map((key, at) => `${key} ${dumps[at]?.toString("latin1")}`);
  }

  it("lets workers share the rows, each asked once, and leaves nothing in Redis", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(200)) });
    let during: readonly string[] = [];
    const vendor = await vendorOf(async (prompt) => {
      if (prompt === "p100") during = await contents();
      return `said ${prompt}`;
    });
    const workers = [
      worker(redis, vendor, { apiKey: "sk-secret" }),
      worker(redis, vendor, { apiKey: "sk-secret" }),
    ];
    const run = coordinator(folder, redis);
    assert.equal(await run.ended, undefined, run.notes.join("\n"));
    await stopped(...workers);
    await vendor.close();
    assert.deepEqual([...vendor.prompts].sort(), [...numbered(200)].sort());
    assert.deepEqual(
      await outputRows(folder),
      numbered(200).map((prompt, index) => [`${index + 1}`, prompt, `said ${prompt}`]),
    );
    assert.deepEqual((await readdir(folder.path)).sort(), ["rows.csv", outputName]);
    assert.ok(during.length > 5);
    assert.ok(!during.some((text) => text.includes("sk-secret")), "a key is in Redis");
    assert.deepEqual(await contents(), []);
  });

  it("makes all workers wait when the vendor tells one of them to", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(60)) });
    let [refusedMs, during] = [0, 0];
    const waitMs = 600;
    const vendor = await vendorOf(() => {
      const nowMs = performance.now();
      if (vendor.prompts.length === 20) {
        refusedMs = nowMs;
        return { status: 429, headers: { "retry-after-ms": `${waitMs}` } };
      }
      // What was on its way when it was told, and the time until it is told.
      if (refusedMs > 0 && nowMs > refusedMs + 200 && nowMs < refusedMs + waitMs - 50) during++;
      return new Promise((resolve) => setTimeout(resolve, 5, "fine"));
    });
    const workers = [worker(redis, vendor, { workers: 2 }), worker(redis, vendor, { workers: 2 })];
    const run = coordinator(folder, redis);
    assert.equal(await run.ended, undefined, run.notes.join("\n"));
    await stopped(...workers);
    await vendor.close();
    assert.ok(refusedMs > 0);
    assert.equal(during, 0, "rows were asked while the vendor wanted to be left alone");
    assert.equal(vendor.prompts.length, 61);
  });

  it("holds the limit of money over all workers, and goes on when it is raised", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(30)) });
    const vendor = await vendorOf(() => "fine");
    const workers = [worker(redis, vendor), worker(redis, vendor)];
    const limitUsd = rowUsd * 10.5;
    const [code, message] = await thrown(coordinator(folder, redis, { maxCostUsd: limitUsd }));
    assert.equal(code, "budget-exceeded");
    assert.match(message, /rows are done and kept; raise the limit/);
    const asked = vendor.prompts.length;
    assert.ok(asked <= 10, `${asked} rows`);
    const second = coordinator(folder, redis, { maxCostUsd: 1 });
    assert.equal(await second.ended, undefined);
    await stopped(...workers);
    await vendor.close();
    assert.equal(vendor.prompts.length, 30);
  });

  it("goes on without a worker that is refused, and stops when three are", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(40)) });
    let deaf = true;
    const vendor = await vendorOf(() => deaf ? { status: 401, message: "no such key" } : "fine");
    const bad = worker(redis, vendor);
    const first = coordinator(folder, redis);
    await first.said("gave up: ");
    await bad.said("gave up job");
    const others = [worker(redis, vendor), worker(redis, vendor)];
    const [code, message] = await thrown(first);
    assert.equal(code, "auth-rejected");
    assert.match(
      message,
      /3 workers gave up, .*; 0 of 40 rows are done and kept: run the same command again/,
    );

    deaf = false;
    // Another run is another chance, for the same workers too.
    const second = coordinator(folder, redis);
    assert.equal(await second.ended, undefined, second.notes.join("\n"));
    await stopped(bad, ...others);
    await vendor.close();
    assert.equal((await outputRows(folder)).filter(([, , said]) => said === "fine").length, 40);
    assert.deepEqual(await contents(), []);
  });

  it("says which keys a worker lacks", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(3)) });
    const vendor = await vendorOf(() => "fine");
    const bare = worker(redis, vendor, { apiKey: "" });
    const run = coordinator(folder, redis);
    await run.said("gave up: --provider openai needs a key");
    run.stop();
    assert.deepEqual((await thrown(run))[0], "aborted");
    await stopped(bare);
    await vendor.close();

    const open = await openRedis(redis.url, { clock: systemClock, note() {} });
    const [job] = await open.client.hkeys("loom-queue:jobs");
    await assert.rejects(forgetJob(open, "other"), /there is no job other; there are [0-9a-f]{16}$/);
    assert.match(await forgetJob(open, job ?? ""), /is forgotten\.$/m);
    open.close();
    assert.deepEqual(await contents(), []);
  });

  it("ends rows under way at Ctrl-C, wherever it is pressed", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(60)) });
    const held: (() => void)[] = [];
    let hold = true;
    const vendor = await vendorOf((prompt) => {
      if (!hold || Number(prompt.slice(1)) <= 8) return "fine";
      return new Promise((resolve) => held.push(() => resolve("late")));
    });
    const release = () => {
      for (const tell of held.splice(0)) tell();
    };
    const one = worker(redis, vendor, { workers: 4 });
    const run = coordinator(folder, redis);
    await vendor.request(11);
    one.stop();
    release();
    assert.equal(await one.ended, undefined);
    assert.equal(vendor.prompts.length, 12, "nothing began after it");

    const other = worker(redis, vendor, { workers: 4 });
    await vendor.request(15);
    run.stop();
    await other.said("leaving job");
    release();
    const [code, message] = await thrown(run);
    assert.equal(code, "aborted");
    assert.match(message, /^stopped: 16 of 60 rows are done; run the same command again/);

    hold = false;
    assert.equal(await coordinator(folder, redis).ended, undefined);
    await stopped(other);
    await vendor.close();
    assert.equal(vendor.prompts.length, 60);
    assert.deepEqual(await contents(), []);
  });

  it("is seen from anywhere", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(12)) });
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => release = resolve);
    const vendor = await vendorOf(async (prompt) => {
      if (Number(prompt.slice(1)) > 8) await held;
      return "fine";
    });
    const one = worker(redis, vendor);
    const run = coordinator(folder, redis);
    await vendor.request(11);
    const { client, close } = await openRedis(redis.url, { clock: systemClock, note() {} });
    const look = async () =>
      queueList(await queueState(client, Date.now())) as Record<string, Record<string, unknown>[]>;
    let seen = await look();
    // Written once a second by those who know.
    while (seen["jobs"]?.[0]?.["done"] !== 8 || seen["workers"]?.[0]?.["done"] !== 8) seen = await look();
    const { jobs, workers } = seen;
    close();
    release();
    assert.equal(await run.ended, undefined);
    await stopped(one);
    await vendor.close();
    const { state, done, total, cost_usd, model, workers: at } = jobs?.[0] ?? {};
    assert.deepEqual({ state, done, total, model, at }, {
      state: "running",
      done: 8,
      total: 12,
      model: "gpt-4o-mini",
      at: 1,
    });
    assert.ok(Math.abs(Number(cost_usd) - 8 * rowUsd) < 1e-9);
    assert.deepEqual([workers?.[0]?.["under_way"], workers?.[0]?.["done"]], [4, 8]);
  });

  it("says within seconds that Redis is not there, without its password", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(3)) });
    const [code, message] = await thrown(coordinator(folder, { url: "redis://me:hush@127.0.0.1:1/3" }));
    assert.equal(code, "connection-failed");
    assert.match(message, /^--queue redis:\/\/127\.0\.0\.1:1\/3: Redis cannot be used: .*ECONNREFUSED/);
    assert.doesNotMatch(message, /hush/);
    assert.deepEqual(await readdir(folder.path), ["rows.csv"]);
  });

  it("refuses a database that it has not, and a missing password", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(3)) });
    const faults: [url: string, said: RegExp][] = [[`${redis.url}/99`, /DB index is out of range/], [
      redis.url,
      /NOAUTH/,
    ]];
    const { client, close } = await openRedis(redis.url, { clock: systemClock, note() {} });
    for (const [url, said] of faults) {
      if (said.source === "NOAUTH") await client.config("SET", "requirepass", "hush");
      const [code, message] = await thrown(coordinator(folder, { url }));
      assert.equal(code, "connection-failed");
      assert.match(message, said);
    }
    const withPassword = await openRedis(redis.url.replace("//", "//:hush@"), {
      clock: systemClock,
      note() {},
    });
    assert.equal(withPassword.shown, redis.url);
    await client.config("SET", "requirepass", "");
    withPassword.close();
    close();
  });

  it("leaves jobs of another form alone, and says so", async () => {
    const { client, close } = await openRedis(redis.url, { clock: systemClock, note() {} });
    await client.hset(
      "loom-queue:jobs",
      "tomorrow",
      JSON.stringify({ form: 99, loom: "9.0.0", ask: "differently" }),
    );
    const vendor = await vendorOf(() => "fine");
    const one = worker(redis, vendor);
    assert.match(
      await one.said("tomorrow"),
      /was shared by Loom 9\.0\.0 in form 99, .*run the same version on all machines/,
    );
    await client.hdel("loom-queue:jobs", "tomorrow");
    close();
    await stopped(one);
    await vendor.close();
  });
});
