/** The sqlite sink passes the suites: its answers are those of the calls, summed up already or not. */

import { test } from "node:test";
import { type FakeClock, historySuite, sinkSuite } from "../../../../src/testing.ts";
import { openSink } from "./support.ts";

let clock: FakeClock;
const make = async () => {
  const opened = await openSink(":memory:");
  clock = opened.clock;
  return opened.sink;
};

sinkSuite(test, make);
historySuite(test, make);
historySuite((name, body) => test(`summed up: ${name}`, body), make, {
  settled: () => clock.advance(15_000),
});
