/** A live run's pace: it obeys a vendor that wants fewer calls, and loses no row over it. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LoomError } from "../../../src/errors/index.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { folderOf } from "../../support/folder.ts";
import { answer, csvOf, numbered, outputRows, runIn, vendorOf } from "./live-run.ts";

/** Waits a hundredth of the time, so that a vendor's seconds are milliseconds. */
const hurried = {
  ...systemClock,
  monotonic: () => systemClock.monotonic() * 100,
  after: (delayMs: number, callback: () => void) => systemClock.after(delayMs / 100, callback),
};

describe("the pace of a live run", () => {
  it("asks rows again that the vendor had no room for, after the pause it wants", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(40)) });
    const refusedMs: number[] = [];
    const vendor = await vendorOf((prompt, turn) => {
      if (turn > 1 || Number(prompt.slice(1)) % 10 !== 0) return "fine";
      refusedMs.push(performance.now());
      return { status: 429, headers: { "retry-after": "3" } };
    });
    const { error, notes } = await runIn(folder, vendor, { services: { clock: hurried } });
    await vendor.close();
    assert.equal(error, undefined);
    assert.equal(vendor.prompts.length, 44);
    assert.deepEqual((await outputRows(folder)).map(([, prompt]) => prompt), numbered(40));
    assert.equal(notes.length, 1, "pauses of seconds are not told");
  });

  it("tells a long pause once", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(3)) });
    const vendor = await vendorOf((prompt, turn) =>
      prompt !== "p2" || turn > 1 ? "fine" : { status: 429, headers: { "retry-after": "30" } }
    );
    const { error, notes } = await runIn(folder, vendor, {
      job: { workers: 1 },
      services: { clock: hurried },
    });
    await vendor.close();
    assert.equal(error, undefined);
    const told = notes.filter(({ text }) => /^the vendor wants a pause of \d+ s$/.test(text));
    assert.equal(told.length, 1, JSON.stringify(notes));
  });

  it("starts no call while the allowance in the headers is used up", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(12)) });
    // Four calls in a window of 20 ms of the machine's clock, which are two seconds of the run's.
    let [windowMs, used, refused] = [0, 0, 0];
    const vendor = await vendorOf(() => (response) => {
      const nowMs = performance.now();
      if (nowMs - windowMs >= 20) [windowMs, used] = [nowMs, 0];
      if (++used > 4) refused++;
      response.writeHead(200, {
        "content-type": "application/json",
        "x-ratelimit-remaining-requests": `${Math.max(0, 4 - used)}`,
        "x-ratelimit-reset-requests": `${(20 - (nowMs - windowMs)) / 10 + 0.1}s`,
      }).end(answer("fine"));
    });
    const { error } = await runIn(folder, vendor, { job: { workers: 1 }, services: { clock: hurried } });
    await vendor.close();
    assert.equal(error, undefined);
    assert.equal(vendor.prompts.length, 12);
    assert.equal(refused, 0);
  });

  it("fails a row that the vendor never has room for, in the end", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(2)) });
    const vendor = await vendorOf((prompt) => prompt === "p2" ? { status: 503 } : "fine");
    const faster = {
      ...hurried,
      after: (delayMs: number, callback: () => void) => hurried.after(delayMs / 100, callback),
    };
    const { error } = await runIn(folder, vendor, { services: { clock: faster } });
    await vendor.close();
    assert.ok(LoomError.is(error, "rows-failed"));
    assert.match(error.message, /1 overloaded \(row 2: /);
    assert.equal(vendor.prompts.filter((prompt) => prompt === "p2").length, 8);
  });

  it("stops, and fails no row, when the vendor has room for nobody", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(30)) });
    const vendor = await vendorOf(() => ({ status: 429 }));
    const faster = {
      ...hurried,
      after: (delayMs: number, callback: () => void) => hurried.after(delayMs / 100, callback),
    };
    const { error } = await runIn(folder, vendor, { services: { clock: faster } });
    await vendor.close();
    assert.ok(LoomError.is(error, "rate-limited"), String(error));
    assert.match(
      error.message,
      /^the vendor had room for no row at all in 8 turns, .*; 0 of 30 rows are done and kept: run the same command again/,
    );
  });

  it("raises the calls under way to the workers, and not beyond", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(400)) });
    const vendor = await vendorOf(() => new Promise((resolve) => setTimeout(resolve, 5, "fine")));
    const { error, last } = await runIn(folder, vendor, { job: { workers: 20 } });
    await vendor.close();
    assert.equal(error, undefined);
    assert.equal(last?.workers, 20);
    assert.equal(vendor.mostAtOnce, 20);
  });
});
