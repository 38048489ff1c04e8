/** `loom top`: what a running gateway does, live in the terminal. */

import process from "node:process";
import { type Command, InvalidArgumentError } from "commander";
import { loomError } from "../errors/index.ts";
import { systemClock } from "../runtime/clock.ts";
import { processEnvironment } from "../runtime/environment.ts";
import { print } from "./print.ts";
import { readSample } from "./top-sample.ts";
import { restore, showLive } from "./top-screen.ts";
import { topTable } from "./top-table.ts";

interface TopOptions {
  readonly url: string;
  readonly key?: string;
  readonly once?: boolean;
  readonly interval: number;
}

export function topCommand(program: Command): void {
  program.command("top")
    .description("show what a running gateway does: providers, requests, tokens, cost, errors, latency")
    .option("-u, --url <address>", "the gateway's admin address", "http://127.0.0.1:9091")
    .option(
      "-k, --key <key>",
      "its admin key; better as the variable LOOM_ADMIN_KEY, which no process list shows",
    )
    .option("-n, --interval <seconds>", "time between two looks", seconds, 2)
    .option("--once", "print one table and end; also what happens where the output is no terminal")
    .action(async (options: TopOptions) => {
      const url = addressOf(options.url);
      const key = options.key ?? processEnvironment().get("LOOM_ADMIN_KEY");
      if (options.once || !process.stdout.isTTY) await printOnce(url, key);
      else await watch(url, key, options.interval * 1000);
    });
}

async function printOnce(url: string, key: string | undefined): Promise<void> {
  const sample = await readSample(url, key, new AbortController().signal);
  // In a terminal as wide as that, in a pipe as wide as it takes.
  const columns = process.stdout.columns ?? 1000;
  await print(`${topTable(sample, undefined, { columns, rows: Infinity }).join("\n")}\n`);
}

async function watch(url: string, key: string | undefined, intervalMs: number): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, end);
  // However the process ends, it leaves a terminal that shows its cursor.
  const tidy = () => void process.stdout.write(restore);
  process.stdout.on("error", end);
  process.on("exit", tidy);
  try {
    await showLive({
      load: (signal) => readSample(url, key, signal),
      screen: process.stdout,
      clock: systemClock,
      intervalMs,
      signal: stop.signal,
    });
  } finally {
    process.off("exit", tidy);
    process.stdout.off("error", end);
    for (const signal of signals) process.off(signal, end);
  }
}

/** @throws LoomError `invalid-request` */
function addressOf(given: string): string {
  const address = URL.parse(given.includes("://") ? given : `http://${given}`);
  if (address?.protocol === "http:" || address?.protocol === "https:") {
    return `${address.origin}${address.pathname}`.replace(/\/+$/, "");
  }
  throw loomError("invalid-request", "--url wants an address such as http://127.0.0.1:9091", { path: "url" });
}

const [shortestSeconds, longestSeconds] = [0.2, 3600];

function seconds(given: string): number {
  const value = Number(given);
  if (value >= shortestSeconds && value <= longestSeconds) return value;
  throw new InvalidArgumentError(`It wants seconds from ${shortestSeconds} to ${longestSeconds}.`);
}
