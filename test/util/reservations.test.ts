/** Reservations in memory stay small, whatever comes and goes, and can be put back. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type KeptCounter, reservations } from "../../src/util/reservations.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";

describe("reservations", () => {
  it("forget counters that have ended, without ever looking at all of them at once", async () => {
    const clock = fakeClock();
    const counters = reservations(clock);
    for (let minute = 0; minute < 100; minute++) {
      for (let key = 0; key < 100; key++) {
        const lease = `${minute}/${key}`;
        const holds = [{ counter: `requests/${minute}/${key}`, amount: 1, max: 10, ttlMs: 180_000 }];
        counters.hold(lease, holds, 1000);
        counters.settle(lease, holds, [1]);
      }
      await clock.advance(60_000);
    }
    const { counters: kept, leases } = counters.size;
    assert.ok(kept <= 600, `${kept} counters are kept, and 300 live`);
    assert.equal(leases, 0);
  });

  it("end leases that nobody settles, and keep no counter for those that were refused", async () => {
    const clock = fakeClock();
    const counters = reservations(clock);
    for (let index = 0; index < 1000; index++) {
      counters.hold(`l${index}`, [{ counter: "concurrent", amount: 1, max: 5000 }], 1000 + index);
      const refused = counters.hold(`r${index}`, [{ counter: `c${index}`, amount: 2, max: 1 }], 1000);
      assert.equal(refused.ok, false);
    }
    assert.deepEqual(counters.size, { counters: 1, leases: 1000 });
    await clock.advance(1500);
    const look = counters.hold("look", [{ counter: "concurrent", amount: 0, max: 0 }], 1);
    assert.deepEqual([look.levels, counters.size.leases], [[499], 500]);
  });

  it("remember settled leases, but not for ever", () => {
    const counters = reservations(fakeClock());
    const holds = [{ counter: "a", amount: 1, max: Infinity }];
    for (let index = 0; index < 12_000; index++) counters.settle(`l${index}`, holds, [1]);
    for (let index = 8_000; index < 12_000; index++) counters.settle(`l${index}`, holds, [1]);
    assert.deepEqual(counters.hold("look", [{ counter: "a", amount: 0, max: 0 }], 1).levels, [12_000]);
  });

  it("tell of what was used, and take it back", () => {
    const clock = fakeClock();
    const told: KeptCounter[] = [];
    const first = reservations(clock, (counter) => void told.push(counter));
    const holds = [{ counter: "day", amount: 5, max: 9, ttlMs: 1000 }];
    first.hold("l", holds, 1000);
    assert.equal(told.length, 0, "what is held is not worth keeping");
    first.settle("l", holds, [4]);
    const second = reservations(clock);
    for (const { name, used, untilMs } of told) second.restore({ name, used, untilMs });
    assert.deepEqual(second.hold("l", holds, 1000).levels, [9]);
  });
});
