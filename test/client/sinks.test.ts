/** Sinks that throw, hang or have a full disk: no call feels it, and what they let go of is counted. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CallRecord, Sink } from "../../src/index.ts";
import { CLOCK, LOGGER } from "../../src/plugin.ts";
import { fakeClock } from "../../src/testing.ts";
import { bareLoom } from "../support/looms.ts";
import { serve } from "../support/server.ts";

const request = { model: "sandbox/sandbox-small", prompt: "hi" };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const provide = [[LOGGER, quiet]] as const;

describe("sinks", () => {
  it("that throw or have a full disk touch no call, and are counted by name", async () => {
    const good: CallRecord[] = [];
    const throwing: Sink = {
      write() {
        throw new Error("no");
      },
    };
    await using loom = bareLoom({
      provide,
      sinks: [throwing, { type: "jsonl", path: "/dev/full" }, throwing, {
        write: (record) => void good.push(record),
      }],
    });
    const faults: string[] = [];
    loom.on("sink-error", ({ sink }, callId) => faults.push(`${sink} ${callId}`));
    const { trace } = await loom.generate(request);
    await loom.stream({ ...request, prompt: "streamed" }).result;
    await loom.flush();
    assert.equal(good.length, 2);
    assert.deepEqual([faults.length, faults[0]], [4, `given in code ${trace.callId}`]);
    const { sinks } = (await loom.engine()).opened;
    assert.deepEqual(sinks.dropped(), [{ name: "given in code", dropped: 4 }, { name: "jsonl", dropped: 2 }]);
  });

  it("whose server hangs hold up neither calls nor, for long, the end", async () => {
    const server = await serve(() => {});
    const clock = fakeClock();
    const loom = bareLoom({
      provide: [...provide, [CLOCK, clock]],
      sinks: [{ type: "webhook", url: server.url, flushMs: 0 }],
    });
    for (let index = 0; index < 50; index++) await loom.generate({ ...request, prompt: `${index}` });
    const { sinks } = (await loom.engine()).opened;
    const closed = loom.close();
    await server.request();
    await clock.advance(5_000);
    await clock.advance(500);
    await closed;
    await server.close();
    assert.deepEqual(sinks.dropped(), [{ name: "webhook", dropped: 50 }]);
  });

  it("are asked whether anything was dropped only when somebody wants to know", async () => {
    let asked = 0;
    const sink: Sink = {
      write() {},
      get dropped() {
        return ++asked;
      },
    };
    await using loom = bareLoom({ sinks: [sink] });
    await loom.generate(request);
    assert.equal(asked, 0);
    assert.deepEqual((await loom.engine()).opened.sinks.dropped(), [{ name: "given in code", dropped: 1 }]);
  });
});
