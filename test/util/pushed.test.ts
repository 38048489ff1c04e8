/** What is pushed and pulled: in step, and let go of from either side. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pushed } from "../../src/util/pushed.ts";

describe("pushed()", () => {
  it("gives what is pushed, one at a time, never ahead of the reader", async () => {
    const steps: string[] = [];
    const values = pushed<number>(async (push) => {
      for (const value of [1, 2, 3]) {
        steps.push(`push ${value}`);
        await push(value);
      }
    });
    assert.equal(steps.length, 0, "nothing is worked on before somebody reads");
    for await (const value of values) steps.push(`read ${value}`);
    assert.deepEqual(steps, ["push 1", "read 1", "push 2", "read 2", "push 3", "read 3"]);
  });

  it("fails as the work does, after what was pushed", async () => {
    const seen: number[] = [];
    const values = pushed<number>(async (push) => {
      await push(1);
      throw new Error("broken");
    });
    await assert.rejects(async () => {
      for await (const value of values) seen.push(value);
    }, /broken/);
    assert.deepEqual(seen, [1]);
  });

  it("ends the work when the reader leaves, and waits until it has let go", async () => {
    let left: unknown;
    let released = false;
    const values = pushed<number>(async (push, leaving) => {
      try {
        await push(1);
        await push(2);
      } catch (error) {
        left = error;
        assert.ok(leaving.aborted);
        throw error;
      } finally {
        await Promise.resolve();
        released = true;
      }
    });
    for await (const value of values) {
      assert.equal(value, 1);
      break;
    }
    assert.ok(released && left instanceof Error);
  });

  it("does not hold what pushes on after it was given up", async () => {
    let zombie: Promise<void> | undefined;
    const values = pushed<number>(async (push) => {
      await push(1);
      zombie = Promise.resolve().then(() => push(2));
      throw new Error("given up");
    });
    await assert.rejects(async () => {
      for await (const _ of values);
    }, /given up/);
    await assert.rejects(zombie ?? Promise.resolve(), Error);
  });
});
