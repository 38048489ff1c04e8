/** `loom worker` and `loom queue` as people call them: what is wrong with their flags. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { folderOf } from "../support/folder.ts";
import { loom } from "./loom-command.ts";

const here = "redis://127.0.0.1:1";
const faults: readonly [args: readonly string[], code: number, said: RegExp][] = [
  [["worker"], 65, /^loom: --queue wants the address of a Redis, such as redis:/],
  [["worker", "--queue", "http://:hush@127.0.0.1"], 65, /^loom: --queue wants/],
  [["worker", "--queue", `${here}/two`], 65, /^loom: --queue wants/],
  [
    ["worker", "--queue", here, "-w", "none"],
    65,
    /^loom: --workers wants a whole number from 1 to 10000, not "none"/,
  ],
  [
    ["worker", "--queue", here, "--lease", "1"],
    65,
    /^loom: --lease wants a whole number from 2 to 3600, not "1"/,
  ],
  [
    ["queue", "--queue", here],
    69,
    /^loom: --queue redis:\/\/127\.0\.0\.1:1: Redis cannot be used: .*ECONNREFUSED/,
  ],
];

describe("loom worker and loom queue", () => {
  it("name the flag that is wrong, and never a password", async () => {
    await using folder = await folderOf();
    const ended = await Promise.all(faults.map(([args]) => loom(args, folder.path)));
    for (const [at, { code, stdout, stderr }] of ended.entries()) {
      const [args = [], expected, said = /./] = faults[at] ?? [];
      assert.equal(code, expected, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, said);
      assert.doesNotMatch(stderr + stdout, /hush/);
    }
  });
});
