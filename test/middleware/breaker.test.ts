/** The breaker stage: when a circuit opens, what it turns away, how it closes again, and that it leaves nothing behind. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../src/contract/error-code.ts";
import { errorTable, LoomError } from "../../src/errors/index.ts";
import { abortedError, wholeReply } from "../../src/kernel/index.ts";
import { type BreakerOptions, breakerStage } from "../../src/middleware/breaker.ts";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeAttempting, type FakeContextOptions } from "../../src/testing/fake-context.ts";
import { record, scripted, settle, text } from "../kernel/scripted.ts";
import { type Adapt, caught, fault, hello, listening, run, steps } from "./chain.ts";

const small: BreakerOptions = { volumeThreshold: 4, rollingWindowMs: 1_000, resetMs: 500 };

function make(options: BreakerOptions = small) {
  const clock = fakeClock();
  const stage = breakerStage(options, { clock });
  const { events, heard } = listening("breaker-change");
  const call = (adapt: Adapt, context: FakeContextOptions = {}) => {
    const ctx = fakeAttempting({ clock, events, ...context });
    return { ctx, settled: caught(run(ctx, [stage], adapt)) };
  };
  const fail = async (times: number, error: LoomError = fault("overloaded")) => {
    for (let index = 0; index < times; index++) await call(() => error).settled;
  };
  const state = () => stage.states()[0]?.state;
  return { clock, stage, heard, call, fail, state };
}

async function opened(options?: BreakerOptions) {
  const made = make(options);
  await made.fail(4);
  assert.equal(made.state(), "open");
  return made;
}

describe("breaker", () => {
  it("passes replies and errors on as they are", async () => {
    const { call } = make();
    assert.equal((await call(() => hello).settled).value?.parts, hello);
    const error = fault("overloaded");
    assert.equal((await call(() => error).settled).error, error);
  });

  it("opens once enough calls were made and half of them failed, and tells of it once", async () => {
    const { call, fail, state, heard } = make();
    await call(() => hello).settled;
    await call(() => hello).settled;
    await fail(1);
    assert.equal(state(), "closed");
    await fail(1);
    assert.equal(state(), "open");
    const told = [["breaker-change", { provider: "acme", model: "m1-2026", state: "open" }]];
    assert.deepEqual(heard, told);
  });

  it("stays closed below the volume, and below the threshold", async () => {
    const few = make({ ...small, volumeThreshold: 5 });
    await few.fail(4);
    assert.equal(few.state(), "closed");
    const rare = make({ ...small, errorThresholdPercentage: 60 });
    for (let index = 0; index < 4; index++) await rare.call(() => hello).settled;
    await rare.fail(4);
    assert.equal(rare.state(), "closed");
  });

  it("turns calls away while open, without asking the target, and says for how long", async () => {
    const { call, clock } = await opened();
    await clock.advance(100);
    let asked = 0;
    const { ctx, settled } = call(() => (asked++, hello));
    const { error } = await settled;
    assert.ok(LoomError.is(error, "breaker-open"));
    assert.deepEqual([error.retryAfterMs, error.provider, error.model, error.recovery], [
      400,
      "acme",
      "m1",
      "next-target",
    ]);
    assert.equal(asked, 0);
    assert.deepEqual(steps(ctx, "breaker"), [["skip", { target: "acme/m1-2026", retryAfterMs: 400 }]]);
  });

  it("keeps a circuit per provider and upstream model", async () => {
    const { call, stage } = await opened();
    for (const target of [{ provider: "other" }, { upstreamModel: "other" }]) {
      assert.ok((await call(() => hello, { target }).settled).value);
    }
    assert.deepEqual(
      stage.states().map(({ provider, model, state }) => `${provider}/${model} ${state}`).sort(),
      [
        "acme/m1-2026 open",
        "acme/other closed",
        "other/m1-2026 closed",
      ],
    );
  });

  it("lets one call through after the reset time, and closes when it goes well", async () => {
    const { call, clock, state, heard } = await opened();
    await clock.advance(500);
    assert.equal(state(), "half-open");
    const { promise, resolve } = Promise.withResolvers<void>();
    const reply = wholeReply({ target: fakeAttempting().target, origin: "vendor" }, hello);
    const trial = call(() => promise.then(() => reply));
    await settle();
    assert.ok(LoomError.is((await call(() => hello).settled).error, "breaker-open"), "one trial at a time");
    resolve();
    assert.ok((await trial.settled).value);
    assert.equal(state(), "closed");
    assert.deepEqual(heard.map(([, { state }]) => state), ["open", "half-open", "closed"]);
    assert.ok((await call(() => hello).settled).value);
  });

  it("opens again when the trial fails, for a whole reset time", async () => {
    const { call, clock, fail, state, heard } = await opened();
    await clock.advance(500);
    await fail(1);
    assert.equal(state(), "open");
    await clock.advance(499);
    assert.ok(LoomError.is((await call(() => hello).settled).error, "breaker-open"));
    await clock.advance(1);
    assert.ok((await call(() => hello).settled).value);
    assert.deepEqual(heard.map(([, { state }]) => state), [
      "open",
      "half-open",
      "open",
      "half-open",
      "closed",
    ]);
  });

  it("opens again when the caller gave the trial up: nothing was learned", async () => {
    const { clock, fail, state } = await opened();
    await clock.advance(500);
    await fail(1, abortedError());
    assert.equal(state(), "open");
  });

  it("closes when the trial fails by no fault of the target", async () => {
    const { clock, fail, state } = await opened();
    await clock.advance(500);
    await fail(1, fault("invalid-request"));
    assert.equal(state(), "closed");
  });

  it("is not moved by calls that were under way when it opened", async () => {
    const made = make();
    const { promise, reject } = Promise.withResolvers<never>();
    const slow = made.call(() => promise);
    await made.fail(4);
    await made.clock.advance(500);
    assert.ok((await made.call(() => hello).settled).value);
    reject(fault("overloaded"));
    assert.equal((await slow.settled).error?.code, "overloaded");
    assert.equal(made.state(), "closed");
  });

  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const { targetFault } = errorTable[code];
    it(`${targetFault ? "counts" : "does not count"} ${code}`, async () => {
      const { fail, state } = make();
      await fail(8, fault(code));
      assert.equal(state(), targetFault ? "open" : "closed");
    });
  }

  it("does not count faults that are no LoomErrors", async () => {
    const { call, state } = make();
    for (let index = 0; index < 8; index++) await call(() => Promise.reject(new TypeError("bug"))).settled;
    assert.equal(state(), "closed");
  });

  it("forgets what is older than the window", async () => {
    const { clock, fail, state } = make();
    await fail(3);
    await clock.advance(1_100);
    await fail(3);
    assert.equal(state(), "closed");
    await clock.advance(500);
    await fail(1);
    assert.equal(state(), "open");
  });

  describe("of streams", () => {
    const context = { call: { stream: true } };
    const cut = fault("stream-broken", {}, { partsSeen: 1 });

    async function streams(made: ReturnType<typeof make>, times: number, error?: LoomError) {
      for (let index = 0; index < times; index++) {
        const source = scripted();
        const { settled } = made.call(() => source.reply, context);
        await settle();
        source.push(text("half"));
        const { value } = await settled;
        assert.ok(value);
        const reader = record(value);
        await settle();
        source.end(error === undefined ? { status: "ok" } : { status: "failed", error });
        await settle();
        assert.deepEqual(reader.outcomes.length, 1);
      }
    }

    it("opens on streams that break after their first content part, each counted once", async () => {
      const made = make();
      await streams(made, 3, cut);
      assert.equal(made.state(), "closed");
      await streams(made, 1, cut);
      assert.equal(made.state(), "open");
      assert.deepEqual(made.heard.map(([, { state }]) => state), ["open"]);
    });

    it("does not open on streams that end well, or that their readers leave", async () => {
      const made = make();
      await streams(made, 8);
      for (let index = 0; index < 8; index++) {
        const source = scripted();
        const { settled } = made.call(() => source.reply, context);
        await settle();
        source.push(text("half"));
        const { value } = await settled;
        if (value !== undefined) record(value).flow.cancel(abortedError());
        await settle();
      }
      assert.equal(made.state(), "closed");
    });

    it("counts those that fail before the first content part, and rejects with their error", async () => {
      const made = make();
      for (let index = 0; index < 4; index++) {
        const source = scripted();
        const { settled } = made.call(() => source.reply, context);
        await settle();
        source.end({ status: "failed", error: cut });
        assert.equal((await settled).error, cut);
      }
      assert.equal(made.state(), "open");
    });

    it("closes at a trial's first content part, without waiting for its end", async () => {
      const made = await opened();
      await made.clock.advance(500);
      const source = scripted();
      const { settled } = made.call(() => source.reply, context);
      await settle();
      assert.equal(made.state(), "half-open");
      source.push(text("it"));
      const { value } = await settled;
      await settle();
      assert.equal(made.state(), "closed");
      assert.ok(value);
      record(value);
      await settle();
      source.end({ status: "failed", error: cut });
      await settle();
      assert.equal(made.state(), "closed", "one broken stream is fewer than the volume threshold");
    });
  });

  describe("leaves nothing behind", () => {
    it("sets no timer on the clock", async () => {
      const { clock } = await opened();
      assert.equal(clock.pending, 0);
    });

    it("forgets the least recently used of more than a thousand targets", async () => {
      const { call, stage } = make();
      for (let index = 0; index < 1_005; index++) {
        await call(() => hello, { target: { upstreamModel: `m${index}` } }).settled;
      }
      const models = stage.states().map(({ model }) => model);
      assert.equal(models.length, 1_000);
      assert.equal(models.includes("m0"), false);
      assert.equal(models.includes("m1004"), true);
    });

    it("gives calls under way their reply after it was closed, and refuses new ones", async () => {
      const { call, stage } = make();
      const { promise, resolve } = Promise.withResolvers<void>();
      const source = scripted();
      const { settled } = call(async () => (await promise, source.reply));
      stage.close();
      assert.deepEqual(stage.states(), []);
      resolve();
      assert.ok((await settled).value);
      assert.ok(LoomError.is((await call(() => hello).settled).error, "closed"));
    });
  });

  const wrong: readonly [BreakerOptions, string][] = [
    [{ errorThresholdPercentage: 0 }, "breaker.errorThresholdPercentage"],
    [{ errorThresholdPercentage: 101 }, "breaker.errorThresholdPercentage"],
    [{ volumeThreshold: 0.5 }, "breaker.volumeThreshold"],
    [{ rollingWindowMs: 0 }, "breaker.rollingWindowMs"],
    [{ resetMs: -1 }, "breaker.resetMs"],
  ];
  for (const [options, path] of wrong) {
    it(`refuses ${JSON.stringify(options)} and names ${path}`, () => {
      const clock: FakeClock = fakeClock();
      assert.throws(
        () => breakerStage(options, { clock }),
        (error) => LoomError.is(error, "config-invalid") && error.data.path === path,
      );
    });
  }
});
