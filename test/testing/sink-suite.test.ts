/** The sink suite passes a plain good sink and catches each way of being a bad one. */

import { describe, test } from "node:test";
import type { CallRecord, Sink } from "../../src/plugin.ts";
import { sinkSuite } from "../../src/testing.ts";
import { expectCaught, expectGood } from "../support/run-suite.ts";

let arrived: CallRecord[] = [];

/** Delivers a turn later, as a sink that writes somewhere does. */
function goodSink(): Sink {
  const home: CallRecord[] = arrived = [];
  let queue: CallRecord[] = [];
  let closed = false;
  const flush = async () => {
    await Promise.resolve();
    home.push(...queue);
    queue = [];
  };
  return {
    write: (record) => void (closed || queue.push(record)),
    flush,
    close: async () => {
      closed = true;
      await flush();
    },
  };
}

function spoilt(change: (good: Sink) => Partial<Sink>): () => Sink {
  return () => {
    const good = goodSink();
    return { ...good, ...change(good) };
  };
}

describe("sinkSuite", () => {
  const options = { arrived: () => arrived.length };
  test("passes a good sink", () => expectGood((run) => sinkSuite(run, goodSink, options)));
  test("passes a sink that only writes", () =>
    expectGood((run) => sinkSuite(run, () => ({ write: () => {} }))));

  let writes = 0;
  const faults: [string, () => Sink, RegExp][] = [
    [
      "makes its caller wait",
      spoilt((good) => ({ write: (async (r: CallRecord) => good.write(r)) as never })),
      /at once/,
    ],
    [
      "loses records",
      spoilt((good) => ({ write: (r) => void (writes++ % 2 && good.write(r)) })),
      /brings every record/,
    ],
    [
      "changes records",
      spoilt((good) => ({ write: (r) => good.write(Object.assign(r, { model: "x" })) })),
      /change/,
    ],
    [
      "chokes on odd names",
      spoilt((good) => ({
        write: (r) => {
          if (r.user?.includes("\n")) throw new Error("bad name");
          good.write(r);
        },
      })),
      /bad name/,
    ],
    ["does not flush", spoilt(() => ({ flush: async () => {} })), /flush brings/],
    ["forgets what is queued when closed", spoilt(() => ({ close: async () => {} })), /close brings home/],
    ["throws after close", () => {
      let closed = false;
      const good = goodSink();
      return {
        ...good,
        write: (record) => {
          if (closed) throw new Error("closed");
          good.write(record);
        },
        close: async () => {
          closed = true;
          await good.close?.();
        },
      };
    }, /after close/],
    ["cannot close twice", () => {
      let closed = false;
      const good = goodSink();
      return {
        ...good,
        close: () => {
          if (closed) throw new Error("twice");
          closed = true;
          return good.close?.();
        },
      };
    }, /twice/],
  ];
  for (const [name, make, what] of faults) {
    test(`catches a sink that ${name}`, () => expectCaught((run) => sinkSuite(run, make, options), what));
  }
});
