/** Two runs of one job: the second is told who has its journal. */

import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";
import { okRecord, opened } from "./records.ts";
import { runToEnd } from "./run-to-end.ts";
import { startAppending } from "./start-appending.ts";

const owners = 3;
const turns = 20;

describe("a journal in use", () => {
  it("is refused to a second opener of this process, fresh or not, and free again afterwards", async () => {
    await using folder = await folderOf();
    const path = folder.file("j");
    const first = await opened(path);
    for (const fresh of [false, true]) {
      const { message } = await failureOf(opened(path, fresh), "file-unwritable");
      assert.match(message, new RegExp(`j is being used by process ${process.pid} on .+ since 20`));
    }
    void first.append(okRecord(0));
    await first.close();
    const second = await opened(path);
    assert.equal(second.isDone(0), true);
    await second.close();
  });

  it("is refused while another process lives, and free as soon as that is killed", async () => {
    await using folder = await folderOf();
    const path = folder.file("j");
    const other = startAppending(path);
    await other.flushed(1);
    const { message } = await failureOf(opened(path), "file-unwritable");
    assert.match(message, new RegExp(`being used by process ${other.pid} on `));
    await other.kill();
    const journal = await opened(path);
    assert.ok(journal.totals.ok > 0);
    await journal.close();
  });

  it("goes to one of many who open it at once", async () => {
    await using folder = await folderOf();
    const path = folder.file("j");
    for (let round = 0; round < 5; round++) {
      const tried = await Promise.allSettled(Array.from({ length: 6 }, () => opened(path)));
      const got = tried.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
      assert.equal(got.length, 1);
      await got[0]?.remove();
    }
  });

  it("never has two owners, however many processes open and close it", async () => {
    await using folder = await folderOf();
    const path = folder.file("j");
    await Promise.all(
      Array.from(
        { length: owners },
        (_, owner) => runToEnd("taking-turns.ts", [path, `${owner}`, `${turns}`]),
      ),
    );
    const journal = await opened(path);
    assert.equal(journal.totals.ok, owners * turns, "two at once would write over each other");
    await journal.close();
  });

  it("says that its folder must be writable", async () => {
    await using folder = await folderOf();
    const { message } = await failureOf(opened(folder.file("absent/j")), "file-unwritable");
    assert.match(message, /cannot lock .*absent\/j.*must be writable/);
  });
});
