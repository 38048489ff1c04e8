/** The watchdog: barks once after silence, and moves its timer only when that fires. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { Watchdog } from "../../src/wire/watchdog.ts";

function watched() {
  const clock = fakeClock();
  const barks: (readonly [number, number])[] = [];
  let timers = 0;
  const dog = new Watchdog(
    {
      ...clock,
      after: (...given) => {
        timers++;
        return clock.after(...given);
      },
    },
    (limitMs) => barks.push([clock.monotonic(), limitMs]),
  );
  return { clock, dog, barks, timers: () => timers };
}

describe("Watchdog", () => {
  it("barks once, with the limit that was passed", async () => {
    const { clock, dog, barks } = watched();
    dog.watch(100);
    await clock.advance(99);
    assert.deepEqual(barks, []);
    await clock.advance(1_000);
    assert.deepEqual(barks, [[100, 100]]);
    assert.equal(clock.pending, 0);
  });

  it("counts from the last sign of life, without a timer for each", async () => {
    const { clock, dog, barks, timers } = watched();
    dog.watch(100);
    for (let index = 0; index < 99; index++) {
      await clock.advance(10);
      dog.pet();
    }
    assert.deepEqual(barks, []);
    assert.ok(timers() < 15, `${timers()} timers for 99 signs of life`);
    await clock.advance(1_000);
    assert.deepEqual(barks, [[1_090, 100]]);
  });

  it("goes on with another limit from now", async () => {
    const { clock, dog, barks } = watched();
    dog.watch(1_000);
    await clock.advance(900);
    dog.watch(50);
    await clock.advance(1_000);
    assert.deepEqual(barks, [[950, 50]]);
  });

  it("is quiet once stopped, until it watches again", async () => {
    const { clock, dog, barks } = watched();
    dog.stop();
    dog.watch(100);
    dog.stop();
    dog.stop();
    dog.pet();
    await clock.advance(1_000);
    assert.deepEqual([barks, clock.pending], [[], 0]);
    dog.watch(100);
    await clock.advance(100);
    assert.deepEqual(barks, [[1_100, 100]]);
  });
});
