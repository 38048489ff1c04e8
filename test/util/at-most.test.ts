/** Work on a list, so much of it at once. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { atMost } from "../../src/util/at-most.ts";

describe("atMost()", () => {
  it("works on so many at once, in order, and keeps the order of the list", async () => {
    let running = 0;
    let most = 0;
    const settled = await atMost(2, ["a", "b", "c", "d", "e"], async (item, index) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      return item + index;
    });
    assert.equal(most, 2);
    assert.deepEqual(settled.map((one) => one.status === "fulfilled" && one.value), [
      "a0",
      "b1",
      "c2",
      "d3",
      "e4",
    ]);
  });

  it("goes on after a failure, and has nothing to do with an empty list", async () => {
    const settled = await atMost(
      1,
      [1, 2],
      (item) => item === 1 ? Promise.reject(new Error("no")) : Promise.resolve(item),
    );
    assert.deepEqual(settled.map(({ status }) => status), ["rejected", "fulfilled"]);
    assert.deepEqual(await atMost(3, [], () => Promise.reject(new Error("never"))), []);
  });
});
