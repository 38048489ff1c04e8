/** What is asked beside calls: counting tokens and context caches, with names, keys, retries and deadlines of calls. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { definePlugin, loomError, type Provider } from "../../src/plugin.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom } from "../support/looms.ts";

/** A provider that counts, and keeps what it was asked. */
function counting(change: Partial<Provider> = {}) {
  const asked: unknown[] = [];
  const provider: Provider = {
    label: "Counter",
    modalities: ["text"],
    models: "open",
    key: { names: ["COUNTER_API_KEY"] },
    open: () => Promise.reject(new Error("no call is made")),
    countTokens(ctx, key) {
      asked.push([ctx.target.upstreamModel, ctx.call.messages.length, key?.reveal()]);
      return Promise.resolve({ inputTokens: 42 });
    },
    contextCaches: {
      create(ctx, _, order) {
        asked.push([ctx.call.messages.map(({ role }) => role), order]);
        return Promise.resolve({
          provider: ctx.target.provider,
          model: ctx.target.model,
          id: "cachedContents/1",
        });
      },
      delete(_ctx, _key, id) {
        asked.push(id);
        return Promise.reject(loomError("model-not-found", "it is gone", {}, { status: 404 }));
      },
    },
    ...change,
  };
  const plugin = definePlugin({ api: 1, kind: "provider", id: "counter", make: () => provider });
  return { asked, options: { plugins: [plugin], apiKeys: { COUNTER_API_KEY: "sk-1" } } };
}

const request = { provider: "counter", model: "m", prompt: "How long am I?", system: "Be brief." };

describe("loom.countTokens()", () => {
  it("gives the vendor's count and who counted", async () => {
    const { asked, options } = counting();
    await using loom = bareLoom(options);
    assert.deepEqual(await loom.countTokens(request), { inputTokens: 42, provider: "counter", model: "m" });
    assert.deepEqual(asked, [["m", 2, "sk-1"]]);
  });

  it("tries again where that may help, and asks no vault twice for good keys", async () => {
    let tries = 0;
    const { options } = counting({
      countTokens: () =>
        tries++ === 0
          ? Promise.reject(loomError("overloaded", "busy", {}, { retryAfterMs: 1 }))
          : Promise.resolve({ inputTokens: 1, cachedTokens: 1 }),
    });
    await using loom = bareLoom(options);
    assert.equal((await loom.countTokens(request)).cachedTokens, 1);
    assert.equal(tries, 2);
  });

  it("says so when the vendor cannot count", async () => {
    await using loom = bareLoom();
    const error = await failureOf(
      loom.countTokens({ provider: "sandbox", model: "sandbox-small", prompt: "hi" }),
      "unsupported",
    );
    assert.match(error.message, /has no token counting/);
    assert.equal(error.trace?.attempts.length, 0);
  });

  it("ends with its deadline, however long the vendor takes", async () => {
    const { options } = counting({ countTokens: () => new Promise(() => {}) });
    await using loom = bareLoom(options);
    await failureOf(loom.countTokens({ ...request, timeoutMs: 20 }), "timed-out");
  });
});

describe("context caches", () => {
  it("are made of turns and system text, and deleted though they are gone", async () => {
    const { asked, options } = counting();
    await using loom = bareLoom(options);
    const cache = await loom.createContextCache({
      provider: "counter",
      model: "m",
      system: "Know this.",
      contents: "A long document.",
      ttlSeconds: 300,
    });
    assert.deepEqual(cache, { provider: "counter", model: "m", id: "cachedContents/1" });
    await loom.deleteContextCache(cache);
    assert.deepEqual(asked, [[["system", "user"], { ttlSeconds: 300 }], "cachedContents/1"]);
  });

  const wrong = [
    [{ ttlSeconds: 0 }, "ttlSeconds"],
    [{ contents: undefined }, "contents"],
    [{ contents: [] }, "messages"],
  ] as const;
  for (const [change, path] of wrong) {
    it(`refuse ${JSON.stringify(change)}`, async () => {
      const { options } = counting();
      await using loom = bareLoom(options);
      const order = { provider: "counter", model: "m", contents: "x", ...change as object };
      assert.equal((await failureOf(loom.createContextCache(order), "invalid-request")).data.path, path);
    });
  }
});
