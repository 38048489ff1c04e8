/** The real commands, killed while they hand in and while they fetch: no row is lost, and no batch is handed in twice. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { commandOf } from "../../cli/loom-command.ts";
import { folderOf } from "../../support/folder.ts";
import { type FakeVendor, fakeVendor } from "./fake-vendor.ts";
import { answered, fewYaml, questions } from "./scene.ts";

/** When a command dies: at its n-th request, at the n-th answer, or when it has written to files n times. */
type Death = readonly [what: "request" | "answer" | "file", count: number, delayMs?: number];

interface Ended {
  readonly killed: boolean;
  readonly code: number | null;
  readonly output: string;
}

const rows = 80;
const parts = 4;

function runOnce(
  vendor: FakeVendor,
  folder: string,
  args: readonly string[],
  [what, count, delayMs = 0]: Death | readonly [] = [],
): Promise<Ended> {
  const environment = { ...vendor.environment, FEW_API_KEY: "sk-few", LOOM_HOME: `${folder}/home` };
  const { file, parameters, env } = commandOf(args, environment);
  const child = spawn(file, parameters, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => output += text);
  }
  let seen = 0;
  const happened = (event: string) => {
    if (event !== what || ++seen !== count) return;
    // A signal takes effect a moment later than it is sent, at a point that nobody chose.
    if (delayMs === 0) child.kill("SIGKILL");
    else setTimeout(() => child.kill("SIGKILL"), delayMs);
  };
  vendor.heard = (when) => happened(when === "before" ? "request" : "answer");
  const watchers = [folder, `${folder}/home/batches`].map((path) => watch(path, () => happened("file")));
  return new Promise((resolve) => {
    child.once("close", (code, signal) => {
      for (const watcher of watchers) watcher.close();
      resolve({ killed: signal === "SIGKILL", code, output });
    });
  });
}

const run = ["run", "-f", "data.csv", "-c", "text", "-p", "few", "-m", "any"];

/** Hands in and fetches one dataset through all these deaths. @returns how many there were */
async function survive(deaths: Life): Promise<number> {
  await using vendor = await fakeVendor();
  await using folder = await folderOf({
    "data.csv": questions(rows),
    "home/batches/readme.txt": "",
    "plugins/providers/few.yaml": fewYaml(vendor.url, { maxRows: rows / parts }),
  });
  let kills = 0;
  const told = JSON.stringify(deaths);
  const command = async (args: readonly string[], plan: readonly Death[]): Promise<void> => {
    for (const one of plan) {
      const { killed, output } = await runOnce(vendor, folder.path, args, one);
      if (killed) kills++;
      else assert.doesNotMatch(output, /internal|Error:/, `${told}\n${output}`);
    }
    const { code, output } = await runOnce(vendor, folder.path, args);
    assert.equal(code, 0, `${told}\n${output}`);
  };
  await command(run, deaths.run);
  assert.deepEqual(vendor.batches.map((batch) => batch.rows.length), Array(parts).fill(rows / parts), told);
  const asked = new Set(vendor.batches.flatMap((batch) => batch.rows.map(({ prompt }) => prompt)));
  assert.equal(asked.size, rows, told);
  vendor.finish();
  await command(["fetch"], deaths.fetch);
  assert.equal(await readFile(folder.file("data_results_few_any.csv"), "utf8"), answered(rows), told);
  const left = (await readdir(folder.file("home"), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile()).map(({ name }) => name).filter((name) => !/\.(tmp|lock)/.test(name));
  assert.deepEqual(left, ["readme.txt"], told);
  return kills;
}

interface Life {
  readonly run: readonly Death[];
  readonly fetch: readonly Death[];
}

const later = () => Math.random() * 10;
const lives: readonly [Life, Life] = [
  {
    run: [["file", 1], ["request", 1], ["request", 2], ["answer", 2], ["file", 4, later()], [
      "answer",
      3,
      later(),
    ]],
    fetch: [["request", 1], ["answer", 2, later()], ["file", 2], ["request", 2, later()], ["file", 9], [
      "file",
      16,
    ], ["file", 3]],
  },
  {
    run: [["answer", 1], ["file", 3], ["file", 6], ["answer", 2, later()], ["request", 3], ["file", 12]],
    fetch: [["answer", 1], ["file", 1], ["answer", 4, later()], ["file", 5], ["file", 12], ["file", 2], [
      "file",
      6,
    ]],
  },
];

describe("a job whose commands are killed", () => {
  it("is handed in once and written whole", async () => {
    const [first, second] = lives;
    let kills = (await Promise.all([survive(first), survive(second)])).reduce((sum, one) => sum + one);
    // A command may get to its end before its time has come, and then its job has no more deaths to die.
    for (let more = 0; kills < 20 && more < 2; more++) kills += await survive(first);
    assert.ok(kills >= 20, `${kills} kills`);
  });
});
