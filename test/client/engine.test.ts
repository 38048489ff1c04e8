/** The engine: runs calls under deadline and cancellation, whatever the links of the chain do. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Middleware } from "../../src/index.ts";
import { CLOCK, defineMiddleware } from "../../src/plugin.ts";
import { fakeClock } from "../../src/testing.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom } from "../support/looms.ts";

const request = { provider: "sandbox", model: "sandbox-small", prompt: "hi" };

function link(name: string, handle: (next: () => Promise<never>) => unknown): Middleware {
  return defineMiddleware({ name, stage: "guard", handle: (_, next) => handle(next as never) as never });
}

describe("a call", () => {
  it("has an id of its own, and a receipt under it", async () => {
    await using loom = bareLoom();
    await using other = bareLoom();
    const results = [
      await loom.generate(request),
      await loom.generate(request),
      await other.generate(request),
    ];
    const ids = results.map(({ trace }) => trace.callId);
    assert.equal(new Set(ids).size, 3);
    assert.ok(ids.every((id) => /^call_[0-9a-f]{8}/.test(id)), ids.join());
  });

  it("lets go of its deadline and of the caller's signal when it ends, however it ends", async () => {
    const clock = fakeClock();
    await using loom = bareLoom({ provide: [[CLOCK, clock]], retry: false });
    await loom.generate(request);
    await failureOf(
      loom.generate({ ...request, params: { sandbox: { fault: { status: 400 } } } }),
      "invalid-request",
    );
    await loom.stream({ ...request, prompt: "streamed" }).result;
    await failureOf(
      loom.stream({ ...request, prompt: "cut", params: { sandbox: { fault: { cutAfterParts: 1 } } } }).result,
      "stream-broken",
    );
    assert.equal(clock.pending, 0);
  });

  it("that shares a failed run has an error of its own, with its own receipt", async () => {
    await using loom = bareLoom({ retry: false });
    const params = { sandbox: { fault: { status: 500, latencyMs: 5 } } };
    const errors = await Promise.all(
      [1, 2, 3].map(() => failureOf(loom.generate({ ...request, params }), "provider-failed")),
    );
    assert.equal(new Set(errors.map(({ trace }) => trace?.callId)).size, 3);
    assert.equal(errors.filter(({ trace }) => trace?.deduplicated).length, 2);
    assert.equal(new Set(errors.map(({ message }) => message)).size, 1);
  });
});

describe("a middleware that misbehaves", () => {
  it("by throwing fails the call as internal, with receipt and cause", async () => {
    await using loom = bareLoom();
    const cause = new RangeError("off by one");
    loom.use(link("thrower", () => {
      throw cause;
    }));
    const error = await failureOf(loom.generate(request), "internal");
    assert.equal(error.cause, cause);
    assert.match(error.message, /off by one/);
    assert.equal(error.trace?.attempts.length, 0);
    await failureOf(loom.stream(request).result, "internal");
  });

  it("by returning no reply fails the call as internal, and names it", async () => {
    for (const returned of [undefined, null, {}, "hello"]) {
      await using loom = bareLoom();
      loom.use(link("forgetful", () => Promise.resolve(returned)));
      const error = await failureOf(loom.generate(request), "internal");
      assert.match(error.message, /forgetful/);
    }
  });

  it("by calling next twice fails the call as internal, and names it", async () => {
    await using loom = bareLoom();
    loom.use(link("eager", async (next) => {
      await next();
      return await next();
    }));
    assert.match((await failureOf(loom.generate(request), "internal")).message, /eager/);
  });
});
