/** What every cache must hold. */

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Part } from "../contract/part.ts";
import type { Cache, CachedAnswer } from "../contract/storage.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";
import { type TestFunction, within } from "./suite.ts";

/** What a test needs of the cache it asks for. A cache takes those that it has options for. */
export interface CacheSetup {
  /** To be given as the injected clock. */
  readonly clock: FakeClock;
  /** How long entries live. */
  readonly ttlMs: number;
  /** Most entries. */
  readonly maxEntries: number;
  /** Most bytes of all entries together. */
  readonly maxBytes: number;
}

export interface CacheSuiteOptions {
  /** What entries age by: the injected clock, or `real` time, which the suite then waits for. Default `clock`. */
  readonly time?: "clock" | "real";
  /** Which bounds the cache keeps by itself. Default both; a cache whose server keeps them says `[]`. */
  readonly bounds?: readonly ("entries" | "bytes")[];
}

/** Short enough to be waited for in real time, long enough for a slow machine to read an entry before it is gone. */
const realTtlMs = 400;

/**
 * Registers the tests. `make` gives an empty cache each time.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { cacheSuite } from "loom-router/testing";
 * cacheSuite(test, ({ clock, ttlMs }) => {
 *   const entries = new Map();
 *   return {
 *     shared: true,
 *     get: (key) => clock.now() < entries.get(key)?.until ? structuredClone(entries.get(key).answer) : undefined,
 *     set: (key, answer) => void entries.set(key, { answer: structuredClone(answer), until: clock.now() + ttlMs }),
 *     delete: (key) => void entries.delete(key),
 *     clear: () => entries.clear(),
 *   };
 * }, { bounds: [] });
 * ```
 */
export function cacheSuite(
  test: TestFunction,
  make: (setup: CacheSetup) => Cache | Promise<Cache>,
  options: CacheSuiteOptions = {},
): void {
  const { time = "clock", bounds = ["entries", "bytes"] } = options;

  function check(
    name: string,
    body: (cache: Cache, clock: FakeClock) => Promise<void>,
    setup: Partial<CacheSetup> = {},
  ) {
    test(`cache: ${name}`, async () => {
      const clock = fakeClock();
      const cache = await make({ clock, ttlMs: 3_600_000, maxEntries: 1000, maxBytes: 16 << 20, ...setup });
      try {
        await within(body(cache, clock), name);
      } finally {
        await within(cache.close?.(), "close");
      }
    });
  }

  check("an unknown key is undefined", async (cache) => {
    assert.equal(await cache.get("nobody"), undefined);
  });

  check("gives back every type of part as it was set", async (cache) => {
    for (const part of everyPart) {
      await cache.set(part.type, answerOf([part]));
      assert.deepEqual(await cache.get(part.type), answerOf([part]), `a part of type ${part.type}`);
    }
    await cache.set("all", answerOf(everyPart));
    assert.deepEqual(await cache.get("all"), answerOf(everyPart));
    await cache.set("none", { ...answerOf([]), nanoUsd: null });
    assert.deepEqual(await cache.get("none"), { ...answerOf([]), nanoUsd: null });
  });

  check("a later set replaces an earlier one", async (cache) => {
    await cache.set("k", textAnswer("old"));
    await cache.set("k", textAnswer("new"));
    assert.deepEqual(await cache.get("k"), textAnswer("new"));
  });

  check("delete removes one entry and does not mind an unknown one", async (cache) => {
    await cache.set("a", textAnswer("a"));
    await cache.set("b", textAnswer("b"));
    await cache.delete("a");
    await cache.delete("nobody");
    assert.equal(await cache.get("a"), undefined);
    assert.deepEqual(await cache.get("b"), textAnswer("b"));
  });

  check("clear removes everything, and the cache goes on", async (cache) => {
    for (let index = 0; index < 30; index++) await cache.set(`k${index}`, textAnswer(`${index}`));
    await cache.clear();
    for (let index = 0; index < 30; index++) assert.equal(await cache.get(`k${index}`), undefined);
    await cache.set("k1", textAnswer("again"));
    assert.deepEqual(await cache.get("k1"), textAnswer("again"));
  });

  check("an entry dies with its time to live, and a set begins a new one", async (cache, clock) => {
    const pass = (ms: number) =>
      time === "clock" ? clock.advance(ms) : new Promise<void>((done) => setTimeout(done, ms));
    await cache.set("k", textAnswer("v"));
    assert.deepEqual(await cache.get("k"), textAnswer("v"), "while it is fresh");
    await pass(realTtlMs + 60);
    assert.equal(await cache.get("k"), undefined, "after its time to live");
    await cache.set("k", textAnswer("w"));
    assert.deepEqual(await cache.get("k"), textAnswer("w"), "set anew");
  }, { ttlMs: realTtlMs });

  check("is not changed by what callers do to the objects they gave or got", async (cache) => {
    const mine = structuredClone(answerOf(everyPart)) as Mutable<CachedAnswer>;
    await cache.set("k", mine);
    scribble(mine);
    const first = await cache.get("k");
    assert.deepEqual(first, answerOf(everyPart), "after the object that was set was changed");
    scribble(first as Mutable<CachedAnswer>);
    assert.deepEqual(await cache.get("k"), answerOf(everyPart), "after the object that was got was changed");
  });

  check("takes frozen answers", async (cache) => {
    await cache.set("k", Object.freeze({ ...textAnswer("v"), parts: Object.freeze(textAnswer("v").parts) }));
    assert.deepEqual(await cache.get("k"), textAnswer("v"));
  });

  check("takes many sets and gets at once", async (cache) => {
    const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => cache.set(key, textAnswer(key))));
    const got = await Promise.all(keys.map((key) => cache.get(key)));
    assert.deepEqual(got, keys.map(textAnswer));
    const rounds = ["1", "2", "3", "4"].map(textAnswer);
    await Promise.all(rounds.map((answer) => cache.set("same", answer)));
    const same = await cache.get("same");
    assert.ok(
      rounds.some((answer) => isDeepStrictEqual(answer, same)),
      "one of four sets of the same key won, whole",
    );
  });

  check("keeps weird keys and texts apart", async (cache) => {
    for (const key of weirdKeys) await cache.set(key, textAnswer(key));
    for (const key of weirdKeys) {
      assert.deepEqual(await cache.get(key), textAnswer(key), JSON.stringify(key.slice(0, 40)));
    }
  });

  if (bounds.includes("entries")) {
    check("holds no more entries than its bound, the latest among them", async (cache) => {
      for (let index = 0; index < 50; index++) await cache.set(`k${index}`, textAnswer(`${index}`));
      let held = 0;
      for (let index = 0; index < 50; index++) if (await cache.get(`k${index}`) !== undefined) held++;
      assert.ok(held <= 10, `it holds ${held} of at most 10 entries`);
      assert.deepEqual(await cache.get("k49"), textAnswer("49"));
    }, { maxEntries: 10 });
  }

  if (bounds.includes("bytes")) {
    check("holds no more bytes than its bound, and refuses an entry larger than that", async (cache) => {
      const large = "x".repeat(10_000);
      for (let index = 0; index < 50; index++) await cache.set(`k${index}`, textAnswer(large));
      let held = 0;
      for (let index = 0; index < 50; index++) if (await cache.get(`k${index}`) !== undefined) held++;
      assert.ok(held >= 1 && held <= 10, `it holds ${held} entries of 10,000 bytes in 100,000`);
      await cache.set("huge", textAnswer("x".repeat(200_000)));
      assert.equal(await cache.get("huge"), undefined);
      assert.deepEqual(await cache.get("k49"), textAnswer(large), "the huge one drove out what was there");
      const vector = Array.from({ length: 100_000 }, (_, index) => index / 7);
      await cache.set("vector", answerOf([{ type: "embedding", index: 0, vector }]));
      assert.equal(await cache.get("vector"), undefined, "an embedding larger than the bound");
    }, { maxBytes: 100_000 });
  }

  check("may be closed twice", async (cache) => {
    await cache.set("k", textAnswer("v"));
    await within(cache.close?.(), "the first close");
  });
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends object ? Mutable<T[K]> : T[K] };

