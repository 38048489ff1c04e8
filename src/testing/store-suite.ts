/** What every store must hold. */

import assert from "node:assert/strict";
import type { Store } from "../contract/storage.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";
import { holdLaws } from "./store-holds.ts";
import { failureOf, type TestFunction, within } from "./suite.ts";

/** What a test needs of the store it asks for. */
export interface StoreSetup {
  /** To be given as the injected clock. */
  readonly clock: FakeClock;
}

export interface StoreSuiteOptions {
  /** What entries age by: the injected clock, or `real` time, which the suite then waits for. Default `clock`. */
  readonly time?: "clock" | "real";
}

/** Short enough to be waited for in real time, long enough for a slow machine to read an entry before it is gone. */
const ttlMs = 400;

const weirdKeys = [
  "",
  " ",
  "a:b",
  "a::b",
  "a*",
  "a?[b]",
  "{a}b",
  "new\nline",
  "ключ 鍵 🔑",
  "__proto__",
  "constructor",
  "k".repeat(5000),
];

/**
 * Registers the tests. `make` gives an empty store each time.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { reservations } from "loom-router/plugin";
 * import { storeSuite } from "loom-router/testing";
 * storeSuite(test, ({ clock }) => {
 *   const { hold, settle } = reservations(clock);
 *   const entries = new Map<string, { value: string; readonly untilMs: number }>();
 *   const fresh = (key: string) => clock.now() < (entries.get(key)?.untilMs ?? 0) ? entries.get(key) : undefined;
 *   return {
 *     hold,
 *     settle,
 *     get: async (key) => fresh(key)?.value,
 *     set: async (key, value, { ttlMs = Infinity } = {}) =>
 *       void entries.set(key, { value, untilMs: clock.now() + ttlMs }),
 *     add: async (key, amount, { ttlMs = Infinity } = {}) => {
 *       const entry = fresh(key) ?? { value: "0", untilMs: clock.now() + ttlMs };
 *       const sum = entry.value === "" ? NaN : Number(entry.value) + amount;
 *       if (!Number.isFinite(sum)) throw new TypeError("not a number");
 *       entries.set(key, { ...entry, value: String(sum) });
 *       return sum;
 *     },
 *     delete: async (key) => void entries.delete(key),
 *   };
 * });
 * ```
 */
export function storeSuite(
  test: TestFunction,
  make: (setup: StoreSetup) => Store | Promise<Store>,
  options: StoreSuiteOptions = {},
): void {
  const { time = "clock" } = options;

  function check(name: string, body: (store: Store, pass: (ms: number) => Promise<void>) => Promise<void>) {
    test(`store: ${name}`, async () => {
      const clock = fakeClock();
      const store = await make({ clock });
      const pass = (ms: number) =>
        time === "clock" ? clock.advance(ms) : new Promise<void>((done) => setTimeout(done, ms));
      try {
        await within(body(store, pass), name);
      } finally {
        await within(store.close?.(), "close");
      }
    });
  }

  check("an unknown key is undefined", async (store) => {
    assert.equal(await store.get("nobody"), undefined);
  });

  check("gives back what was set, the empty text too", async (store) => {
    for (const value of ["v", "", "0", "ключ 鍵 🔑 \n\t\u0001", "x".repeat(10_000)]) {
      await store.set("k", value);
      assert.equal(await store.get("k"), value);
    }
  });

  check("delete removes one key and does not mind an unknown one", async (store) => {
    await store.set("a", "a");
    await store.set("b", "b");
    await store.delete("a");
    await store.delete("nobody");
    assert.equal(await store.get("a"), undefined);
    assert.equal(await store.get("b"), "b");
  });

  check("add begins at 0, gives the new value and can be read", async (store) => {
    assert.equal(await store.add("n", 5), 5);
    assert.equal(await store.add("n", -7), -2);
    assert.equal(await store.add("n", 0), -2);
    assert.equal(await store.get("n"), "-2");
    assert.equal(await store.add("zero", 0), 0);
    assert.equal(await store.get("zero"), "0");
  });

  check("add keeps fractions and large whole numbers", async (store) => {
    await store.add("f", 0.5);
    assert.equal(await store.add("f", 0.25), 0.75);
    assert.equal(await store.add("f", 1), 1.75);
    await store.add("large", 2 ** 52);
    assert.equal(await store.add("large", 1), 2 ** 52 + 1);
  });

  check("add goes on from a number that was set, and a set replaces a sum", async (store) => {
    await store.set("n", "41");
    assert.equal(await store.add("n", 1), 42);
    await store.set("n", "1");
    assert.equal(await store.add("n", 1), 2);
    await store.delete("n");
    assert.equal(await store.add("n", 1), 1);
  });

  check("add to what is no number fails and changes nothing", async (store) => {
    for (const text of ["word", ""]) {
      await store.set("k", text);
      await failureOf(store.add("k", 1), `add to ${JSON.stringify(text)}`);
      assert.equal(await store.get("k"), text);
    }
    await store.add("n", 1);
    for (const amount of [NaN, Infinity]) await failureOf(store.add("n", amount), `add ${amount}`);
    assert.equal(await store.get("n"), "1");
  });

  check("add is atomic: of many at once none is lost, and each gets its own sum", async (store) => {
    const sums = await Promise.all(Array.from({ length: 200 }, () => store.add("n", 1)));
    assert.deepEqual(sums.sort((a, b) => a - b), Array.from({ length: 200 }, (_, index) => index + 1));
  });

  check("an entry dies with its time to live, and a set begins a new one", async (store, pass) => {
    await store.set("short", "v", { ttlMs });
    await store.set("renewed", "v", { ttlMs });
    await store.set("forever", "v", { ttlMs });
    await store.set("renewed", "w", { ttlMs: 60_000 });
    await store.set("forever", "w");
    assert.equal(await store.get("short"), "v", "while it is fresh");
    await pass(ttlMs + 60);
    assert.equal(await store.get("short"), undefined, "after its time to live");
    assert.equal(await store.get("renewed"), "w");
    assert.equal(await store.get("forever"), "w");
  });

  check("a sum lives as long as its first add said, whatever later ones say", async (store, pass) => {
    await store.add("n", 1, { ttlMs });
    await store.add("forever", 1);
    await store.add("forever", 1, { ttlMs });
    await pass(ttlMs / 2);
    await store.add("n", 1, { ttlMs: 60_000 });
    await pass(ttlMs / 2 + 60);
    assert.equal(await store.get("n"), undefined);
    assert.equal(await store.add("n", 1, { ttlMs }), 1, "a new life begins at 0");
    assert.equal(await store.get("forever"), "2");
    await pass(ttlMs + 60);
    assert.equal(await store.get("n"), undefined, "the new life ends, too");
  });

  check("takes a time to live with a fraction, and one below a millisecond", async (store, pass) => {
    await store.set("a", "v", { ttlMs: 0.2 });
    await store.add("b", 1, { ttlMs: 10.6 });
    await pass(80);
    assert.equal(await store.get("a"), undefined);
    assert.equal(await store.get("b"), undefined);
  });

  check("keeps weird keys apart", async (store) => {
    for (const key of weirdKeys) await store.set(key, `of ${key.slice(0, 20)}`);
    for (const key of weirdKeys) {
      assert.equal(await store.get(key), `of ${key.slice(0, 20)}`, JSON.stringify(key.slice(0, 40)));
    }
  });

  for (const [name, law] of holdLaws) check(name, law);

  check("may be closed twice", async (store) => {
    await store.set("k", "v");
    await within(store.close?.(), "the first close");
  });
}
