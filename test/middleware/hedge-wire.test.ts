/** Hedging through a whole Loom, against vendors on ports of their own: who is asked, who is cut off, and what it costs. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Loom, LoomError, Router } from "../../src/index.ts";
import { CLOCK } from "../../src/plugin.ts";
import {
  behave,
  controlledStream,
  type FakeClock,
  fakeClock,
  type FakeVendor,
  startFakeVendor,
} from "../../src/testing.ts";
import { bareLoom, type BareOptions } from "../support/looms.ts";
import { until } from "../support/server.ts";

interface Scene {
  readonly loom: Loom;
  readonly clock: FakeClock;
  /** The vendor that is asked first. */
  readonly a: FakeVendor;
  readonly b: FakeVendor;
  readonly router: Router;
}

const hedge = { afterMs: 100 };

async function scene(act: (scene: Scene) => Promise<void>, more: BareOptions = {}): Promise<void> {
  const [a, b] = await Promise.all([startFakeVendor(), startFakeVendor()]);
  const clock = fakeClock();
  const loom = bareLoom({
    provide: [[CLOCK, clock]],
    providers: {
      a: { type: "openai", baseUrl: a.url, apiKey: "sk-a" },
      b: { type: "openai", baseUrl: b.url, apiKey: "sk-b" },
    },
    routing: { hedge },
    ...more,
  });
  const router = new Router({ candidates: ["a/gpt-4o-mini", "b/gpt-4o-mini"] });
  try {
    await act({ loom, clock, a, b, router });
  } finally {
    await loom.close();
    await Promise.all([a.close(), b.close()]);
  }
}

async function bothAsked({ clock, a, b }: Scene): Promise<void> {
  await until("the first vendor was asked", () => a.requests.length === 1);
  await clock.advance(100);
  await until("the second vendor was asked", () => b.requests.length === 1);
}

