/** What a call costs on its way into the file: this thread's time, and how long it stands still at most. */

import { setTimeout } from "node:timers/promises";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { openDatabase } from "../../../plugins/sinks/sqlite/database.ts";
import { openFile } from "../../../plugins/sinks/sqlite/file.ts";
import { storedCall } from "../../../plugins/sinks/sqlite/stored-call.ts";
import { randomCalls, seeded } from "../../../src/testing/history-reckoning.ts";
import type { CallRecord } from "../../../src/plugin.ts";
import { openHistory } from "./open.ts";

const count = 40_000;
/** Calls that end at about the same moment. */
const burst = 100;

export async function ingest(path: string): Promise<void> {
  const calls = callsOfNow(7);
  const { sink, close } = await openHistory(path);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const before = performance.eventLoopUtilization();
  const startMs = performance.now();
  delay.enable();
  let writingMs = 0;
  for (let index = 0; index < count; index += burst) {
    const fromMs = performance.now();
    for (const call of calls.slice(index, index + burst)) sink.write(call);
    writingMs += performance.now() - fromMs;
    await setTimeout(2);
  }
  await sink.flush?.();
  const { active } = performance.eventLoopUtilization(before);
  delay.disable();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`ingest: ${count} calls in ${seconds} s, ${sink.dropped} dropped`);
  console.log(`  write(): ${us(writingMs)} us for each call`);
  console.log(
    `  this thread: ${us(active)} us for each call, longest standstill ${(delay.max / 1e6).toFixed(1)} ms`,
  );
  await close();
  inThread(path + "-2");
}

/** Calls of all kinds that end while they are written. */
function callsOfNow(seed: number): CallRecord[] {
  const startMs = Date.now();
  return randomCalls(count, startMs, seeded(seed)).map((call, index) => ({
    ...call,
    atMs: startMs + index / 20,
  }));
}

/** What the thread does for it. */
function inThread(path: string): void {
  openDatabase(path).close();
  const file = openFile({ path, retainDays: 30, retainSummaryDays: 400, maxNames: 1000 });
  const calls = callsOfNow(8).map((call) => storedCall(call, 1));
  let longestMs = 0;
  const startMs = performance.now();
  for (let index = 0; index < count; index += 200) {
    const fromMs = performance.now();
    file.write(calls.slice(index, index + 200));
    longestMs = Math.max(longestMs, performance.now() - fromMs);
  }
  const writtenMs = performance.now();
  console.log(
    `  its own thread, rows: ${us(writtenMs - startMs)} us for each call, longest of 200 ${
      longestMs.toFixed(1)
    } ms`,
  );
  let slices = 1;
  while (file.summarise()) slices++;
  const summedMs = performance.now() - writtenMs;
  console.log(
    `  its own thread, sums: ${us(summedMs)} us for each call, ${
      (summedMs / slices).toFixed(1)
    } ms for each slice`,
  );
  file.close();
}

function us(ms: number): string {
  return (ms * 1000 / count).toFixed(1);
}
