/**
 * `npm run bench`: CPU per call and per streamed chunk as ratios to bare undici in the same run, a cache hit's time, and
 * start-up times. Measures the built package.
 */

import { execFileSync, fork } from "node:child_process";
import { cpus } from "node:os";
import process from "node:process";
import type { Loom } from "../../src/index.ts";
import { type Measured, median } from "./measure.ts";
import { startUp } from "./start-up.ts";
import { subjects } from "./subjects.ts";

const quick = process.argv.includes("--quick");
const chunks = 50;

if (!process.argv.includes("--no-build")) {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "."], { stdio: "inherit" });
}
const entry = new URL("../../dist/src/index.js", import.meta.url).href;
const { Loom: LoomClass } = await import(entry) as { Loom: typeof Loom };

const upstream = fork(new URL("upstream.ts", import.meta.url), {
  env: { ...process.env, BENCH_CHUNKS: String(chunks) },
});
const port = await new Promise<number>((resolve) =>
  upstream.once("message", (message) => resolve(message as number))
);

console.log(`node ${process.versions.node}, ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores`);
const names = subjects(port, LoomClass);

compare(
  "whole",
  "CPU per call, 2 kB prompt and answer, 16 at a time (JSON and HTTP inside; no TLS, no logging)",
);
compare("streamed", `CPU per chunk, paced streams of ${chunks} chunks, one every 10 ms, 64 at a time`);
await cacheHit();
console.log("\nStart-up in a fresh process, ms (median)");
for (const { name, importMs, firstAnswerMs } of startUp(port, entry, quick ? 3 : 9)) {
  console.log(
    `  ${name.padEnd(34)} import ${importMs.toFixed(0).padStart(4)}   first answer ${
      firstAnswerMs.toFixed(0).padStart(4)
    }`,
  );
}
upstream.disconnect();
process.exit(0);

/** Time of a hit in the memory cache, one at a time: there is no I/O in it. */
async function cacheHit(): Promise<void> {
  const loom = new LoomClass({
    apiKeys: { OPENAI_API_KEY: "bench" },
    providers: { openai: { baseUrl: `http://127.0.0.1:${port}/v1` } },
    cache: { type: "memory", maxSize: 1_000, ttl: 600 },
  });
  const request = {
    provider: "openai",
    model: "gpt-4o-mini",
    prompt: "The same question each time. ".repeat(70),
  };
  await loom.generate(request);
  const count = quick ? 5_000 : 20_000;
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const from = performance.now();
    for (let index = 0; index < count; index++) await loom.generate(request);
    rounds.push((performance.now() - from) * 1_000 / count);
  }
  console.log(`\nCache hit in memory, 2 kB prompt and answer: ${median(rounds).toFixed(1)} us`);
  await loom.close();
}

/** Each subject beside the yardstick, in a process of their own; the ratio is of that process. */
function compare(kind: "whole" | "streamed", title: string): void {
  console.log(`\n${title}`);
  const script = new URL("pair.ts", import.meta.url).pathname;
  names[kind].forEach(({ name }, index) => {
    if (index === 0) return;
    const output = execFileSync(
      process.execPath,
      [script, kind, String(index), String(port), quick ? "quick" : "full"],
      { encoding: "utf8" },
    );
    const [bare, subject] = JSON.parse(output) as readonly [Measured, Measured];
    console.log(
      `  ${name.padEnd(22)} ${subject.cpuUs.toFixed(1).padStart(6)} us   ${
        subject.ratio.toFixed(2).padStart(5)
      } x ` +
        `${bare.name} (${bare.cpuUs.toFixed(1)} us)`,
    );
  });
}
