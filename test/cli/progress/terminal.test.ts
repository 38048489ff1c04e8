/** Progress on a real terminal: what stays on the screen, and that the cursor comes back however the process ends. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tmpdir } from "node:os";
import { loomOnTerminal } from "../../support/terminal.ts";

const show = (how: string, variables: Readonly<Record<string, string>> = {}, columns = 100) =>
  loomOnTerminal([how], {
    cwd: tmpdir(),
    variables,
    columns,
    program: "test/cli/progress/show-progress.ts",
  });

/** How many of the commands of this file may run at once, on two cores. */
const concurrency = 2;

describe("progress on a real terminal", { concurrency }, () => {
  it("moves one line, and leaves the last", async () => {
    await using terminal = show("end");
    await terminal.sees(/^Running ███░{9} {2}1\/4 {2}cache=0 {2}errors=0 {2}\$0\.2500 .*eta \d/m);
    assert.equal(terminal.cursor, false);
    terminal.type("\r");
    assert.equal(await terminal.ended, 0);
    const [note, line, ...rest] = terminal.lines;
    assert.equal(note, "row 1 was 日本語");
    assert.match(
      line ?? "",
      /^Running █{12} {2}4\/4 {2}cache=0 {2}errors=0 {2}\$0\.2500 {2}\S+ rows\/s {2}0:00:\d\d$/,
    );
    assert.deepEqual([rest, terminal.cursor], [[], true]);
  });

  it("fits the terminal when that becomes narrow", async () => {
    await using terminal = show("end");
    await terminal.sees(/eta \d/);
    terminal.resize(30);
    await terminal.sees(/^1\/4 {2}errors=0 {2}\$0\.2500$/m);
    assert.deepEqual(terminal.lines, ["row 1 was 日本語", "1/4  errors=0  $0.2500"]);
  });

  const ends: readonly (readonly [how: string, keys: string, code: number, left: RegExp])[] = [
    ["wait", "\u0003", 130, /^row 1 was 日本語\s*(?:\^C)?$/],
    ["throw", "\r", 1, /^row 1 was 日本語\s[^]*broken on purpose/],
    ["exit", "\r", 3, /^row 1 was 日本語\s*$/],
    ["graceful", "\u0003", 130, /^row 1 was 日本語\nstopping\nRunning ███░{9} {2}1\/4 [^]*0:00:\d\d$/],
  ];
  for (const [how, keys, code, left] of ends) {
    it(`gives the cursor back after ${how} and ${JSON.stringify(keys)}`, async () => {
      await using terminal = show(how);
      await terminal.sees(/1\/4 /);
      assert.equal(terminal.cursor, false);
      terminal.type(keys);
      assert.equal(await terminal.ended, code);
      assert.equal(terminal.cursor, true);
      assert.match(terminal.lines.join("\n"), left);
    });
  }

  const plain: readonly (readonly [why: string, variables: Readonly<Record<string, string>>])[] = [
    ["CI", { CI: "true" }],
    ["TERM=dumb", { TERM: "dumb" }],
  ];
  for (const [why, variables] of plain) {
    it(`is plain lines with ${why}`, async () => {
      await using terminal = show("end", variables);
      await terminal.sees(/^row 1/m);
      terminal.type("\r");
      assert.equal(await terminal.ended, 0);
      assert.deepEqual(terminal.lines.filter((line) => line.includes("1/4")), []);
      assert.match(
        terminal.lines.at(-1) ?? "",
        /^4\/4 rows, 0 from cache, 0 errors, \$0\.2500, \S+ rows\/s, in 0:00:\d\d$/,
      );
    });
  }
});
