/** What every store must hold of `hold` and `settle`: nothing leaks, nothing is counted twice, nothing is lost. */

import assert from "node:assert/strict";
import type { Held, Hold, Store } from "../contract/storage.ts";

/** A law: given an empty store, and a way for time to pass. */
export type HoldLaw = (store: Store, pass: (ms: number) => Promise<void>) => Promise<void>;

/** Long enough that no lease ends while a slow machine looks at it. */
const longMs = 60_000;
/** Short enough to be waited for in real time. */
const shortMs = 400;

const of = (counter: string, amount: number, max: number = Infinity): Hold => ({ counter, amount, max });

let leases = 0;
const lease = () => `lease-${leases++}`;

/** Levels without taking anything. */
async function levels(store: Store, counters: readonly string[]): Promise<readonly number[]> {
  const name = lease();
  const asked = counters.map((counter) => of(counter, 0, 0));
  const held = await store.hold(name, asked, longMs);
  await store.settle(name, asked, asked.map(() => 0));
  assert.equal(held.ok, true, "asking for nothing always fits");
  return held.levels;
}

/** Takes and leaves without waiting between, whether the store answers at once or later. */
async function rejects(attempt: () => Held | Promise<Held> | void | Promise<void>): Promise<void> {
  let failed = false;
  try {
    await attempt();
  } catch {
    failed = true;
  }
  assert.ok(failed, "it should have failed");
}

