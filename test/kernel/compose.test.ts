/** The onion: order, one next() for all but the declared, and a reply from everybody. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Context } from "../../src/contract/context.ts";
import type { Middleware } from "../../src/contract/middleware.ts";
import type { Reply } from "../../src/contract/reply.ts";
import { abortedError, Canceller, compose, streamedReply, wholeReply } from "../../src/kernel/index.ts";
import { LoomError } from "../../src/errors/index.ts";
import { fakeAttempting, fakeTarget } from "../../src/testing/fake-context.ts";
import { text } from "./scripted.ts";

type Handle = (ctx: Context, next: (ctx?: Context) => Promise<Reply>) => Promise<Reply>;

const answer = wholeReply({ target: fakeTarget(), origin: "vendor" }, [text("hi")]);

function link(name: string, handle: Handle, reentrant?: true): Middleware {
  return { name, stage: "telemetry", handle, ...(reentrant ? { reentrant } : {}) };
}

const adapter = link("adapter", () => Promise.resolve(answer));

function rejectsInternal(promise: Promise<unknown>, ...words: readonly string[]): Promise<void> {
  return assert.rejects(
    promise,
    (error) => LoomError.is(error, "internal") && words.every((word) => error.message.includes(word)),
  );
}

describe("compose", () => {
  it("runs the first link outermost and gives the innermost's reply back", async () => {
    const order: string[] = [];
    const traced = (name: string) =>
      link(name, async (_, next) => {
        order.push(`${name} in`);
        const reply = await next();
        order.push(`${name} out`);
        return reply;
      });
    assert.equal(await compose([traced("a"), traced("b"), adapter])(fakeAttempting()), answer);
    assert.deepEqual(order, ["a in", "b in", "b out", "a out"]);
  });

  it("hands the same context inward, or the one next() was given", async () => {
    const ctx = fakeAttempting();
    const other = fakeAttempting({ id: "call-2" });
    const seen: Context[] = [];
    const look = link("look", (inner, next) => (seen.push(inner), next()));
    await compose([look, link("swap", (_, next) => next(other)), look, adapter])(ctx);
    assert.deepEqual(seen.map(({ id }) => id), ["call-1", "call-2"]);
  });

  it("refuses a second next(), by name, and leaves the first one's reply alone", async () => {
    let runs = 0;
    const counted = link("adapter", () => (runs++, Promise.resolve(answer)));
    const twice = link("greedy", async (_, next) => (await next(), await next()));
    await rejectsInternal(compose([twice, counted])(fakeAttempting()), "greedy", "second time", "reentrant");
    assert.equal(runs, 1);
  });

  it("refuses a second next() of the same call only", async () => {
    const chain = compose([link("once", (_, next) => next()), adapter]);
    assert.equal(await chain(fakeAttempting()), answer);
    assert.equal(await chain(fakeAttempting()), answer);
  });

  it("lets a re-entrant link call next() again, each time through everything inside of it", async () => {
    let runs = 0;
    const flaky = link(
      "adapter",
      () => ++runs < 3 ? Promise.reject(new Error("no")) : Promise.resolve(answer),
    );
    const guarded = link("once", (_, next) => next());
    const again = link("again", async (_, next) => {
      for (;;) {
        try {
          return await next();
        } catch {
          // Tried again until it works.
        }
      }
    }, true);
    assert.equal(await compose([again, guarded, flaky])(fakeAttempting()), answer);
    assert.equal(runs, 3);
  });

  const badReplies: readonly [string, unknown][] = [
    ["nothing", undefined],
    ["null", null],
    ["a string", "hi"],
    ["an object that is no reply", { parts: [] }],
  ];
  for (const reentrant of [undefined, true] as const) {
    for (const [what, value] of badReplies) {
      it(`names a ${reentrant ? "re-entrant " : ""}link that returns ${what}`, async () => {
        const forgetful = link(
          "forgetful",
          (async (_: Context, next: () => Promise<Reply>) => {
            await next();
            return value;
          }) as Handle,
          reentrant,
        );
        await rejectsInternal(
          compose([forgetful, adapter])(fakeAttempting()),
          "forgetful",
          "returned no reply",
        );
      });
    }

    it(`rejects, and does not throw, when a ${reentrant ? "re-entrant " : ""}link throws at once`, async () => {
      const fault = new Error("at once");
      const hasty = link("hasty", () => {
        throw fault;
      }, reentrant);
      const promise = compose([hasty, adapter])(fakeAttempting());
      await assert.rejects(promise, (error) => error === fault);
    });

    it(`names a ${reentrant ? "re-entrant " : ""}link that is no promise function and returns nothing`, async () => {
      const plain = link("plain", (() => undefined) as unknown as Handle, reentrant);
      await rejectsInternal(compose([plain, adapter])(fakeAttempting()), "plain");
    });
  }

  it("says so when no link answers", async () => {
    await rejectsInternal(compose([])(fakeAttempting()), "no link that answers", "call-1");
    await rejectsInternal(compose([link("a", (_, next) => next())])(fakeAttempting()), "no link");
  });

  it("does not let a link that never settles keep a call that was given up", async () => {
    const cancellation = new Canceller();
    const stuck = link("stuck", () => new Promise(() => {}));
    const running = compose([stuck, adapter])(fakeAttempting({ cancellation }));
    cancellation.cancel(abortedError());
    await assert.rejects(running, (error) => LoomError.is(error, "aborted"));
  });

  it("lets go of a reply that a link gives after the call was given up", async () => {
    const cancellation = new Canceller();
    let give: (reply: Reply) => void = () => {};
    const late = link("late", () => new Promise((resolve) => give = resolve));
    const running = compose([late, adapter])(fakeAttempting({ cancellation }));
    cancellation.cancel(abortedError());
    await assert.rejects(running);
    const cancelled = new Promise<void>((resolve) => {
      give(streamedReply({ target: fakeTarget(), origin: "vendor" }, () => ({
        pause: () => {},
        resume: () => {},
        cancel: () => resolve(),
      })));
    });
    await cancelled;
  });

  it("waits for a link that ends by itself when the call is given up", async () => {
    const cancellation = new Canceller();
    const order: string[] = [];
    const tidy = link("tidy", async (_, next) => {
      try {
        return await next();
      } finally {
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
        order.push("tidy");
      }
    });
    const waiting = link("waiting", (ctx) => new Promise((_, reject) => ctx.cancellation.onCancel(reject)));
    const running = compose([tidy, waiting])(fakeAttempting({ cancellation }));
    cancellation.cancel(abortedError());
    await assert.rejects(running);
    order.push("caller");
    assert.deepEqual(order, ["tidy", "caller"]);
  });
});
