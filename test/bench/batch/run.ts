/**
 * `npm run bench:batch`: rows a second and peak memory of `loom run --sync` over a million rows against a local server, with the
 * bare loop over undici beside it. Measures the built package. Needs gcc.
 *
 * `-- --rows=100000`: fewer. `-- --no-build`: as it was built last.
 */

import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promptOf } from "./bare.ts";

const option = (name: string) =>
  process.argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);
const rows = Number(option("rows") ?? 1_000_000);
const workers = "64";
const port = 18_110;
const origin = `http://127.0.0.1:${port}`;
const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "loom-batch-bench-"));

interface Ran {
  readonly seconds: number;
  readonly peakMb: number;
}

if (!process.argv.includes("--no-build")) {
  execFileSync("npm", ["run", "build"], { cwd: root, stdio: "inherit" });
}
execFileSync("gcc", ["-O2", "-o", join(folder, "upstream"), join(here, "../gateway/upstream.c")], {
  stdio: "inherit",
});
const upstream = spawn(join(folder, "upstream"), [String(port), "400", "50", "10"], {
  stdio: ["ignore", "pipe", "inherit"],
});
process.on("exit", () => {
  upstream.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
await new Promise((resolve) => upstream.stdout.once("data", resolve));

const dataset = join(folder, "complaints.csv");
await writeDataset();
console.log(
  `node ${process.versions.node}, ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores; ` +
    `${rows} rows, ${workers} at a time, ${(statSync(dataset).size / 1e6).toFixed(0)} MB of CSV`,
);
const bare = await run("bare loop over undici", [join(here, "bare.ts"), origin, String(rows), workers]);
const output = dataset.replace(".csv", "_results_openai_gpt-4o-mini.csv");
const job = ["--file", dataset, "--col", "text", "--provider", "openai", "--model", "gpt-4o-mini"];
const cli = join(root, "dist/src/cli.js");
// Left alone, V8 lets its nursery grow to 130 MB.
for (const options of ["", "--max-semi-space-size=8"]) {
  rmSync(output, { force: true });
  const args = [cli, "run", "--sync", "--no-cache", "--workers", workers, ...job];
  const loom = await run(`loom run --sync ${options}`, args, options);
  console.log(`  ${(bare.seconds / loom.seconds * 100).toFixed(0)} % of the bare loop's rows per second`);
  const lines = readFileSync(output).reduce((count, byte) => byte === 10 ? count + 1 : count, 0);
  if (lines !== rows + 1) throw new Error(`the output has ${lines} lines, not ${rows + 1}`);
}
process.exit(0);

async function writeDataset(): Promise<void> {
  const file = createWriteStream(dataset);
  file.write("id,text,priority\n");
  for (let index = 0; index < rows; index++) {
    const line = `${index},"${promptOf(index)}",low\n`;
    if (!file.write(line)) await new Promise<void>((resolve) => file.once("drain", () => resolve()));
  }
  file.end();
  await finished(file);
}

/** Runs a program to its end, and looks at its memory meanwhile. */
async function run(name: string, args: readonly string[], nodeOptions = ""): Promise<Ran> {
  const begin = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      NODE_OPTIONS: nodeOptions,
      OPENAI_API_KEY: "bench",
      OPENAI_BASE_URL: `${origin}/v1`,
      LOOM_HOME: join(folder, "home"),
    },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => said = (said + text).slice(-2_000));
  let peakKb = 0;
  const look = setInterval(() => {
    // Gone between two looks; the highest mark so far stands.
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peakKb = Math.max(peakKb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch (error) {
      if ((error as { readonly code?: string }).code !== "ENOENT") throw error;
    }
  }, 100);
  const code = await new Promise((resolve) => child.once("close", resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}: ${said}`);
  const ran = { seconds: (performance.now() - begin) / 1000, peakMb: peakKb / 1024 };
  const rate = Math.round(rows / ran.seconds);
  console.log(
    `${name.padEnd(40)} ${ran.seconds.toFixed(1)} s  ${rate} rows/s  ${ran.peakMb.toFixed(0)} MB peak`,
  );
  return ran;
}
