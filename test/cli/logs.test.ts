/** `loom logs`: newest calls last, filters, one call whole, calls as they come, and what it says to wrong words. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import process from "node:process";
import { describe, it } from "node:test";
import { callText, rowLine } from "../../src/cli/log-lines.ts";
import { fakeRecord } from "../../src/testing.ts";
import { folderOf } from "../support/folder.ts";
import { until } from "../support/server.ts";
import { commandOf, loom } from "./loom-command.ts";
import { recorded } from "./recorded.ts";

const { receipt } = fakeRecord();

describe("loom logs", () => {
  it("prints the newest calls last, filtered, as lines and as JSON, and changes nothing in the file", async () => {
    await using folder = await recorded([
      { team: "b" },
      { team: "a", status: "failed", errorCode: "rate-limited", costUsd: null },
      { team: "a", tags: ["x"] },
      { team: "a", model: "m2" },
    ]);
    const before = await readFile(folder.file("loom.db"));
    const [all, some, two, since] = await Promise.all([
      loom(["logs"], folder.path),
      loom(["logs", "--json", "--filter", "team=a", "model=m1,m3"], folder.path),
      loom(["logs", "-n", "2"], folder.path),
      loom(["logs", "--since", "90s", "--json"], folder.path),
    ]);
    assert.deepEqual([all.code, all.stderr], [0, ""]);
    const lines = all.stdout.trimEnd().split("\n");
    assert.match(
      lines[1] ?? "",
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}failed rate-limited {2}acme\/m1 {2}813 ms {2}100\+20 tok {2}cost unknown {2}cache miss {2}team:a {2}call-1$/,
    );
    assert.deepEqual(lines.map((line) => line.split("  ").at(-1)), ["call-0", "call-1", "call-2", "call-3"]);
    const idsOf = ({ stdout }: { readonly stdout: string }) =>
      stdout.trimEnd().split("\n").map((line) => (JSON.parse(line) as { callId: string }).callId);
    assert.deepEqual(idsOf(some), ["call-1", "call-2"]);
    assert.deepEqual(idsOf(since), ["call-2", "call-3"]);
    assert.equal(two.stdout.trimEnd().split("\n").length, 2);
    assert.deepEqual(await readFile(folder.file("loom.db")), before);
  });

  it("prints one call with its receipt", async () => {
    const attempt = { provider: "acme", model: "m1", upstreamModel: "m1", attempt: 1, latencyMs: 5 } as const;
    await using folder = await recorded([{
      receipt: {
        ...receipt,
        steps: [{ atMs: 1, by: "cache", what: "miss" }],
        attempts: [{
          ...attempt,
          startedMs: 2,
          status: "failed",
          error: { code: "overloaded", status: 503, message: "busy" },
        }],
      },
    }]);
    const [text, json, none] = await Promise.all([
      loom(["logs", "--id", "call-0"], folder.path),
      loom(["logs", "--id", "call-0", "--json"], folder.path),
      loom(["logs", "--id", "nobody"], folder.path),
    ]);
    assert.match(
      text.stdout,
      /\n +1 ms {2}cache: miss\n +2 ms {2}attempt 1 at acme\/m1: failed 5 ms overloaded 503: busy\n +813 ms {2}ok\n$/,
    );
    assert.equal((JSON.parse(json.stdout) as { receipt: { steps: unknown[] } }).receipt.steps.length, 1);
    assert.deepEqual([none.code, none.stderr], [65, 'loom: --id: there is no call "nobody" in this file\n']);
  });

  it("follows calls that another process records, until it is stopped", async () => {
    await using folder = await recorded([{ callId: "before" }]);
    const { file, parameters, env } = commandOf(["logs", "--follow", "--json", "--filter", "status=ok"]);
    const child = spawn(file, parameters, { cwd: folder.path, env });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text);
    const ended = new Promise((resolve) => child.on("close", resolve));
    try {
      await until("the first call is shown", () => stdout.includes('"before"'), 15_000);
      // It looks at what was written beside it once a second, from its first look on.
      let round = 0;
      while (!stdout.includes('"later-')) {
        await folder.record([{ callId: `no-${round}`, status: "cancelled" }, { callId: `later-${round}` }]);
        if (++round > 50) throw new Error(`nothing came: ${stdout}`);
        await until("a call comes", () => stdout.includes('"later-'), 300).catch(() => {});
      }
      assert.ok(!stdout.includes('"no-'));
    } finally {
      // Deno's own kill() reports the signal even of a process that ended well.
      if (child.pid !== undefined) process.kill(child.pid, "SIGINT");
    }
    assert.equal(await ended, 0);
  });

  it("says what is wrong with its words, and makes no file", async () => {
    await using folder = await folderOf({ "text.db": "no database" });
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [[], 66, /there is no file .*loom\.db; --file wants that of the sink sqlite/],
      [["--file", "text.db"], 78, /text\.db is no SQLite database, or is damaged/],
      [["--filter", "teem=a"], 65, /calls have no "teem"; did you mean team\?/],
      [["--filter", "team"], 65, /--filter wants name=value, not "team"/],
      [["--since", "yesterday"], 65, /--since wants a time such as 30m/],
    ];
    const ended = await Promise.all(cases.map(([args]) => loom(["logs", ...args], folder.path)));
    for (const [index, [args, code, says]] of cases.entries()) {
      assert.match(ended[index]?.stderr ?? "", says, args.join(" "));
      assert.equal(ended[index]?.code, code, args.join(" "));
    }
    await assert.rejects(stat(folder.file("loom.db")));
  });
});

describe("a call as text", () => {
  const hostile = "\u001b[2Jx\r\ny\u2028";

  it("is one line as a row, whatever names callers choose", () => {
    const line = rowLine(
      fakeRecord({ user: hostile, team: "t".repeat(500), model: hostile, callId: hostile }),
    );
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /[\u0000-\u001f\u2028]/);
    assert.ok(line.length < 500, String(line.length));
  });

  it("shows content with its line ends, and lets none of it move the cursor", () => {
    const content = { input: [{ role: "user", text: `one\ntwo${hostile}` }], output: "three", cut: true };
    const text = callText(fakeRecord({ content, tags: ["a", "b"] }));
    assert.match(text, /\ntags a, b\n/);
    assert.match(
      text,
      /\nuser:\none\ntwo\?\[2Jx\?\ny\?\n\nanswer:\nthree\n\n\(not all of it was recorded\)\n$/,
    );
  });
});
