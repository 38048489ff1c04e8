/** A disk that is full, or broken: told once, and then to everybody; nothing follows half a line. */

import assert from "node:assert/strict";
import { access, readFile, symlink } from "node:fs/promises";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { type JournalFile, journalWriter } from "../../../src/batch/journal/journal-writer.ts";
import { fakeClock } from "../../../src/testing.ts";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";
import { opened } from "./records.ts";

/** A file in memory with room for so many bytes; it takes some at a time, as the system may. */
class SmallDisk implements JournalFile {
  text = "";
  syncs = 0;
  writes = 0;
  room: number;
  failSync = false;
  /** Somebody makes room as soon as it is full. */
  recovers = false;
  constructor(room: number) {
    this.room = room;
  }
  write = (bytes: Buffer, at: number, length: number, position: number) => {
    this.writes++;
    if (position !== this.text.length) this.text += `[written to ${position}]`;
    const bytesWritten = Math.min(length, this.room - this.text.length, 5);
    if (bytesWritten <= 0) {
      if (this.recovers) this.room += 1000;
      return Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }));
    }
    this.text += bytes.toString("latin1", at, at + bytesWritten);
    return Promise.resolve({ bytesWritten });
  };
  datasync = () => {
    this.syncs++;
    if (!this.failSync) return Promise.resolve();
    return Promise.reject(Object.assign(new Error("broken"), { code: "EIO" }));
  };
}

function writerOn(disk: SmallDisk) {
  const clock = fakeClock();
  return { clock, writer: journalWriter({ path: "/data/j", file: disk, size: 0, clock }) };
}

const line = (text: string) => Buffer.from(`${text}\n`);

describe("a journal on a bad disk", () => {
  it("says that it is full to every later append and flush, and writes no more", async () => {
    const disk = new SmallDisk(12);
    const { writer } = writerOn(disk);
    assert.equal(writer.append(line("first")), undefined);
    await setImmediate();
    assert.ok(disk.writes > 0, "the first line is on its way in the same turn of the event loop");
    await writer.flush();
    disk.recovers = true;
    void writer.append(line("second line"));
    void writer.append(line("waits for the second"));
    const told = await failureOf(writer.flush(), "file-unwritable");
    assert.match(
      told.message,
      /cannot write \/data\/j: the disk is full; every answer before .* run the same/,
    );
    assert.equal(told.data.file, "/data/j");
    await failureOf(() => void writer.append(line("third")), "file-unwritable");
    await failureOf(writer.flush(), "file-unwritable");
    await failureOf(writer.drained(), "file-unwritable");
    await writer.stop();
    assert.equal(disk.text, "first\nsecond");
  });

  it("says that a flush failed, and does not try it again", async () => {
    const disk = new SmallDisk(1000);
    const { writer } = writerOn(disk);
    disk.failSync = true;
    void writer.append(line("first"));
    assert.match(
      (await failureOf(writer.flush(), "file-unwritable")).message,
      /disk reports an error \(EIO\)/,
    );
    disk.failSync = false;
    await failureOf(() => void writer.append(line("second")), "file-unwritable");
  });

  it("makes callers wait when it is far behind, tells them of a failure, and bunches what waits", async () => {
    const disk = new SmallDisk(2000);
    const { writer } = writerOn(disk);
    for (let at = 0; at < 100; at++) assert.equal(writer.append(line("x")), undefined);
    await writer.drained();
    assert.equal(disk.text, "x\n".repeat(100));
    assert.ok(disk.writes < 50, `${disk.writes} writes`);
    void writer.append(line("y"));
    await writer.drained();
    const late = writer.append(Buffer.alloc(5_000_000, "z"));
    assert.ok(late instanceof Promise);
    await failureOf(late, "file-unwritable");
    assert.equal(writer.written, 202);
  });

  it("flushes to the disk once a second at most", async () => {
    const disk = new SmallDisk(100_000);
    const { clock, writer } = writerOn(disk);
    for (let second = 1; second <= 3; second++) {
      for (let at = 0; at < 10; at++) {
        void writer.append(line("x"));
        await writer.drained();
      }
      assert.equal(disk.syncs, second - 1);
      await clock.advance(1000);
      assert.equal(disk.syncs, second);
    }
    await clock.advance(10_000);
    assert.equal(disk.syncs, 3, "and not when there is nothing new");
    await writer.stop();
  });

  it("tells of a full disk when it begins", async () => {
    await using folder = await folderOf();
    // Systems without this device have nothing like it.
    const device = await access("/dev/full").then(() => true, () => false);
    if (device) await symlink("/dev/full", folder.file("j"));
    const path = device ? folder.file("j") : folder.file("absent/j");
    const { message } = await failureOf(opened(path, true), "file-unwritable");
    assert.match(message, device ? /cannot write .*j: the disk is full/ : /cannot lock/);
    await assert.rejects(readFile(folder.file("j.lock")), /ENOENT/, "the lock is given back");
  });
});
