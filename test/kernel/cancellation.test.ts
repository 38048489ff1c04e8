/** Cancellation: told once, to everybody who still listens, whatever one of them does. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { abortedError, Canceller, orCancelled } from "../../src/kernel/index.ts";
import { LoomError, loomError } from "../../src/errors/index.ts";

describe("Canceller", () => {
  it("tells each listener once and keeps the first reason", () => {
    const canceller = new Canceller();
    const first = abortedError();
    const heard: unknown[] = [];
    canceller.onCancel((reason) => void heard.push(reason));
    canceller.onCancel((reason) => void heard.push(reason));
    assert.equal(canceller.reason, undefined);
    canceller.throwIfCancelled();
    canceller.cancel(first);
    canceller.cancel(abortedError());
    assert.deepEqual(heard, [first, first]);
    assert.equal(canceller.reason, first);
    assert.throws(() => canceller.throwIfCancelled(), (error) => error === first);
  });

  it("tells a listener at once who comes too late", () => {
    const canceller = new Canceller();
    canceller.cancel(abortedError());
    let heard = 0;
    canceller.onCancel(() => heard++)();
    assert.equal(heard, 1);
  });

  it("does not tell those who were taken off, even by another listener during the cancellation", () => {
    const canceller = new Canceller();
    let heard = 0;
    let offLater = () => {};
    canceller.onCancel(() => heard++)();
    canceller.onCancel(() => offLater());
    offLater = canceller.onCancel(() => heard++);
    canceller.cancel(abortedError());
    assert.equal(heard, 0);
  });

  it("tells the others although one throws, and then throws that", () => {
    const canceller = new Canceller();
    const fault = new Error("oops");
    let heard = 0;
    canceller.onCancel(() => {
      throw fault;
    });
    canceller.onCancel(() => heard++);
    assert.throws(() => canceller.cancel(abortedError()), (error) => error === fault);
    assert.equal(heard, 1);
  });

  it("tells a listener that is added by another one during the cancellation", () => {
    const canceller = new Canceller();
    let heard = 0;
    canceller.onCancel(() => void canceller.onCancel(() => heard++));
    canceller.cancel(abortedError());
    assert.equal(heard, 1);
  });

  for (const when of ["before", "after"] as const) {
    it(`gives a signal that aborts with the reason when first asked for ${when} the cancellation`, () => {
      const canceller = new Canceller();
      const reason = abortedError();
      if (when === "before") assert.equal(canceller.signal.aborted, false);
      canceller.cancel(reason);
      assert.equal(canceller.signal.aborted, true);
      assert.equal(canceller.signal.reason, reason);
      assert.equal(canceller.signal, canceller.signal);
    });
  }
});

describe("abortedError", () => {
  it("keeps a LoomError as it is and everything else as the cause", () => {
    const late = loomError("timed-out", "late", { phase: "total", afterMs: 5 });
    const cause = new DOMException("bye", "AbortError");
    assert.equal(abortedError(late), late);
    assert.equal(abortedError(cause).cause, cause);
    assert.equal(abortedError().cause, undefined);
    assert.equal(LoomError.is(abortedError("x"), "aborted"), true);
  });
});

describe("orCancelled", () => {
  it("settles as the promise does, and stops listening", async () => {
    const canceller = new Canceller();
    assert.equal(await orCancelled(Promise.resolve(1), canceller), 1);
    await assert.rejects(orCancelled(Promise.reject(new Error("no")), canceller), /no/);
    canceller.cancel(abortedError());
  });

  it("rejects at once when cancelled first, also when that was before, and swallows what comes later", async () => {
    for (const early of [true, false]) {
      const canceller = new Canceller();
      const reason = abortedError();
      const { promise, reject } = Promise.withResolvers<never>();
      if (early) canceller.cancel(reason);
      const raced = orCancelled(promise, canceller);
      if (!early) canceller.cancel(reason);
      await assert.rejects(raced, (error) => error === reason);
      reject(new Error("too late to matter"));
    }
  });
});
