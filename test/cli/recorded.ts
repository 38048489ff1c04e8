/** A folder with a `loom.db` in it, as the sink sqlite leaves it: for tests of the commands that read it. */

import type { CallRecord } from "../../src/index.ts";
import sqlite from "../../plugins/sinks/sqlite/index.ts";
import { CLOCK, LOGGER, RANDOM, type Sink } from "../../src/plugin.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { fakeRecord } from "../../src/testing.ts";
import { type Folder, folderOf } from "../support/folder.ts";
import { optionsOf } from "../support/options.ts";
import { useOf } from "../support/use.ts";

export interface Recorded extends Folder {
  /** Adds calls, each a minute after the one before, the last one now unless it says otherwise. */
  record(changes: readonly Partial<CallRecord>[]): Promise<void>;
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export async function recorded(changes: readonly Partial<CallRecord>[]): Promise<Recorded> {
  const folder = await folderOf();
  const record = async (more: readonly Partial<CallRecord>[]) => {
    const use = useOf([CLOCK, systemClock], [LOGGER, quiet], [RANDOM, Math.random]);
    const sink: Sink = await sqlite.make(
      use,
      optionsOf(sqlite, { path: folder.file("loom.db"), flushMs: 0 }),
    );
    const nowMs = Date.now();
    more.forEach((change, index) => {
      const atMs = nowMs - (more.length - 1 - index) * 60_000;
      sink.write(fakeRecord({ callId: `call-${index}`, atMs, ...change }));
    });
    await sink.close?.();
  };
  await record(changes);
  return { ...folder, record, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}
