/** Runs every test on both runtimes, and the tests of the built package. Fails when anything fails or nothing ran. */

import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import process from "node:process";

const runtimes = process.argv.slice(2);
const all = runtimes.length === 0;
const files = globSync("test/**/*.test.ts").filter((file) => !file.startsWith("test/dist/")).sort();
const packed = globSync("test/dist/*.test.ts");
if (files.length === 0 || packed.length === 0) {
  console.error("no tests were found");
  process.exit(1);
}

/** A run that takes longer hangs. */
const longestRunMs = 11 * 60_000;

/** Runs one program; its failure is remembered, so that one run shows everything that is wrong. */
let failed = false;
function run(title: string, command: string, parameters: readonly string[]): void {
  console.log(`\n── ${title} ──`);
  const { status, error, stdout } = spawnSync(command, parameters, {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    timeout: longestRunMs,
    env: { ...process.env, NO_COLOR: "1" },
  });
  // Away from a terminal Deno's dots come one a line, and say nothing.
  console.log((stdout ?? "").split("\n").filter((line) => line !== ".").join("\n"));
  if (error !== undefined) console.error(`${command} could not be started: ${error.message}`);
  if (status !== 0) {
    failed = true;
    console.error(`✗ ${title} failed (exit code ${status})`);
  }
}

const reporter = "./test/support/brief-reporter.ts";
const bin = (name: string) => `node_modules/.bin/${name}`;
if (all || runtimes.includes("node")) {
  run("Node", process.execPath, [
    "--import",
    "tsx",
    "--test",
    "--test-timeout=120000",
    // Most files wait for something most of the time; Node would run one at a time on two cores.
    "--test-concurrency=2",
    `--test-reporter=${reporter}`,
    ...files,
  ]);
}
if (all || runtimes.includes("deno")) {
  // Deno's files share one process: those that change what belongs to it, such as variables, run one after another.
  const alone = files.filter((file) =>
    /(?:delete |assign\()process\.env|process\.env\S* = |process\.chdir/.test(readFileSync(file, "utf8"))
  );
  const beside = files.filter((file) => !alone.includes(file));
  const flags = ["--allow-all", "--no-check", "--quiet", "--reporter=dot"];
  run("Deno", bin("deno"), ["test", ...flags, "--parallel", ...beside]);
  run("Deno, one by one", bin("deno"), ["test", ...flags, ...alone]);
}
if (all || runtimes.includes("dist")) {
  run("built package", process.execPath, [
    "--import",
    "tsx",
    "--test",
    `--test-reporter=${reporter}`,
    ...packed,
  ]);
}
process.exit(failed ? 1 : 0);
