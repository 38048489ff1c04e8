/** What the program runs on, and the clock, the logger and the version that come with it. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/runtime/clock.ts";
import { hostName, importsTypeScript, workingDirectory } from "../../src/runtime/host.ts";
import { version } from "../../src/runtime/version.ts";

const deno = (process.versions as { deno?: string }).deno !== undefined;

/** Runs a piece of TypeScript as a program of its own and gives what it wrote where. */
function program(
  text: string,
): { readonly stdout: string; readonly stderr: string; readonly tookMs: number } {
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const args = deno ? ["eval", "--ext=ts", text] : ["--import", "tsx", "--input-type=module", "--eval", text];
  const beganMs = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: "utf8",
    timeout: 10_000,
  });
  assert.equal(status, 0, stderr);
  return { stdout, stderr, tookMs: performance.now() - beganMs };
}

describe("the host", () => {
  it("is named with its version, imports TypeScript here, and has a working directory", () => {
    assert.match(hostName(), deno ? /^deno 2\.\d+\.\d+/ : /^node \d+\.\d+\.\d+/);
    assert.equal(importsTypeScript(), true);
    assert.equal(workingDirectory(), process.cwd());
  });

  it("knows the version of this package", () => {
    const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    assert.equal(version(), (JSON.parse(text) as { version: string }).version);
  });
});

describe("systemClock", () => {
  it("tells the time and runs timers, which can be taken back", async () => {
    assert.ok(Math.abs(systemClock.now() - Date.now()) < 1000);
    const beganMs = systemClock.monotonic();
    const rang: string[] = [];
    const takeBack = systemClock.after(1, () => rang.push("taken back"));
    takeBack();
    takeBack();
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
    assert.deepEqual(rang, []);
    assert.ok(systemClock.monotonic() - beganMs >= 4);
  });

  it("keeps the process alive for its timers, but not for background ones", () => {
    const { stdout, tookMs } = program(
      `import { systemClock } from "./src/runtime/clock.ts";
      systemClock.after(9_000, () => console.log("background"), { background: true });
      systemClock.after(20, () => console.log("waited for"));`,
    );
    assert.equal(stdout.trim(), "waited for");
    assert.ok(tookMs < 8_000, `${tookMs} ms`);
  });
});

describe("consoleLogger()", () => {
  it("writes warnings and errors to standard error, one line each, and no less unless asked", () => {
    const { stdout, stderr } = program(
      `import { consoleLogger } from "./src/runtime/console-logger.ts";
      for (const logger of [consoleLogger(), consoleLogger("debug")]) {
        logger.debug("d"); logger.info("i"); logger.warn("w", { a: 1 }); logger.error("e");
      }`,
    );
    assert.equal(stdout, "");
    const lines = stderr.trim().split("\n");
    assert.deepEqual(lines, [
      'loom warn: w {"a":1}',
      "loom error: e",
      "loom debug: d",
      "loom info: i",
      'loom warn: w {"a":1}',
      "loom error: e",
    ]);
  });
});
