/** What every provider must hold. */

import assert from "node:assert/strict";
import type { Provider } from "../contract/provider.ts";
import { modalities } from "../util/modalities.ts";
import { LoomError } from "../errors/index.ts";
import { abortedError } from "../kernel/index.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";
import { fakeCancellation, type FakeContextOptions } from "./fake-context.ts";
import { type Bench, bench, keyText } from "./provider-bench.ts";
import { textOf } from "./reading.ts";
import { assertLoomError, assertNotIn, type TestFunction, within } from "./suite.ts";

/** What a test needs of the provider it asks for. */
export interface ProviderSetup {
  /** To be given as the injected clock; the suite moves it whenever it waits. */
  readonly clock: FakeClock;
  /** What the test is about to ask: a script for a fake vendor can depend on it. */
  readonly purpose: "answer" | "slow" | "failure";
}

export interface ProviderSuiteOptions {
  /** The text call the tests ask, laid over the fake context's defaults. */
  readonly call?: FakeContextOptions;
  /** A streamed text call of five parts or more with time between them. Default: `call`, after a setup of purpose `slow`. */
  readonly slow?: FakeContextOptions;
  /** Calls that must fail, each with a setup of purpose `failure`. */
  readonly failing?: readonly FakeContextOptions[];
  /** Whether answers count tokens. Default true. */
  readonly usage?: boolean;
  /** `false`: streamed calls too are answered whole, as a service without streaming must. Default true. */
  readonly streams?: boolean;
}

/**
 * Registers the tests. `make` gives a fresh provider each time; `close` of the provider should close what `make` opened.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { providerSuite } from "loom-router/testing";
 * import { CLOCK, type Plugin, type Token } from "loom-router/plugin";
 * function tryPlugin(plugin: Plugin<"provider", undefined>) {
 *   providerSuite(test, ({ clock }) => {
 *     const use = <T>(token: Token<T>): T => {
 *       if ((token as symbol) === CLOCK) return clock as T;
 *       throw new Error(`no ${String(token)} here`);
 *     };
 *     return plugin.make(use, undefined);
 *   });
 * }
 * ```
 */
