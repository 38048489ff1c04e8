/**
 * `npm run bench:chain`: CPU of Loom's own chain, without any I/O: a provider that answers at once from memory. Tells what a
 * change to a stage costs, on machines where the network's share is noise.
 */

import process from "node:process";
import type { Loom } from "../../src/index.ts";
import type { Part, Plugin } from "../../src/plugin.ts";
import { median } from "./measure.ts";

const { Loom: LoomClass } = await import(new URL("../../dist/src/index.js", import.meta.url).href) as {
  Loom: typeof Loom;
};

const usage = {
  inputTokens: 420,
  outputTokens: 281,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};
const parts: readonly Part[] = [
  { type: "response", id: "chatcmpl-bench", model: "bench" },
  { type: "text", text: "lorem ipsum ".repeat(140) },
  { type: "usage", usage: { ...usage, totalTokens: 701 } },
  { type: "raw", value: {} },
  { type: "finish", reason: "stop" },
];
const memory: Plugin<"provider", void> = {
  api: 1,
  kind: "provider",
  id: "memory",
  make: () => ({
    label: "Memory",
    modalities: ["text"],
    models: "open",
    open: () => Promise.resolve({ parts }),
  }),
};

const filler = "The quick brown fox jumps over the lazy dog. ".repeat(42);
const variants = {
  "default chain": {},
  "without dedup": { dedup: false },
  "without breaker": { breaker: false },
  "without retry": { retry: false },
  "without all three": { dedup: false, breaker: false, retry: false },
  "with a memory cache, misses": { cache: { type: "memory", maxSize: 1_000, ttl: 60 } },
} as const;

let serial = 0;
for (const [name, options] of Object.entries(variants)) {
  const loom = new LoomClass({ plugins: [memory as Plugin], ...options });
  const run = async (count: number) => {
    for (let index = 0; index < count; index++) {
      await loom.generate({ provider: "memory", model: "m", prompt: `${serial++} ${filler}` });
    }
  };
  await run(20_000);
  const rounds: number[] = [];
  for (let round = 0; round < 7; round++) {
    const before = process.cpuUsage();
    await run(10_000);
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / 10_000);
  }
  console.log(`${name.padEnd(30)} ${median(rounds).toFixed(1).padStart(6)} us per call`);
  await loom.close();
}
process.exit(0);
