/** The cache suite passes a plain good cache and catches each way of being a bad one. */

import { describe, test } from "node:test";
import type { Cache, CachedAnswer } from "../../src/plugin.ts";
import { type CacheSetup, cacheSuite } from "../../src/testing.ts";
import { expectCaught, expectGood } from "../support/run-suite.ts";

/** A small cache that does everything right. */
function goodCache({ clock, ttlMs, maxEntries, maxBytes }: CacheSetup): Cache {
  const entries = new Map<string, { text: string; until: number }>();
  const size = () => [...entries].reduce((sum, [key, { text }]) => sum + key.length + text.length, 0);
  return {
    shared: false,
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined || clock.monotonic() > entry.until) return undefined;
      return JSON.parse(entry.text);
    },
    set(key, answer) {
      const text = JSON.stringify(answer);
      if (text.length > maxBytes) return;
      entries.delete(key);
      entries.set(key, { text, until: clock.monotonic() + ttlMs });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && size() <= maxBytes) break;
        entries.delete(oldest);
      }
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
  };
}

/** The good cache with some of it replaced. */
function spoilt(change: (good: Cache, setup: CacheSetup) => Partial<Cache>) {
  return (setup: CacheSetup): Cache => {
    const good = goodCache(setup);
    return { ...good, ...change(good, setup) };
  };
}

describe("cacheSuite", () => {
  test("passes a good cache", () => expectGood((run) => cacheSuite(run, goodCache)));

  test("passes a good asynchronous cache", () =>
    expectGood((run) =>
      cacheSuite(run, (setup) => {
        const good = goodCache(setup);
        return {
          ...good,
          get: async (key) => good.get(key),
          set: async (key, answer) => good.set(key, answer),
        };
      })
    ));

  const aliases = new Map<string, CachedAnswer>();
  let closes = 0;
  const faults: [string, (setup: CacheSetup) => Cache, RegExp][] = [
    [
      "answers null for a miss",
      spoilt((good) => ({ get: (key) => good.get(key) ?? null as never })),
      /unknown key/,
    ],
    [
      "loses a field",
      spoilt((good) => ({ set: (key, answer) => good.set(key, { ...answer, nanoUsd: 0 }) })),
      /every type of part/,
    ],
    ["cannot delete", spoilt(() => ({ delete: () => {} })), /delete/],
    ["cannot clear", spoilt(() => ({ clear: () => {} })), /clear/],
    [
      "keeps the first",
      spoilt((good) => ({ set: (key, a) => void (good.get(key) ?? good.set(key, a)) })),
      /replaces/,
    ],
    ["never forgets", (setup) => goodCache({ ...setup, ttlMs: Infinity }), /after its time to live/],
    [
      "forgets at once",
      (setup) => goodCache({ ...setup, ttlMs: -1 }),
      /every type of part|while it is fresh/,
    ],
    [
      "has no bound of entries",
      (setup) => goodCache({ ...setup, maxEntries: Infinity }),
      /of at most 10 entries/,
    ],
    [
      "has no bound of bytes",
      (setup) => goodCache({ ...setup, maxBytes: Infinity }),
      /10,000 bytes in 100,000/,
    ],
    [
      "hands out what it was given",
      () => ({
        shared: false,
        get: (key) => aliases.get(key),
        set: (key, answer) => void aliases.set(key, answer),
        delete: (key) => void aliases.delete(key),
        clear: () => aliases.clear(),
      }),
      /object that was set was changed/,
    ],
    [
      "folds keys",
      spoilt((good) => ({
        get: (key) => good.get(key.trim()),
        set: (key, answer) => good.set(key.trim(), answer),
      })),
      /weird keys/,
    ],
    [
      "cannot close twice",
      (setup) => {
        closes = 0;
        return {
          ...goodCache(setup),
          close: () => {
            if (++closes > 1) throw new Error("closed already");
          },
        };
      },
      /closed already/,
    ],
  ];
  for (const [name, make, what] of faults) {
    test(`catches a cache that ${name}`, () => expectCaught((run) => cacheSuite(run, make), what));
  }
});
