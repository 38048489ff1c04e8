/** A table of short-lived things gives back what was put into it, whatever else comes and goes. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ShortLived } from "../../src/util/short-lived.ts";

describe("ShortLived", () => {
  it("keeps what a Map would keep", () => {
    const table = new ShortLived<number>();
    const map = new Map<string, number>();
    // Few names, so that all of them come and go many times; a fixed sequence, so that a failure can be seen again.
    for (let step = 0, seed = 1; step < 20_000; step++) {
      seed = Math.imul(seed, 1_103_515_245) + 12_345 & 0x7fffffff;
      const name = `call_${(seed >> 8) % 300}/0`;
      if (map.has(name)) {
        assert.equal(table.take(name), map.get(name));
        map.delete(name);
      } else {
        table.add(name, step);
        map.set(name, step);
      }
      assert.equal(table.size, map.size);
    }
    assert.deepEqual(new Map(table.entries()), map);
    for (const [name, value] of map) assert.equal(table.get(name), value);
    assert.equal(table.get("nobody"), undefined);
    assert.equal(table.take("nobody"), undefined);
  });

  it("lets go of things while they are gone through", () => {
    const table = new ShortLived<number>();
    for (let index = 0; index < 100; index++) table.add(`n${index}`, index);
    let seen = 0;
    for (const [name] of table.entries()) {
      seen++;
      table.take(name);
    }
    assert.deepEqual([seen, table.size], [100, 0]);
  });
});
