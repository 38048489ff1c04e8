/** Calls in flight that look alike: each is told from the others by its key, and none suffers from another's. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InFlight, type Keyed } from "../../src/middleware/in-flight.ts";

const unwritable: Keyed = {
  get key(): string {
    throw new RangeError("nested too deeply");
  },
};

describe("calls in flight", () => {
  it("are found by their keys among those that look alike", () => {
    const runs = new InFlight<Keyed>();
    const [one, other] = [{ key: "one" }, { key: "other" }];
    runs.add(7, one);
    runs.add(7, other);
    assert.equal(runs.find(7, { key: "other" }), other);
    assert.equal(runs.find(7, { key: "third" }), undefined);
    assert.equal(runs.find(8, { key: "one" }), undefined);
  });

  it("whose key cannot be written are no trouble of calls that look alike", () => {
    const runs = new InFlight<Keyed>();
    const good = { key: "good" };
    runs.add(7, unwritable);
    runs.add(7, good);
    assert.equal(runs.find(7, { key: "good" }), good);
    assert.equal(runs.find(7, { key: "another" }), undefined);
  });

  it("hear of it when it is their own key that cannot be written", () => {
    const runs = new InFlight<Keyed>();
    runs.add(7, { key: "good" });
    assert.throws(() => runs.find(7, unwritable), /nested too deeply/);
  });
});
