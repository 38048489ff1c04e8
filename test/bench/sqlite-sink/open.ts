/** The sink as it is used, and its history. */

import { threadDesk } from "../../../plugins/sinks/sqlite/desk.ts";
import { sqliteSink } from "../../../plugins/sinks/sqlite/sink.ts";
import { type CallHistory, type Clock, type Sink } from "../../../src/plugin.ts";
import { systemClock } from "../../../src/runtime/clock.ts";

export interface OpenedSink {
  readonly sink: Sink;
  readonly history: CallHistory;
  close(): Promise<void>;
}

const quiet = { debug() {}, info() {}, warn: console.warn, error: console.error };

/** @param nowMs when it is there; default: today */
export async function openHistory(path: string, nowMs?: number): Promise<OpenedSink> {
  const desk = await threadDesk({ path, retainDays: 30, retainSummaryDays: 400, maxNames: 1000 });
  const clock: Clock = nowMs === undefined ? systemClock : { ...systemClock, now: () => nowMs };
  const sink = sqliteSink(desk, clock, quiet, { maxQueued: 100_000, flushMs: 1000, writer: 1 });
  const { history } = sink;
  if (history === undefined) throw new Error("no history");
  return { sink, history, close: async () => await sink.close?.() };
}
