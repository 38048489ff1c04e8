/** The memory cache passes the suite, counts what it holds, and checks its options. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import memory from "../../../plugins/caches/memory/index.ts";
import { type Cache, type CachedAnswer, CLOCK, type Part } from "../../../src/plugin.ts";
import { cacheSuite, fakeClock } from "../../../src/testing.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";

function make(given: unknown, clock = fakeClock()): Cache {
  return memory.make(useOf([CLOCK, clock]), optionsOf(memory, given)) as Cache;
}

function answerOf(parts: readonly Part[]): CachedAnswer {
  const target = { provider: "acme", modality: "text", model: "m1", upstreamModel: "m1" } as const;
  return { target, parts, nanoUsd: 1, callId: "c", storedAtMs: 0 };
}

cacheSuite(
  test,
  ({ clock, ttlMs, maxEntries, maxBytes }) =>
    make({ maxSize: maxEntries, maxBytes, ttl: ttlMs / 1000 }, clock),
);

describe("memory cache", () => {
  test("answers synchronously", () => {
    const cache = make({});
    assert.equal(cache.set("k", answerOf([{ type: "text", text: "v" }])), undefined);
    assert.deepEqual(cache.get("k"), answerOf([{ type: "text", text: "v" }]));
    assert.equal(cache.shared, false);
  });

  test("keeps what was read lately and drops what was not", async () => {
    const cache = make({ maxSize: 2 });
    cache.set("a", answerOf([]));
    cache.set("b", answerOf([]));
    cache.get("a");
    cache.set("c", answerOf([]));
    assert.deepEqual(["a", "b", "c"].map((key) => cache.get(key) !== undefined), [true, false, true]);
  });

  test("ends a life exactly with its time, also right after the process began", async () => {
    const clock = fakeClock();
    const cache = make({ ttl: 10 }, clock);
    cache.set("k", answerOf([]));
    await clock.advance(10_000);
    assert.notEqual(cache.get("k"), undefined);
    await clock.advance(1);
    assert.equal(cache.get("k"), undefined);
    assert.equal(clock.pending, 0);
  });

  test("is not moved by a wall clock that jumps", () => {
    let wallMs = 0;
    const clock = { ...fakeClock(), now: () => wallMs };
    const cache = memory.make(useOf([CLOCK, clock]), optionsOf(memory)) as Cache;
    cache.set("k", answerOf([]));
    wallMs = 1e12;
    assert.notEqual(cache.get("k"), undefined);
  });

  test("keeps a field named __proto__ a field", () => {
    const cache = make({});
    const value = JSON.parse('{"__proto__":{"polluted":true}}');
    cache.set("k", answerOf([{ type: "raw", value }]));
    const part = (cache.get("k") as CachedAnswer).parts[0];
    assert.equal(JSON.stringify(part), '{"type":"raw","value":{"__proto__":{"polluted":true}}}');
    assert.equal((part as unknown as { polluted?: unknown }).polluted, undefined);
  });

  test("counts the bytes of embeddings, not only of texts", () => {
    const cache = make({ maxBytes: 100_000 });
    const vector = Array.from({ length: 1000 }, (_, index) => index / 3);
    for (let index = 0; index < 30; index++) {
      cache.set(`k${index}`, answerOf([{ type: "embedding", index, vector }]));
    }
    let held = 0;
    for (let index = 0; index < 30; index++) if (cache.get(`k${index}`) !== undefined) held++;
    assert.ok(held >= 8 && held <= 12, `it holds ${held} vectors of 8,000 bytes in 100,000`);
  });

  const refused: [unknown, RegExp][] = [
    [{ maxSize: 0 }, /^maxSize: /],
    [{ maxSize: 1.5 }, /^maxSize: /],
    [{ maxBytes: -1 }, /^maxBytes: /],
    [{ ttl: 0 }, /^ttl: /],
    [{ ttl: "1h" }, /^ttl: /],
    [{ maxsize: 5 }, /maxsize/],
  ];
  for (const [given, expected] of refused) {
    test(`refuses the options ${JSON.stringify(given)}`, () => {
      assert.match(complaintsOf(memory, given).join("\n"), expected);
    });
  }

  test("has the documented defaults", () => {
    assert.deepEqual(optionsOf(memory), { maxSize: 10_000, maxBytes: 268_435_456, ttl: 3600 });
  });
});
