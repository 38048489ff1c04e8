/** The command of a plan says in a shell what was meant. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import type { Way } from "../../../src/batch/plan/choose-mode.ts";
import { runCommand } from "../../../src/batch/plan/run-command.ts";

const live: Way = { mode: "live", workers: 12, takesMs: 1, meetsDeadline: true, costUsd: 1 };

describe("the command of a plan", () => {
  it("says how to run", () => {
    const given = ["--file", "data.csv", "--col", "text"];
    assert.equal(runCommand(given, live), "loom run --file data.csv --col text --sync --workers 12");
    const batch: Way = { ...live, mode: "batch", workers: null };
    assert.equal(runCommand(given, batch), "loom run --file data.csv --col text --batch");
  });

  it("survives the shell", () => {
    const given = [
      "--system",
      'It\'s $HOME; `id` "quoted" \\ *',
      "--params",
      '{"max_tokens": 5}',
      "--col",
      "",
    ];
    const command = runCommand(given, live).replace(/^loom run /, "");
    const read = execFileSync("sh", ["-c", `printf '%s\\0' ${command}`], { encoding: "utf8" });
    assert.deepEqual(read.split("\0").slice(0, given.length), given);
  });
});
