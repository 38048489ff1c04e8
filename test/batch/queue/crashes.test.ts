/** What dies in the middle of a shared job: a worker, whoever coordinates, Redis. Every row has its answer, and is paid once. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LoomError } from "../../../src/errors/index.ts";
import { startLoom } from "../../e2e/batch/start-loom.ts";
import { folderOf } from "../../support/folder.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { csvOf, numbered, outputRows, rowUsd, type Vendor, vendorOf } from "../live/live-run.ts";
import { coordinator, worker } from "./queue-scene.ts";

const slowly = () => new Promise<string>((resolve) => setTimeout(resolve, 20, "fine"));

/** How often each row was asked. */
function timesAsked({ prompts }: Vendor): readonly number[] {
  const times = new Map<string, number>();
  for (const prompt of prompts) times.set(prompt, (times.get(prompt) ?? 0) + 1);
  return [...times.values()];
}

describe("a shared job", () => {
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.kill());

  it("survives the death of a worker: others take its rows over", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(150)) });
    const vendor = await vendorOf(slowly);
    const variables = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: `${vendor.url}/v1` };
    const doomed = startLoom(
      ["worker", "--queue", redis.url, "-w", "4", "--lease", "2"],
      folder.path,
      variables,
    );
    const run = coordinator(folder, redis);
    await vendor.request(40);
    doomed.process.kill("SIGKILL");
    await doomed.ended;
    const heir = worker(redis, vendor);
    assert.equal(await run.ended, undefined, run.notes.join("\n"));
    heir.stop();
    await heir.ended;
    await vendor.close();
    assert.equal((await outputRows(folder)).filter(([, , said]) => said === "fine").length, 150);
    const times = timesAsked(vendor);
    assert.equal(times.length, 150);
    assert.ok(Math.max(...times) <= 2, `a row was asked ${Math.max(...times)} times`);
    assert.ok(
      vendor.prompts.length <= 150 + 4,
      `${vendor.prompts.length} rows were asked; four were under way`,
    );
  });

  it("survives the death of its coordinator: the same command takes what was finished meanwhile", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(400)) });
    const vendor = await vendorOf(slowly);
    const start = () =>
      startLoom(
        [
          "run",
          "-f",
          "rows.csv",
          "-c",
          "text",
          "-p",
          "openai",
          "-m",
          "gpt-4o-mini",
          "--queue",
          redis.url,
          "--no-cache",
        ],
        folder.path,
        {},
      );
    const one = worker(redis, vendor);
    const first = start();
    await vendor.request(60);
    first.process.kill("SIGKILL");
    await first.ended;
    // The worker goes on with what was out.
    await vendor.request(120);
    const second = start();
    assert.equal(await second.ended, 0, second.stderr);
    one.stop();
    await one.ended;
    await vendor.close();
    assert.equal((await outputRows(folder)).filter(([, , said]) => said === "fine").length, 400);
    assert.deepEqual([vendor.prompts.length, timesAsked(vendor).length], [400, 400], "a row was paid twice");
    assert.match(second.stdout + second.stderr, /going on after \d+ rows of an earlier run/);
    const cost = /\(400 rows, \$(\d+\.\d+)/.exec(second.stdout + second.stderr)?.[1];
    assert.equal(cost, (400 * rowUsd).toFixed(4));
  });

  it("survives that Redis is started anew, empty", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(150)) });
    const vendor = await vendorOf(slowly);
    const workers = [worker(redis, vendor, { workers: 4 }), worker(redis, vendor, { workers: 4 })];
    const run = coordinator(folder, redis);
    await vendor.request(60);
    await redis.kill();
    await run.said("lost redis://");
    await redis.start();
    assert.equal(await run.ended, undefined, run.notes.join("\n"));
    await run.said("is back").catch(() => assert.ok(run.notes.some((note) => note.includes("is back"))));
    for (const each of workers) each.stop();
    for (const each of workers) assert.equal(await each.ended, undefined);
    await vendor.close();
    assert.equal((await outputRows(folder)).filter(([, , said]) => said === "fine").length, 150);
    assert.ok(Math.max(...timesAsked(vendor)) <= 2);
    assert.ok(
      vendor.prompts.length <= 150 + 8,
      `${vendor.prompts.length} rows were asked; eight were under way`,
    );
  });

  it("ends resumable when Redis stays away, and at Ctrl-C while it is", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(60)) });
    const lone = await startRedis();
    const vendor = await vendorOf(slowly);
    const one = worker(lone, vendor, { workers: 2 });
    const two = worker(lone, vendor, { workers: 2, patienceMs: 100 });
    const runs = [
      coordinator(folder, lone, {}, { patienceMs: 100 }),
      coordinator(folder, lone, { output: folder.file("o.csv") }),
    ];
    await vendor.request(20);
    await lone.kill();
    await Promise.all([one, ...runs].map((each) => each.said("lost redis://")));
    runs[1]?.stop();
    one.stop();
    const [away, stopped] = await Promise.all(runs.map(({ ended }) => ended));
    assert.ok(LoomError.is(away, "connection-failed"), String(away));
    assert.match(
      away.message,
      /it has been away for .*; \d+ of 60 rows are done and kept: run the same command again/,
    );
    assert.ok(LoomError.is(stopped, "aborted"), String(stopped));
    assert.ok(LoomError.is(await two.ended, "connection-failed"));
    // Its answers cannot be handed over until somebody gives them up.
    one.abort();
    await one.ended;
    await vendor.close();
  });
});