describe("a hedged call", () => {
  it("answers from the second vendor, cuts the first off, and pays for both", () =>
    scene(async (scene) => {
      const { loom, a, b, router } = scene;
      a.script(behave.hang());
      b.script(behave.text("Hello there."));
      const coming = loom.route(router, { prompt: "Say hi." });
      await bothAsked(scene);
      const result = await coming;
      assert.equal(result.text, "Hello there.");
      assert.equal(result.router?.used, "b/gpt-4o-mini");
      await until("the first vendor was cut off", () => a.abandoned === 1);
      assert.equal(b.abandoned, 0);
      const [lost, won] = result.trace.attempts;
      assert.deepEqual([lost?.status, lost?.error?.code, lost?.usage?.estimated], [
        "cancelled",
        "aborted",
        true,
      ]);
      assert.deepEqual([won?.status, won?.usage?.inputTokens], ["ok", 7]);
      const bills = [lost, won].map((attempt) => attempt?.bill?.nanoUsd ?? 0);
      assert.ok(bills.every((nanoUsd) => nanoUsd > 0), `${bills}`);
      assert.equal(result.cost.usd, (bills[0] as number + (bills[1] as number)) / 1e9);
      assert.deepEqual(result.trace.warnings.map(({ code }) => code), ["usage-estimated"]);
    }));

  it("streams on from the winner, while the loser is cut off before it has said anything", () =>
    scene(async (scene) => {
      const { loom, a, b, router } = scene;
      const [slow, quick] = [controlledStream(), controlledStream()];
      a.script(slow.behaviour);
      b.script(quick.behaviour);
      const stream = loom.routeStream(router, { prompt: "Say hi." });
      const reading = (async () => {
        let text = "";
        for await (const piece of stream.textStream) text += piece;
        return text;
      })();
      await bothAsked(scene);
      await slow.opened;
      await quick.opened;
      await quick.text("one ");
      await until("the first vendor was cut off", () => a.abandoned === 1);
      await slow.text("never ");
      await quick.text("two");
      await quick.finish();
      assert.equal(await reading, "one two");
      const result = await stream.result;
      assert.deepEqual(result.trace.attempts.map(({ status }) => status), ["cancelled", "ok"]);
      assert.equal(b.abandoned, 0);
    }));

  for (const stream of [false, true]) {
    it(`cuts both off when the caller leaves, ${stream ? "streamed" : "whole"}`, () =>
      scene(async (scene) => {
        const { loom, clock, a, b, router } = scene;
        a.script(behave.hang());
        b.script(behave.hang());
        const leaving = new AbortController();
        const request = { prompt: "Say hi.", signal: leaving.signal };
        const coming = stream ? loom.routeStream(router, request).result : loom.route(router, request);
        const failed = assert.rejects(Promise.resolve(coming), (error) => LoomError.is(error, "aborted"));
        await bothAsked(scene);
        leaving.abort();
        await failed;
        await until("both were cut off", () => a.abandoned === 1 && b.abandoned === 1);
        assert.equal(clock.pending, 0);
      }));
  }

  it("cuts both off when its deadline passes", () =>
    scene(async (scene) => {
      const { loom, clock, a, b, router } = scene;
      a.script(behave.hang());
      b.script(behave.hang());
      const coming = loom.route(router, { prompt: "Say hi.", timeoutMs: 500 });
      const failed = assert.rejects(coming, (error) => LoomError.is(error, "timed-out"));
      await bothAsked(scene);
      await clock.advance(400);
      await failed;
      await until("both were cut off", () => a.abandoned === 1 && b.abandoned === 1);
    }));

  it("cuts the winner off when its reader leaves in the middle", () =>
    scene(async (scene) => {
      const { loom, a, b, router } = scene;
      const quick = controlledStream();
      a.script(behave.hang());
      b.script(quick.behaviour);
      const stream = loom.routeStream(router, { prompt: "Say hi." });
      const left = (async () => {
        for await (const _ of stream.textStream) break;
      })();
      await bothAsked(scene);
      await quick.opened;
      await quick.text("one ");
      await left;
      await until("both were cut off", () => a.abandoned === 1 && b.abandoned === 1);
      await assert.rejects(stream.result, (error) => LoomError.is(error, "aborted"));
    }));

  it("does not fail when one vendor fails while the other runs", () =>
    scene(async (scene) => {
      const { loom, clock, a, b, router } = scene;
      const slow = controlledStream();
      a.script(slow.behaviour);
      b.script(behave.status(400, { error: { message: "no such thing" } }));
      const stream = loom.routeStream(router, { prompt: "Say hi." });
      await bothAsked(scene);
      await slow.opened;
      await clock.advance(1_000);
      await slow.text("late");
      await slow.finish();
      assert.equal((await stream.result).text, "late");
      assert.deepEqual((await stream.result).trace.attempts.map(({ status }) => status), ["ok", "failed"]);
    }));

  it("lets callers share it, and goes on for those who stay", () =>
    scene(async (scene) => {
      const { loom, a, b, router } = scene;
      const slow = controlledStream();
      a.script(slow.behaviour);
      b.script(behave.hang());
      const leaving = new AbortController();
      const first = loom.routeStream(router, { prompt: "Say hi.", signal: leaving.signal });
      const second = loom.routeStream(router, { prompt: "Say hi." });
      const failed = assert.rejects(Promise.resolve(first.result), (error) => LoomError.is(error, "aborted"));
      const reading = second.result.then(({ text }) => text);
      await bothAsked(scene);
      leaving.abort();
      await failed;
      await slow.opened;
      await slow.text("still here");
      await slow.finish();
      assert.equal(await reading, "still here");
      assert.deepEqual([a.requests.length, b.requests.length], [1, 1]);
      await until("the loser was cut off", () => b.abandoned === 1);
    }));

  it("is let go of when the Loom closes", () =>
    scene(async (scene) => {
      const { loom, a, b, router } = scene;
      a.script(behave.hang());
      b.script(behave.hang());
      const failed = assert.rejects(
        loom.route(router, { prompt: "Say hi." }),
        (error) => LoomError.is(error, "closed"),
      );
      await bothAsked(scene);
      await loom.close();
      await failed;
      await until("both were cut off", () => a.abandoned === 1 && b.abandoned === 1);
    }));

  it("passes over a vendor that asked for patience", () =>
    scene(async ({ loom, clock, a, b, router }) => {
      b.script(behave.status(429, { error: { message: "slow down" } }, { "retry-after": "30" }));
      await assert.rejects(
        loom.generate({ provider: "b", model: "gpt-4o-mini", prompt: "Say hi." }),
        (error) => LoomError.is(error, "rate-limited"),
      );
      a.script(behave.hang());
      const leaving = new AbortController();
      const coming = loom.route(router, { prompt: "Say hi.", signal: leaving.signal });
      const failed = assert.rejects(coming, (error) => LoomError.is(error, "aborted"));
      await until("the first vendor was asked", () => a.requests.length === 1);
      await clock.advance(5_000);
      leaving.abort();
      await failed;
      assert.equal(b.requests.length, 1);
    }, { retry: false }));
});
