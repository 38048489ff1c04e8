/** Batches across the end of a gateway: nothing is lost, and nothing that was answered is asked twice. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { appendFile, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { fakeClock } from "../../../src/testing/fake-clock.ts";
import { startProgram } from "../../support/child.ts";
import { type Folder, folderOf } from "../../support/folder.ts";
import { until } from "../../support/server.ts";
import { type FakeVendor, fakeVendor } from "./fake-vendor.ts";
import { order, reached, row, textsIn } from "./rows.ts";
import { openScene, type Scene } from "./setup.ts";

async function before({ url }: FakeVendor, folder: Folder, clock = fakeClock()): Promise<Scene> {
  const vendor = { baseUrl: url, apiKey: "sk-1" };
  return await openScene({
    clock,
    gateway: { dataFile: folder.file("loom.db"), batches: { concurrency: 2 } },
    loom: { providers: { openai: vendor, deepseek: vendor }, retry: false },
  });
}

const live = (names: string) => [...names].map((name) => row(name, "deepseek/deepseek-chat", name));
const batched = (names: string) => [...names].map((name) => row(name, "openai/gpt-4o-mini", name));

describe("a batch whose gateway is closed and opened again", () => {
  it("goes on with the rows that were not answered, and with no other", async () => {
    await using folder = await folderOf();
    await using vendor = await fakeVendor();
    const first = await before(vendor, folder);
    vendor.held.add("c").add("d");
    const { id } = await order(first.red, live("abcdef"));
    await until("c and d are asked", () => vendor.live.length === 4);
    await reached(first.red, id, first.clock, ({ request_counts }) => request_counts?.completed === 2, 0);
    await first.close();
    vendor.release();
    await using second = await before(vendor, folder);
    const batch = await reached(second.red, id, second.clock);
    assert.equal(batch.status, "completed");
    assert.deepEqual(Object.keys(await textsIn(second.red, batch)).sort().join(""), "abcdef");
    const asked = vendor.live.join("").split("").sort().join("");
    assert.equal(asked, "abccddef", "those in flight were asked again, those answered were not");
  });

  it("picks its vendors' batches up again", async () => {
    await using folder = await folderOf();
    await using vendor = await fakeVendor();
    const first = await before(vendor, folder);
    const { id } = await order(first.red, batched("ab"));
    await until("it is handed in", () => vendor.batches.length === 1);
    await until("it was asked for", () => vendor.server.requests.some(({ method }) => method === "GET"));
    await first.close();
    if (vendor.batches[0]) vendor.batches[0].status = "completed";
    await using second = await before(vendor, folder);
    const batch = await reached(second.red, id, second.clock);
    assert.deepEqual(await textsIn(second.red, batch), { a: "batch: a", b: "batch: b" });
    assert.equal(vendor.batches.length, 1);
    assert.deepEqual(vendor.live, []);
  });

  it("is still cancelled when it was being cancelled", async () => {
    await using folder = await folderOf();
    await using vendor = await fakeVendor();
    const first = await before(vendor, folder);
    const { id } = await order(first.red, batched("ab"));
    await until("it is handed in", () => vendor.batches.length === 1);
    await Promise.all([first.red.batches.cancel(id), first.clock.advance(0)]);
    await first.close();
    await using second = await before(vendor, folder);
    const batch = await reached(second.red, id, second.clock);
    assert.equal(batch.status, "cancelled");
    assert.deepEqual(await textsIn(second.red, batch), { a: "batch_cancelled", b: "batch_cancelled" });
  });

  it("reads over a line that was cut short when the process died", async () => {
    await using folder = await folderOf();
    await using vendor = await fakeVendor();
    const first = await before(vendor, folder);
    vendor.held.add("b");
    const { id } = await order(first.red, live("ab"));
    await reached(first.red, id, first.clock, ({ request_counts }) => request_counts?.completed === 1, 0);
    await first.close();
    const path = join(folder.file("loom.db.files"), "batches", id, "output.jsonl");
    assert.equal((await readFile(path, "utf8")).split("\n").length, 2);
    await appendFile(path, '{"id":"batch_req_1","custom_id":"b","resp');
    vendor.release();
    await using second = await before(vendor, folder);
    const batch = await reached(second.red, id, second.clock);
    assert.deepEqual(await textsIn(second.red, batch), { a: "live: a", b: "live: b" });
    // It goes after the batch has been said to be complete.
    const batches = join(folder.file("loom.db.files"), "batches");
    await until("the batch's folder is gone", () => readdirSync(batches).length === 0);
  });

  it("expires while nothing runs", async () => {
    await using folder = await folderOf();
    await using vendor = await fakeVendor();
    const first = await before(vendor, folder);
    vendor.held.add("a");
    const { id } = await order(first.red, live("a"));
    await until("a is asked", () => vendor.live.length === 1);
    await first.close();
    const later = fakeClock(first.clock.now() + 25 * 3_600_000);
    await using second = await before(vendor, folder, later);
    const batch = await reached(second.red, id, later);
    assert.equal(batch.status, "expired");
    assert.deepEqual(await textsIn(second.red, batch), { a: "batch_expired" });
    assert.equal(vendor.live.length, 1);
  });
});

describe("a batch that cannot be worked on", () => {
  it("is tried again, and goes on when what was wrong has passed", async () => {
    await using folder = await folderOf();
    await using vendor = await fakeVendor();
    const first = await before(vendor, folder);
    vendor.held.add("a");
    const { id } = await order(first.red, live("a"));
    await until("a is asked", () => vendor.live.length === 1);
    await first.close();
    vendor.release();
    const input = join(folder.file("loom.db.files"), "batches", id, "input.jsonl");
    await rename(input, `${input}.away`);
    await using second = await before(vendor, folder);
    await until("it was tried", () => second.log.some((line) => line.includes("tried again in a minute")));
    assert.equal((await second.red.batches.retrieve(id)).status, "in_progress");
    await rename(`${input}.away`, input);
    await second.clock.advance(61_000);
    const batch = await reached(second.red, id, second.clock);
    assert.deepEqual(await textsIn(second.red, batch), { a: "live: a" });
    assert.equal(second.log.filter((line) => line.includes("tried again")).length, 1);
  });

  it("fails when its window is over", async () => {
    await using folder = await folderOf();
    await using vendor = await fakeVendor();
    const first = await before(vendor, folder);
    vendor.held.add("a");
    const { id } = await order(first.red, live("a"));
    await until("a is asked", () => vendor.live.length === 1);
    await first.close();
    await rm(join(folder.file("loom.db.files"), "batches", id), { recursive: true });
    await using second = await before(vendor, folder, fakeClock(first.clock.now() + 25 * 3_600_000));
    const batch = await reached(second.red, id, second.clock);
    assert.deepEqual([batch.status, batch.errors?.data?.[0]?.code], ["failed", "server_error"]);
  });
});

describe("a batch whose process was killed", () => {
  const program = fileURLToPath(new URL("dying-program.ts", import.meta.url));
  /** As long as a process that says nothing is waited for. */
  const later = () => fakeClock(Date.now() + 61_000);

  it("goes on elsewhere a minute later, without the rows that were answered", async () => {
    await using folder = await folderOf();
    await using vendor = await fakeVendor();
    vendor.held.add("c").add("d");
    const child = startProgram(program, [folder.file("loom.db"), vendor.url, "deepseek/deepseek-chat"]);
    await child.said("ordered");
    await until("c and d are asked", () => vendor.live.length === 4, 10_000);
    await child.kill();
    vendor.release();
    await using scene = await before(vendor, folder, later());
    const [{ id } = { id: "" }] = (await scene.red.batches.list()).data;
    const batch = await reached(scene.red, id, scene.clock);
    const texts = { a: "live: a", b: "live: b", c: "live: c", d: "live: d" };
    assert.deepEqual(await textsIn(scene.red, batch), texts);
    assert.equal([...vendor.live].sort().join(""), "abccdd");
  });

  it("picks its vendors' batches up a minute later", async () => {
    await using folder = await folderOf();
    await using vendor = await fakeVendor();
    const child = startProgram(program, [folder.file("loom.db"), vendor.url, "openai/gpt-4o-mini"]);
    await child.said("ordered");
    await until(
      "it was asked for",
      () => vendor.server.requests.some(({ method }) => method === "GET"),
      10_000,
    );
    await child.kill();
    if (vendor.batches[0]) vendor.batches[0].status = "completed";
    await using scene = await before(vendor, folder, later());
    const [{ id } = { id: "" }] = (await scene.red.batches.list()).data;
    const batch = await reached(scene.red, id, scene.clock);
    const texts = { a: "batch: a", b: "batch: b", c: "batch: c", d: "batch: d" };
    assert.deepEqual(await textsIn(scene.red, batch), texts);
    assert.deepEqual([vendor.batches.length, vendor.live.length], [1, 0]);
  });
});

