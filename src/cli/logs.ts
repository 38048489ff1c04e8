/** `loom logs`: the recorded calls, newest last; one of them whole; or those that come. */

import process from "node:process";
import { type Command, InvalidArgumentError } from "commander";
import type { CallFilter, CallHistory, CallRow } from "../contract/history.ts";
import { passesFilter } from "../util/call-dimensions.ts";
import { filterOf, type HistoryFlags, historyFlags, openHistory, wrong } from "./history.ts";
import { callText, rowLine } from "./log-lines.ts";
import { print } from "./print.ts";
import { spanSince } from "./since.ts";

interface LogsFlags extends HistoryFlags {
  readonly since?: string;
  readonly limit: number;
  readonly follow?: boolean;
  readonly id?: string;
  readonly retried?: boolean;
  readonly json?: boolean;
}

export function logsCommand(program: Command): void {
  historyFlags(
    program.command("logs")
      .description("show recorded calls, newest last")
      .option("--since <time>", "how far back: 30m, 24h, 7d, or a moment")
      .option("-n, --limit <count>", "the newest so many", count, 50)
      .option("--follow", "go on with what is recorded from now on, until Ctrl-C")
      .option("--id <call>", "one call, with its receipt")
      .option("--retried", "only calls that needed more than one attempt")
      .option("--json", "a line of JSON for each call"),
  ).action(async (flags: LogsFlags) => {
    const filter = filterOf(flags.filter);
    const span = flags.since === undefined ? undefined : spanSince(flags.since, Date.now());
    await using opened = await openHistory(flags.file);
    const { history } = opened;
    if (flags.id !== undefined) return await showCall(history, flags.id, flags.json === true);
    const show = (row: CallRow) => `${flags.json ? JSON.stringify(row) : rowLine(row)}\n`;
    const newest = async () => {
      const rows = await newestOf(history, flags.limit, {
        filter,
        ...(span !== undefined && { span }),
        ...(flags.retried && { retried: true }),
      });
      await print(rows.map(show).join(""));
      return rows;
    };
    if (flags.follow !== true) {
      if ((await newest()).length === 0 && !flags.json) await print("no such calls\n");
      return;
    }
    await follow(history, filter, newest, (row) => print(show(row)));
  });
}

async function showCall(history: CallHistory, id: string, json: boolean): Promise<void> {
  const record = await history.call(id);
  if (record === undefined) throw wrong("id", `--id: there is no call "${id}" in this file`);
  await print(json ? JSON.stringify(record, null, 2) + "\n" : callText(record));
}

const pageSize = 500;

/** Oldest first. */
async function newestOf(
  history: CallHistory,
  limit: number,
  query: Omit<Parameters<CallHistory["calls"]>[0], "next" | "limit">,
): Promise<readonly CallRow[]> {
  const rows: CallRow[] = [];
  let next: string | undefined;
  do {
    const page = await history.calls({
      ...query,
      limit: Math.min(pageSize, limit - rows.length),
      ...(next !== undefined && { next }),
    });
    rows.push(...page.calls);
    next = page.calls.length === 0 ? undefined : page.next;
  } while (next !== undefined && rows.length < limit);
  return rows.reverse();
}

/** More that nobody reads are not kept for them. */
const maxWaiting = 10_000;

/** First what there is, then what comes; what comes meanwhile is in both, and is shown once. */
async function follow(
  history: CallHistory,
  filter: CallFilter,
  newest: () => Promise<readonly CallRow[]>,
  show: (row: CallRow) => Promise<void>,
): Promise<void> {
  const waiting: CallRow[] = [];
  let wake = () => {};
  const stop = new AbortController();
  const end = () => (stop.abort(), wake());
  const stopFollowing = history.follow(({ receipt, ...row }) => {
    if (waiting.length >= maxWaiting || !passesFilter({ ...row, receipt }, filter)) return;
    waiting.push(row);
    wake();
  });
  // What follows the file keeps no process alive.
  const awake = setInterval(() => {}, 60_000);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, end);
  process.stdout.on("error", end);
  try {
    const shown = new Set((await newest()).map(({ callId }) => callId));
    while (!stop.signal.aborted) {
      const row = waiting.shift();
      if (row === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else if (!shown.delete(row.callId)) await show(row);
    }
  } finally {
    stopFollowing();
    clearInterval(awake);
    for (const signal of signals) process.off(signal, end);
    process.stdout.off("error", end);
  }
}

function count(given: string): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value;
  throw new InvalidArgumentError("It wants a number from 1 to 1000000.");
}
