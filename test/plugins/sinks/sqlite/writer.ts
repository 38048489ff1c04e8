/** A process that writes calls, as one of several: `writer.ts <file> <name> <calls>`; without a number it never ends. */

import process from "node:process";
import sqlite from "../../../../plugins/sinks/sqlite/index.ts";
import { CLOCK, LOGGER, RANDOM } from "../../../../src/plugin.ts";
import { systemClock } from "../../../../src/runtime/clock.ts";
import { fakeRecord } from "../../../../src/testing.ts";
import { optionsOf } from "../../../support/options.ts";
import { useOf } from "../../../support/use.ts";

const [path = "", name = "", calls = "Infinity"] = process.argv.slice(2);
const say = (text: string) => console.log(text);
const logger = { debug() {}, info() {}, warn: say, error: say };
const use = useOf([CLOCK, systemClock], [LOGGER, logger], [RANDOM, Math.random]);
const sink = await sqlite.make(use, optionsOf(sqlite, { path, maxQueued: 1_000_000, flushMs: 1 }));
for (let index = 0; index < Number(calls); index++) {
  sink.write(fakeRecord({ callId: `${name}-${index}`, atMs: Date.now(), user: name, tags: ["a", "b"] }));
  // Many small transactions, so that the processes meet.
  if (index % 10 === 0) await sink.flush?.();
  if (index === 200) console.log("under way");
}
await sink.close?.();
console.log(`done, ${sink.dropped} dropped`);