describe("a batch that two gateways could work on", () => {
  it("is worked on by one, and shown and cancelled by both", async () => {
    await using folder = await folderOf();
    await using vendor = await fakeVendor();
    await using one = await before(vendor, folder);
    await using other = await before(vendor, folder);
    vendor.held.add("a").add("b");
    const { id } = await order(one.red, live("ab"));
    await until("both rows are asked", () => vendor.live.length === 2);
    await other.clock.advance(15_000);
    assert.equal((await other.red.batches.retrieve(id)).status, "in_progress");
    assert.equal((await other.red.batches.cancel(id)).status, "cancelling");
    await one.clock.advance(15_000);
    const batch = await reached(other.red, id, one.clock);
    assert.equal(batch.status, "cancelled");
    assert.equal(vendor.live.length, 2);
    assert.deepEqual(await textsIn(other.red, batch), { a: "batch_cancelled", b: "batch_cancelled" });
  });

  it("is taken over when the one that worked on it says nothing any more", async () => {
    await using folder = await folderOf();
    await using vendor = await fakeVendor();
    await using stuck = await before(vendor, folder);
    await using other = await before(vendor, folder);
    vendor.held.add("b");
    const { id } = await order(stuck.red, live("ab"));
    await reached(stuck.red, id, stuck.clock, ({ request_counts }) => request_counts?.completed === 1, 0);
    await until("b is asked", () => vendor.live.length === 2);
    vendor.held.clear();
    // The clock of the first one stands still: to the other it has not been heard of for more than a minute.
    await other.clock.advance(75_000);
    const batch = await reached(other.red, id, other.clock);
    assert.deepEqual(await textsIn(other.red, batch), { a: "live: a", b: "live: b" });
    const calls = stuck.records.length;
    vendor.release();
    await until("the first one has its answer at last", () => stuck.records.length > calls);
    await stuck.clock.advance(15_000);
    assert.equal((await stuck.red.batches.retrieve(id)).status, "completed");
    const output = batch.output_file_id ?? "";
    const { size } = await stat(join(folder.file("loom.db.files"), "content", output));
    assert.equal(size, (await other.red.files.retrieve(output)).bytes, "what came too late is not written");
  });
});
