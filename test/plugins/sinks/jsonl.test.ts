/** The jsonl sink: the suite, rotation, restarts, two writers at once, and disks that take nothing. */

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { describe, it, test } from "node:test";
import { gunzipSync } from "node:zlib";
import jsonl from "../../../plugins/sinks/jsonl/index.ts";
import { CLOCK, LOGGER, type Sink } from "../../../src/plugin.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { fakeClock, fakeRecord, sinkSuite } from "../../../src/testing.ts";
import { type Folder, folderOf } from "../../support/folder.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";

function opener(clock = systemClock) {
  const complaints: string[] = [];
  const logger = { debug() {}, info() {}, warn: (text: string) => void complaints.push(text), error() {} };
  const open = async (given: Readonly<Record<string, unknown>>): Promise<Sink> =>
    await jsonl.make(useOf([CLOCK, clock], [LOGGER, logger]), optionsOf(jsonl, given));
  return { open, complaints };
}

const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");
const idsOf = async (file: string) =>
  linesOf(await readFile(file, "utf8")).map((line) => (JSON.parse(line) as { callId: string }).callId);

const folders: Folder[] = [];
let at = "";
sinkSuite(test, async () => {
  const folder = await folderOf();
  folders.push(folder);
  at = folder.file("calls.jsonl");
  return await opener().open({ path: at });
}, { arrived: async () => linesOf(await readFile(at, "utf8")).length });
test.after(() => Promise.all(folders.map((folder) => rm(folder.path, { recursive: true, force: true }))));

describe("sink jsonl", () => {
  it("writes the whole record, makes the folder, and appends after a restart", async () => {
    await using folder = await folderOf();
    const { open } = opener();
    for (const callId of ["one", "two"]) {
      const sink = await open({ path: folder.file("logs/calls.jsonl") });
      sink.write(fakeRecord({ callId }));
      await sink.close?.();
    }
    const [first = ""] = linesOf(await readFile(folder.file("logs/calls.jsonl"), "utf8"));
    assert.deepEqual(JSON.parse(first), JSON.parse(JSON.stringify(fakeRecord({ callId: "one" }))));
    assert.deepEqual(await idsOf(folder.file("logs/calls.jsonl")), ["one", "two"]);
  });

  it("puts a full file aside, compresses it when it has rested, and keeps so many", async () => {
    await using folder = await folderOf();
    const clock = fakeClock();
    // The file system's own times are the machine's.
    await clock.advance(Date.now() - clock.now());
    const { open, complaints } = opener(clock);
    const options = { path: folder.file("calls.jsonl"), maxFileBytes: 1024, maxFiles: 2, gzip: true };
    const sink = await open(options);
    for (let index = 0; index < 5; index++) {
      sink.write(fakeRecord({ callId: `call-${index}`, user: "u".repeat(900) }));
      await sink.flush?.();
      await clock.advance(5);
    }
    await clock.advance(11_000);
    await sink.close?.();
    const names = (await readdir(folder.path)).sort();
    assert.equal(names.length, 3, names.join());
    assert.deepEqual(await idsOf(folder.file("calls.jsonl")), ["call-4"]);
    const kept = await Promise.all(
      names.filter((name) => name !== "calls.jsonl").map(async (name) => {
        assert.match(name, /^calls\.\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z-[0-9a-f]{4}\.jsonl\.gz$/);
        const text = gunzipSync(await readFile(folder.file(name))).toString("utf8");
        return (JSON.parse(text) as { callId: string }).callId;
      }),
    );
    assert.deepEqual(kept, ["call-2", "call-3"]);
    assert.deepEqual(complaints, []);
  });

  it("puts the file of an earlier day aside", async () => {
    await using folder = await folderOf({ "calls.jsonl": "{}\n" });
    const clock = fakeClock();
    await clock.advance(Date.now() + 86_400_000 - clock.now());
    const sink = await opener(clock).open({ path: folder.file("calls.jsonl") });
    sink.write(fakeRecord({ callId: "today" }));
    await sink.close?.();
    assert.deepEqual(await idsOf(folder.file("calls.jsonl")), ["today"]);
    assert.equal((await readdir(folder.path)).length, 2);
  });

  it("shares its file with other writers: whole lines, none lost, also when one of them rotates", async () => {
    await using folder = await folderOf();
    const { open } = opener();
    const options = { path: folder.file("calls.jsonl"), maxFileBytes: 20_000, maxFiles: 1000 };
    const sinks = await Promise.all([open(options), open(options), open(options)]);
    for (let round = 0; round < 20; round++) {
      for (const [index, sink] of sinks.entries()) {
        for (let one = 0; one < 5; one++) sink.write(fakeRecord({ callId: `${index}-${round}-${one}` }));
      }
      await Promise.all(sinks.map((sink) => sink.flush?.()));
    }
    await Promise.all(sinks.map((sink) => sink.close?.()));
    const names = await readdir(folder.path);
    assert.ok(names.length > 2, "nothing was put aside");
    const ids = (await Promise.all(names.map((name) => idsOf(folder.file(name))))).flat();
    assert.deepEqual([ids.length, new Set(ids).size], [300, 300]);
  });

  it("goes on in a new file when somebody took the old one away", async () => {
    await using folder = await folderOf();
    const sink = await opener().open({ path: folder.file("calls.jsonl") });
    sink.write(fakeRecord({ callId: "gone" }));
    await sink.flush?.();
    await rm(folder.file("calls.jsonl"));
    sink.write(fakeRecord({ callId: "kept" }));
    await sink.close?.();
    assert.deepEqual(await idsOf(folder.file("calls.jsonl")), ["kept"]);
  });

  it("counts what a full disk does not take, complains once, and harms nobody", async () => {
    const { open, complaints } = opener();
    const sink = await open({ path: "/dev/full" });
    for (let round = 0; round < 3; round++) {
      sink.write(fakeRecord());
      await sink.flush?.();
    }
    assert.equal(sink.dropped, 3);
    assert.deepEqual(complaints, ["sink jsonl: 1 records were lost, /dev/full cannot be written"]);
    await sink.close?.();
  });

  it("keeps no more than its bound while the disk is slow", async () => {
    await using folder = await folderOf();
    const sink = await opener().open({ path: folder.file("calls.jsonl") });
    for (let index = 0; index < 10_500; index++) sink.write(fakeRecord());
    assert.equal(sink.dropped, 500);
    await sink.close?.();
    assert.equal(linesOf(await readFile(folder.file("calls.jsonl"), "utf8")).length, 10_000);
  });

  it("refuses a path that cannot be written", async () => {
    await using folder = await folderOf();
    await mkdir(folder.file("folder"));
    await assert.rejects(opener().open({ path: folder.file("folder") }), /path .*folder cannot be written/);
  });

  for (const given of [{}, { path: "" }, { path: "x", maxFileBytes: 10 }, { path: "x", maxFiles: 0 }]) {
    test(`refuses the options ${JSON.stringify(given)}`, () => {
      assert.ok(complaintsOf(jsonl, given).length > 0);
    });
  }
});
