/** The provider suite catches each way of being a bad provider; the good one that it passes is the sandbox, spoilt here. */

import { describe, test } from "node:test";
import sandbox from "../../plugins/providers/sandbox/index.ts";
import {
  type Answer,
  type Attempting,
  CLOCK,
  type Flow,
  type Provider,
  type Receiver,
  type Secret,
} from "../../src/plugin.ts";
import { type ProviderSetup, providerSuite, type ProviderSuiteOptions } from "../../src/testing.ts";
import { expectCaught, expectGood } from "../support/run-suite.ts";
import { useOf } from "../support/use.ts";

const options: ProviderSuiteOptions = {
  slow: { call: { params: { sandbox: { delayMs: 50 } } } },
  failing: [{ call: { params: { sandbox: { fault: { status: 500 } } } } }],
};

type Open = (ctx: Attempting, key: Secret | undefined, good: Provider) => Promise<Answer>;

function spoilt(open: Open): (setup: ProviderSetup) => Provider {
  return ({ clock }) => {
    const good = sandbox.make(useOf([CLOCK, clock])) as Provider;
    return { ...good, open: (ctx, key) => open(ctx, key, good) };
  };
}

/** The good answer, streamed through something that does harm. */
function spoiltStream(harm: (receiver: Receiver, start: (receiver: Receiver) => Flow) => Flow): Open {
  return async (ctx, key, good) => {
    const answer = await good.open(ctx, key);
    return "source" in answer ? { source: (receiver) => harm(receiver, answer.source) } : answer;
  };
}

describe("providerSuite", () => {
  test("passes the sandbox", () =>
    expectGood((run) => providerSuite(run, spoilt((ctx, key, good) => good.open(ctx, key)), options)));

  test("passes a service without streaming that says so", async () => {
    const whole = spoilt((ctx, key, good) =>
      good.open(ctx.with({ call: { ...ctx.call, stream: false } }), key)
    );
    await expectGood((run) => providerSuite(run, whole, { ...options, streams: false }));
    await expectCaught((run) => providerSuite(run, whole, options), /still be running at its first part/);
  });

  const faults: [string, Open, RegExp][] = [
    [
      "ends twice",
      spoiltStream((receiver, start) =>
        start({
          parts: (batch) => receiver.parts(batch),
          end: (outcome) => {
            receiver.end(outcome);
            receiver.end(outcome);
          },
        })
      ),
      /exactly one end/,
    ],
    [
      "sends parts after its end",
      spoiltStream((receiver, start) =>
        start({
          parts: (batch) => receiver.parts(batch),
          end: (outcome) => {
            receiver.end(outcome);
            receiver.parts([{ type: "text", text: "late" }]);
          },
        })
      ),
      /no parts after the end/,
    ],
    [
      "delivers before its flow is there",
      spoiltStream((receiver, start) => {
        receiver.parts([{ type: "text", text: "early" }]);
        return start(receiver);
      }),
      /before the source has returned/,
    ],
    [
      "ignores pause",
      spoiltStream((receiver, start) => ({ ...start(receiver), pause: () => {} })),
      /while the stream was paused/,
    ],
    [
      "ends well when cancelled",
      spoiltStream((receiver, start) => {
        const flow = start({
          ...receiver,
          parts: (batch) => receiver.parts(batch),
          end: () => receiver.end({ status: "ok" }),
        });
        return flow;
      }),
      /cancelled/,
    ],
    ["counts nothing", async (ctx, key, good) => {
      const answer = await good.open(ctx, key);
      return "parts" in answer ? { parts: answer.parts.filter((part) => part.type !== "usage") } : answer;
    }, /it has usage/],
    ["finishes never", async (ctx, key, good) => {
      const answer = await good.open(ctx, key);
      return "parts" in answer ? { parts: answer.parts.filter((part) => part.type !== "finish") } : answer;
    }, /one finish/],
    ["answers a cancelled call", async (ctx, key, good) => {
      return await good.open(
        ctx.with({
          cancellation: {
            ...ctx.cancellation,
            reason: undefined,
            onCancel: () => () => {},
            throwIfCancelled() {},
            signal: ctx.signal,
          },
        }),
        key,
      );
    }, /aborted|cancelled/],
    ["throws what is no LoomError", async (ctx, key, good) => {
      try {
        return await good.open(ctx, key);
      } catch (error) {
        throw new Error(String(error));
      }
    }, /LoomError|aborted|unsupported/],
    ["prints its key", async (ctx, key, good) => {
      try {
        return await good.open(ctx, key);
      } catch (error) {
        (error as Error).message += key?.reveal();
        throw error;
      }
    }, /prints a secret/],
  ];
  for (const [name, open, what] of faults) {
    test(`catches a provider that ${name}`, () =>
      expectCaught((run) => providerSuite(run, spoilt(open), options), what));
  }

  test("catches a provider that does what it does not say", () =>
    expectCaught((run) =>
      providerSuite(run, ({ clock }) => {
        const good = sandbox.make(useOf([CLOCK, clock])) as Provider;
        return { ...good, modalities: ["text"] };
      }, options), /a call for embedding should have failed/));
});
