/**
 * The sqlite sink with millions of calls: what a call costs on its way in, and how long every question to the history takes.
 * `npm run bench:sqlite [calls] [file]`, default 10,000,000 calls in a file that is removed afterwards; a file that is named
 * is kept, and filled only when it is not there.
 *
 * Filling goes a bulk path: rows by SQL, indexes afterwards, and then the sink's own sums in larger transactions.
 */

import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fillCalls } from "./sqlite-sink/fill.ts";
import { ingest } from "./sqlite-sink/ingest.ts";
import { questions } from "./sqlite-sink/questions.ts";
import { openHistory } from "./sqlite-sink/open.ts";

const count = Number(process.argv[2] ?? 10_000_000);
const folder = mkdtempSync(join(tmpdir(), "loom-bench-"));
const path = process.argv[3] ?? join(folder, "loom.db");
const nowMs = 1_790_000_000_000;
const days = 29;

try {
  await ingest(join(folder, "ingest.db"));
  if (!existsSync(path)) fillCalls(path, count, nowMs, days);
  console.log(`${count} calls in ${Math.round(statSync(path).size / 1e6)} MB`);
  await ask();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Cold: a new connection and, with `COLD=1`, nothing in the system's cache. Warm: best and worst of five. */
async function ask(): Promise<void> {
  const rows: Record<string, { cold: number; warm: number; worst: number }> = {};
  for (const [name, question] of questions(nowMs, days)) {
    if (process.env["COLD"] === "1") forgetPages();
    const { history, close } = await openHistory(path, nowMs);
    const times: number[] = [];
    for (let run = 0; run < 6; run++) times.push(await timed(() => question(history)));
    await close();
    const [cold = 0, ...warm] = times.map((ms) => Math.round(ms * 10) / 10);
    rows[name] = { cold, warm: Math.min(...warm), worst: Math.max(...warm) };
  }
  console.table(rows);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** Where the system lets us: its cache of files is emptied, so that everything comes from the disk. */
function forgetPages(): boolean {
  try {
    writeFileSync("/proc/sys/vm/drop_caches", "1");
    return true;
  } catch {
    return false;
  }
}
