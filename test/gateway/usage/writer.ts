/** A process that adds to a file of usage, as one of several: `writer.ts <file> <key> <calls>`. */

import process from "node:process";
import { createUsage } from "../../../src/gateway/usage/index.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { fakeRecord } from "../../../src/testing.ts";

const [file = "", key = "", calls = "0"] = process.argv.slice(2);
const usage = createUsage({ clock: systemClock, file });
for (let index = 0; index < Number(calls); index++) {
  usage.add(fakeRecord({ user: `u${index % 7}` }), key);
  // Many small transactions, so that the processes meet.
  if (index % 10 === 0) usage.flush();
}
await usage.close();