/** Changes whatever lets itself be changed; a frozen object is as good an answer as a copy. */
function scribble(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, field] of Object.entries(value)) {
    scribble(field);
    Reflect.set(value, key, typeof field === "number" ? -1 : "scribbled");
  }
  if (Array.isArray(value)) Reflect.set(value, value.length, "scribbled");
}

function answerOf(parts: readonly Part[]): CachedAnswer {
  return {
    target: { provider: "acme", modality: "text", model: "m1", upstreamModel: "m1-2026" },
    parts: structuredClone(parts),
    nanoUsd: 12_345,
    callId: "call-1",
    storedAtMs: 1_767_225_600_000,
  };
}

function textAnswer(text: string): CachedAnswer {
  return answerOf([{ type: "text", text }, { type: "finish", reason: "stop" }]);
}

const weirdKeys = [
  "",
  " ",
  "a:b",
  "a::b",
  "a*",
  "a?[b]",
  "new\nline",
  "nul\0byte",
  "ключ 鍵 🔑",
  "__proto__",
  "constructor",
  "k".repeat(5000),
  "k".repeat(5000) + "!",
];

/** One of each type that an answer may be stored with: everything but the pieces of tool calls. */
const everyPart: readonly Part[] = [
  { type: "response", id: "r1", model: "m1-2026" },
  { type: "text", text: "hi 🌍 \u0000 \u2028", choice: 1 },
  { type: "reasoning", text: "hm", signature: "c2ln" },
  { type: "refusal", text: "no" },
  {
    type: "tool-call",
    index: 0,
    id: "t1",
    name: "look",
    arguments: '{"at":',
    extra: { deep: { list: [1, null, "x"] } },
  },
  {
    type: "citation",
    citation: { url: "https://example.com", title: "t", start: 0, end: 2, raw: { a: [1] } },
  },
  { type: "image", mimeType: "image/png", dataB64: "iVBORw0KGgo=" },
  { type: "video", url: "https://example.com/v.mp4" },
  { type: "audio", mimeType: "audio/wav", dataB64: "UklGRg==" },
  { type: "transcript", text: "hello", raw: { words: [{ word: "hello", start: 0.1 }] } },
  { type: "embedding", index: 0, vector: [0.1, -0.25, 1e-9, 0] },
  { type: "rank", index: 2, score: 0.75 },
  {
    type: "usage",
    usage: {
      inputTokens: 5,
      outputTokens: 2,
      cachedTokens: 1,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      totalTokens: 7,
      vendorCostUsd: 0.5,
    },
  },
  { type: "warning", code: "param-dropped", message: "seed" },
  { type: "raw", value: { logprobs: [null, -0.5, true] } },
  { type: "finish", reason: "stop", raw: "end_turn" },
];
