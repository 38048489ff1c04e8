/** The memory store passes the suite, is bounded, and checks its options. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import memory from "../../../plugins/stores/memory/index.ts";
import { CLOCK, LoomError, type Store } from "../../../src/plugin.ts";
import { fakeClock, storeSuite } from "../../../src/testing.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";

function make(given: unknown, clock = fakeClock()): Store {
  return memory.make(useOf([CLOCK, clock]), optionsOf(memory, given)) as Store;
}

storeSuite(test, ({ clock }) => make({}, clock));

describe("memory store", () => {
  test("holds no more entries than its bound, those used lately among them", async () => {
    const store = make({ maxSize: 3 });
    for (const key of ["a", "b", "c"]) await store.set(key, key);
    await store.add("n", 1);
    await store.get("b");
    await store.add("m", 1);
    const held = await Promise.all(["a", "b", "c", "n", "m"].map((key) => store.get(key)));
    assert.deepEqual(held, [undefined, "b", undefined, "1", "1"]);
  });

  test("holds no more bytes than its bound, and a huge value drives nobody out", async () => {
    const store = make({ maxBytes: 10_000 });
    for (let index = 0; index < 50; index++) await store.set(`k${index}`, "x".repeat(400));
    let held = 0;
    for (let index = 0; index < 50; index++) if (await store.get(`k${index}`) !== undefined) held++;
    assert.ok(held >= 5 && held <= 12, `it holds ${held} values of 800 bytes in 10,000`);
    await store.set("huge", "x".repeat(10_000));
    assert.equal(await store.get("huge"), undefined);
    assert.notEqual(await store.get("k49"), undefined);
  });

  test("leaves no timer behind, and is not moved by a wall clock that jumps", async () => {
    const clock = fakeClock();
    let wallMs = 0;
    const store = make({}, { ...clock, now: () => wallMs });
    await store.set("k", "v", { ttlMs: 1000 });
    wallMs = 1e12;
    assert.equal(await store.get("k"), "v");
    assert.equal(clock.pending, 0);
  });

  test("says which key is no number", async () => {
    const store = make({});
    await store.set("name", "Ada");
    await assert.rejects(store.add("name", 1), (error) => {
      assert.ok(LoomError.is(error, "internal"));
      assert.match(error.message, /cannot add to "name"/);
      return true;
    });
  });

  const refused: readonly (readonly [unknown, RegExp])[] = [
    [{ maxSize: 0 }, /^maxSize: /],
    [{ maxBytes: -1 }, /^maxBytes: /],
    [{ ttl: 5 }, /ttl/],
  ];
  for (const [given, expected] of refused) {
    test(`refuses the options ${JSON.stringify(given)}`, () => {
      assert.match(complaintsOf(memory, given).join("\n"), expected);
    });
  }
});
