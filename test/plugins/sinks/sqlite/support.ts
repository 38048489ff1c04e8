/** Sinks on files of their own, in the thread of the test, on a clock that stands still. */

import { ownDesk } from "../../../../plugins/sinks/sqlite/desk.ts";
import type { FileOptions } from "../../../../plugins/sinks/sqlite/file.ts";
import type { QueueOptions } from "../../../../plugins/sinks/sqlite/queue.ts";
import { sqliteSink } from "../../../../plugins/sinks/sqlite/sink.ts";
import type { CallHistory, Sink } from "../../../../src/plugin.ts";
import { type FakeClock, fakeClock } from "../../../../src/testing.ts";

export interface Opened {
  readonly sink: Sink;
  readonly history: CallHistory;
  readonly clock: FakeClock;
  /** What was said to the logger. */
  readonly said: string[];
}

export async function openSink(
  path: string,
  options: Partial<FileOptions & QueueOptions> = {},
  clock: FakeClock = fakeClock(),
): Promise<Opened> {
  const desk = await ownDesk({
    retainDays: 30,
    retainSummaryDays: 400,
    maxNames: 1000,
    busyMs: 0,
    ...options,
    path,
  });
  const said: string[] = [];
  const note = (text: string) => void said.push(text);
  const logger = { debug: () => {}, info: note, warn: note, error: note };
  const sink = sqliteSink(desk, clock, logger, { maxQueued: 10_000, flushMs: 1000, writer: 1, ...options });
  const { history } = sink;
  if (history === undefined) throw new Error("the sink has no history");
  return { sink, history, clock, said };
}