export function providerSuite(
  test: TestFunction,
  make: (setup: ProviderSetup) => Provider | Promise<Provider>,
  options: ProviderSuiteOptions = {},
): void {
  const { call = {}, slow = call, failing = [], usage = true, streams = true } = options;

  function check(name: string, purpose: ProviderSetup["purpose"], body: (bench: Bench) => Promise<void>) {
    test(`provider: ${name}`, async () => {
      const clock = fakeClock();
      const provider = await make({ clock, purpose });
      try {
        await body(bench(provider, clock));
      } finally {
        await within(provider.close?.(), "close");
      }
    });
  }

  check("says what it is", "answer", async ({ provider }) => {
    assert.ok(typeof provider.label === "string" && provider.label !== "", "it has a label");
    assert.ok(provider.modalities.length > 0, "it has modalities");
    for (const modality of provider.modalities) {
      assert.ok(modalities.includes(modality), `the modality ${modality}`);
    }
  });

  for (const stream of [false, true]) {
    check(`answers a text call, ${stream ? "streamed" : "whole"}`, "answer", async (bench) => {
      const reading = await bench.ask(call, stream);
      await bench.ended(reading);
      assert.deepEqual(reading.ends, [{ status: "ok" }]);
      assert.equal(reading.early, false, "nothing may be delivered before the source has returned its flow");
      assert.notEqual(textOf(reading.parts), "", "it has text");
      const types = reading.parts.map((part) => part.type);
      assert.equal(
        types.filter((type) => type === "finish").length,
        1,
        `one finish among ${types.join(", ")}`,
      );
      if (usage) {
        const counted = reading.parts.findLast((part) => part.type === "usage")?.usage;
        assert.ok(counted !== undefined, "it has usage");
        assert.ok(counted.inputTokens > 0 && counted.outputTokens > 0, "it counts input and output");
        assert.equal(counted.totalTokens, counted.inputTokens + counted.outputTokens);
        assert.ok(counted.cachedTokens <= counted.inputTokens, "cached input is a part of the input");
        assert.ok(counted.reasoningTokens <= counted.outputTokens, "reasoning is a part of the output");
      }
      if (!stream) assert.ok(!types.includes("tool-call-delta"), "pieces of tool calls are for streams only");
    });
  }

  check("a call cancelled before it began fails as aborted", "answer", async (bench) => {
    for (const stream of [false, true]) {
      const cancellation = fakeCancellation();
      cancellation.cancel();
      await bench.expectAborted(call, stream, cancellation);
    }
  });

  check("a call cancelled while it waits for its answer ends as aborted", "slow", async (bench) => {
    const cancellation = fakeCancellation();
    setTimeout(() => cancellation.cancel(), 1);
    await bench.expectAborted(slow, true, cancellation);
  });

  for (const by of streams ? ["the call's cancellation", "the reader's flow"] as const : []) {
    check(`a stream cancelled half-way by ${by} ends once, as cancelled`, "slow", async (bench) => {
      const cancellation = fakeCancellation();
      const reading = await bench.ask(slow, true, cancellation);
      await bench.until(() => reading.content > 0 || reading.ends.length > 0, "the first content part");
      assert.equal(
        reading.ends.length,
        0,
        "the slow call should still be running at its first part; make it slower",
      );
      const reason = abortedError();
      if (by === "the reader's flow") reading.flow.cancel(reason);
      else cancellation.cancel(reason);
      await bench.ended(reading);
      reading.flow.cancel(reason);
      reading.flow.pause();
      reading.flow.resume();
      await bench.quiet();
      assert.equal(reading.ends.length, 1, "exactly one end");
      assert.equal(reading.ends[0]?.status, "cancelled");
      assert.equal(reading.late, 0, "no parts after the end");
    });
  }

  const checkStream = streams ? check : () => {};
  checkStream("a stream stands still while it is paused, and loses nothing", "slow", async (bench: Bench) => {
    const reading = await bench.ask(slow, true);
    await bench.until(() => reading.content > 0 || reading.ends.length > 0, "the first content part");
    reading.flow.pause();
    reading.flow.pause();
    // What was on the way when the source was told may still come: once. A source that does not listen sends more, or ends.
    let arrivals = 0;
    for (let wait = 0, before = reading.parts.length; wait < 8; wait++, before = reading.parts.length) {
      await bench.quiet();
      if (reading.parts.length > before) arrivals++;
    }
    assert.ok(arrivals <= 1, "parts came while the stream was paused");
    assert.equal(reading.ends.length, 0, "the stream ended while it was paused");
    reading.flow.resume();
    await bench.ended(reading);
    assert.deepEqual(reading.ends, [{ status: "ok" }]);
    assert.equal(reading.late, 0);
    assert.equal(reading.parts.filter((part) => part.type === "finish").length, 1);
  });

  check("several calls run at once", "answer", async (bench) => {
    const readings = await Promise.all([false, true, true].map((stream) => bench.ask(call, stream)));
    for (const reading of readings) {
      await bench.ended(reading);
      assert.deepEqual(reading.ends, [{ status: "ok" }]);
    }
  });

  check("refuses what it cannot do as unsupported", "answer", async (bench) => {
    const foreign = modalities.filter((modality) => !bench.provider.modalities.includes(modality));
    for (const modality of foreign) {
      const asked = {
        ...call,
        call: { ...call.call, modality, messages: [], prompt: "a cat", input: ["a cat"] },
      };
      const error = await bench.failure(asked, false, `a call for ${modality}`);
      assert.ok(
        LoomError.is(error, "unsupported"),
        `${modality} should be unsupported, not ${String(error)}`,
      );
    }
  });

  for (const [index, asked] of failing.entries()) {
    check(`failure ${index + 1} is a LoomError that prints no key`, "failure", async (bench) => {
      for (const stream of [false, true]) {
        const error = await bench.failure(asked, stream, "a failing call");
        assertLoomError(error, "the call");
        assertNotIn(keyText, error, "the call");
      }
    });
  }
}
