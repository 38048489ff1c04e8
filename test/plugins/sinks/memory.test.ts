/** The memory sink passes the suites, and keeps only the last calls. */

import assert from "node:assert/strict";
import { test } from "node:test";
import memory from "../../../plugins/sinks/memory/index.ts";
import { LOGGER } from "../../../src/plugin.ts";
import { fakeRecord, historySuite, sinkSuite } from "../../../src/testing.ts";
import { optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const make = (given: unknown = {}) => memory.make(useOf([LOGGER, quiet]), optionsOf(memory, given));

sinkSuite(test, () => make());
historySuite(test, () => make());

test("the oldest calls make room for new ones", async () => {
  const sink = await make({ maxCalls: 10 });
  for (let index = 0; index < 1000; index++) {
    sink.write(fakeRecord({ callId: `call-${index}`, atMs: index }));
    const kept = await sink.history?.totals({ fromMs: 0, toMs: 1e6 });
    assert.ok(
      kept !== undefined && kept.requests < 15 && kept.requests >= Math.min(index, 10),
      `${kept?.requests}`,
    );
  }
  assert.equal((await sink.history?.call("call-999"))?.callId, "call-999");
});