export const holdLaws: readonly (readonly [name: string, law: HoldLaw])[] = [
  ["what is held counts until it is settled, and then what was used does", async (store) => {
    const holds = [of("a", 30, 100), of("b", 5, 5)];
    const held = await store.hold("l", holds, longMs);
    assert.deepEqual([held.ok, held.levels], [true, [30, 5]]);
    assert.deepEqual(await levels(store, ["a", "b"]), [30, 5]);
    await store.settle("l", holds, [12, 0]);
    assert.deepEqual(await levels(store, ["a", "b"]), [12, 0]);
  }],

  ["a hold that does not fit takes nothing of the others, and says which it was and why", async (store) => {
    const first = [of("a", 4), of("b", 3)];
    await store.hold("l1", first, longMs);
    await store.settle("l1", first, [4, 3]);
    await store.hold("l2", [of("b", 2)], longMs);
    const refused = await store.hold("l3", [of("a", 1, 5), of("b", 1, 5), of("c", 1, 0)], longMs);
    assert.deepEqual([refused.ok, refused.levels, refused.full], [false, [4, 5, 0], 1]);
    if (refused.parts !== undefined) assert.deepEqual(refused.parts, { used: 3, held: 2, before: 0 });
    assert.deepEqual(await levels(store, ["a", "b", "c"]), [4, 5, 0]);
    assert.equal((await store.hold("l4", [of("b", 1, 6)], longMs)).ok, true, "what fits exactly fits");
  }],

  ["holds of one counter in one lease add up", async (store) => {
    const twice = [of("a", 3, 5), of("a", 3, 5)];
    assert.equal((await store.hold("l", twice, longMs)).ok, false);
    assert.deepEqual(await levels(store, ["a"]), [0]);
    assert.equal((await store.hold("m", [of("a", 3, 6), of("a", 3, 6)], longMs)).ok, true);
    assert.deepEqual(await levels(store, ["a"]), [6]);
  }],

  ["of 200 holds at once exactly as many are taken as fit", async (store) => {
    const taken = await Promise.all(
      Array.from(
        { length: 200 },
        (_, index) => store.hold(`l${index}`, [of("a", 3, 100), of("b", 1)], longMs),
      ),
    );
    assert.equal(taken.filter(({ ok }) => ok).length, 33);
    assert.deepEqual(await levels(store, ["a", "b"]), [99, 33]);
  }],

  ["a lease that is settled twice is given back once and counted once", async (store) => {
    const holds = [of("a", 10)];
    await store.hold("other", holds, longMs);
    await store.hold("l", holds, longMs);
    await Promise.all([store.settle("l", holds, [7]), store.settle("l", holds, [7])]);
    await store.settle("l", holds, [9]);
    assert.deepEqual(await levels(store, ["a"]), [17]);
  }],

  ["what an unknown lease used is counted, once, and given back from nobody", async (store) => {
    const holds = [of("a", 10)];
    await store.hold("known", holds, longMs);
    await store.settle("unknown", holds, [5]);
    await store.settle("unknown", holds, [5]);
    assert.deepEqual(await levels(store, ["a"]), [15]);
  }],

  ["use may be counted on other counters than those that were held", async (store) => {
    await store.hold("l", [of("minute-1", 10)], longMs);
    await store.settle("l", [of("minute-1", 10), of("minute-2", 0)], [10, 4]);
    assert.deepEqual(await levels(store, ["minute-1", "minute-2"]), [10, 4]);
  }],

  ["a name is good for one lease", async (store) => {
    await store.hold("l", [of("a", 1)], longMs);
    await rejects(() => store.hold("l", [of("a", 1)], longMs));
    await store.settle("l", [of("a", 1)], [1]);
    await rejects(() => store.hold("l", [of("a", 1)], longMs));
    assert.deepEqual(await levels(store, ["a"]), [1]);
  }],

  [
    "a lease that runs out gives back what it held; settled late, its use counts once",
    async (store, pass) => {
      const holds = [of("a", 10, 10)];
      await store.hold("dead", holds, shortMs);
      await store.hold("alive", [of("b", 1)], longMs);
      assert.equal((await store.hold("refused", holds, longMs)).ok, false, "while it is held");
      await pass(shortMs + 60);
      assert.deepEqual(await levels(store, ["a", "b"]), [0, 1]);
      await store.settle("dead", holds, [3]);
      await store.settle("dead", holds, [3]);
      assert.deepEqual(await levels(store, ["a", "b"]), [3, 1]);
    },
  ],

  ["what the period before used and holds still counts by its weight", async (store) => {
    const before = [of("m1", 60)];
    await store.hold("l1", before, longMs);
    await store.settle("l1", before, [60]);
    await store.hold("l2", [of("m1", 20)], longMs);
    const weighed = (amount: number, weight: number): Hold => ({
      ...of("m2", amount, 50),
      before: { counter: "m1", weight },
    });
    const refused = await store.hold("l3", [weighed(11, 0.5)], longMs);
    assert.deepEqual([refused.ok, refused.levels], [false, [40]]);
    if (refused.parts !== undefined) assert.deepEqual(refused.parts, { used: 0, held: 0, before: 40 });
    const taken = await store.hold("l4", [weighed(11, 0.25)], longMs);
    assert.deepEqual([taken.ok, taken.levels], [true, [31]]);
  }],

  [
    "a counter ends with its time to live, which its first use begins, but not while it is held",
    async (store, pass) => {
      const brief = [{ ...of("brief", 1), ttlMs: shortMs }];
      const kept = [of("kept", 1)];
      await store.hold("l1", brief, longMs);
      await store.settle("l1", brief, [5]);
      await store.hold("l2", kept, longMs);
      await store.settle("l2", kept, [5]);
      const held = [{ ...of("held", 1), ttlMs: shortMs }];
      await store.hold("l3", held, longMs);
      assert.deepEqual(await levels(store, ["brief", "kept", "held"]), [5, 5, 1]);
      await pass(shortMs + 60);
      assert.deepEqual(await levels(store, ["brief", "kept", "held"]), [0, 5, 1]);
      await store.settle("l1-late", brief, [2]);
      assert.deepEqual(await levels(store, ["brief"]), [2], "a new life begins at 0");
    },
  ],

  ["money adds up to the last of many billion units, and fractions come to nothing", async (store) => {
    const large = [of("usd", 2 ** 52 - 1)];
    await store.hold("l1", large, longMs);
    await store.settle("l1", large, [2 ** 52 - 1]);
    await store.hold("l2", [of("usd", 1)], longMs);
    assert.deepEqual(await levels(store, ["usd"]), [2 ** 52]);
    const tenth = [of("tenth", 0.1)];
    for (const name of ["a", "b", "c"]) await store.hold(name, tenth, longMs);
    for (const name of ["b", "a", "c"]) await store.settle(name, tenth, [0]);
    assert.deepEqual(await levels(store, ["tenth"]), [0]);
  }],

  ["amounts that are none fail and change nothing", async (store) => {
    for (const amount of [-1, NaN, Infinity]) {
      await rejects(() => store.hold(lease(), [of("a", 1), of("a", amount)], longMs));
    }
    const holds = [of("a", 1)];
    await store.hold("l", holds, longMs);
    for (const amount of [-1, NaN, Infinity]) await rejects(() => store.settle("l", holds, [amount]));
    assert.deepEqual(await levels(store, ["a"]), [1]);
  }],

  ["counters are apart from entries, and weird names from each other", async (store) => {
    await store.set("a", "word");
    const names = ["a", "A", "{a}", "a:b", " ", "ключ 鍵 🔑", "__proto__", "new\nline", 'quo"te\\'];
    const holds = names.map((name, index) => of(name, index + 1));
    await store.hold("l", holds, longMs);
    assert.deepEqual(await levels(store, names), names.map((_, index) => index + 1));
    await store.settle("l", holds, holds.map(({ amount }) => amount + 1));
    assert.deepEqual(await levels(store, names), names.map((_, index) => index + 2));
    assert.equal(await store.get("a"), "word");
  }],
];
