/** Holds in a real Redis: shared by several stores and processes, given back by the dead, failing fast when it is gone. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createClient } from "@keyv/redis";
import redis from "../../../plugins/stores/redis/index.ts";
import { CLOCK, type Clock, type Hold, LoomError, type Store } from "../../../src/plugin.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { startProgram } from "../../support/child.ts";
import { optionsOf } from "../../support/options.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { useOf } from "../../support/use.ts";

let server: TestRedis;
before(async () => server = await startRedis());
after(() => server.kill());

async function make(namespace: string, clock: Clock = systemClock): Promise<Store> {
  return await redis.make(useOf([CLOCK, clock]), optionsOf(redis, { url: server.url, namespace }));
}

const one = (max = Infinity): readonly Hold[] => [{ counter: "n", amount: 1, max }];

async function levelOf(store: Store, counter: string): Promise<number | undefined> {
  const asked = [{ counter, amount: 0, max: 0 }];
  const lease = `look-${Math.random()}`;
  const { levels } = await store.hold(lease, asked, 1000);
  await store.settle(lease, asked, [0]);
  return levels[0];
}

async function keys(pattern: string): Promise<string[]> {
  const client = createClient({ url: server.url });
  await client.connect();
  try {
    return (await client.keys(pattern)).sort();
  } finally {
    client.destroy();
  }
}

describe("holds in redis", () => {
  test("two stores together take exactly what fits of 200 holds at once, however their clocks go", async () => {
    const skewed: Clock = { ...systemClock, now: () => systemClock.now() + 86_400_000 };
    const stores = [await make("two"), await make("two", skewed)];
    await Promise.all(stores.map((store) => store.get("ready")));
    const answers = await Promise.all(
      Array.from(
        { length: 200 },
        (_, index) => (stores[index % 2] as Store).hold(`l${index}`, one(50), 60_000),
      ),
    );
    assert.equal(answers.filter(({ ok }) => ok).length, 50);
    await Promise.all(
      answers.map(({ ok }, index) =>
        ok ? (stores[(index + 1) % 2] as Store).settle(`l${index}`, one(), [2]) : undefined
      ),
    );
    assert.equal(await levelOf(stores[0] as Store, "n"), 100);
    for (const store of stores) await store.close?.();
  });

  test(
    "a process that is killed gives back what it held, and what it counted stays",
    { timeout: 60_000 },
    async () => {
      const store = await make("killed");
      const program = fileURLToPath(new URL("../../support/killed-store.ts", import.meta.url));
      const child = startProgram(program, ["redis", server.url, "killed", "3000"]);
      await child.said("counted");
      const takes = () =>
        store.hold(`mine-${Math.random()}`, [{ counter: "held", amount: 10, max: 10 }], 60_000);
      assert.deepEqual((await takes()).parts, { used: 0, held: 10, before: 0 });
      await child.kill();
      const killedMs = performance.now();
      while (!(await takes()).ok) {
        assert.ok(performance.now() - killedMs < 10_000, "the lease of the dead process does not end");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.equal(await levelOf(store, "used"), 300);
      await store.close?.();
    },
  );

  test("has all its keys under one hash tag, and leaves none of those that end", async () => {
    const store = await make("tidy");
    const holds: Hold[] = [{ counter: "minute", amount: 1, max: 9, ttlMs: 60_000 }, {
      counter: "usd",
      amount: 1,
      max: 9,
    }];
    await store.hold("l", holds, 60_000);
    await store.hold("given up", holds, 60_000);
    await store.settle("l", holds, [1, 1]);
    await store.settle("given up", holds, [0, 0]);
    const found = await keys("*tidy*");
    assert.deepEqual(found, [
      "{tidy:holds}:counter:minute",
      "{tidy:holds}:counter:usd",
      "{tidy:holds}:settled:given up",
      "{tidy:holds}:settled:l",
    ]);
    const client = createClient({ url: server.url });
    await client.connect();
    const lives = await Promise.all(found.map((key) => client.pTTL(key)));
    client.destroy();
    assert.deepEqual(lives.map((ms) => ms > 0), [true, false, true, true]);
    await store.close?.();
  });

  test("runs its scripts again on a server that has forgotten them, and fails on one that is gone", async () => {
    const store = await make("gone");
    assert.equal((await store.hold("l1", one(), 1000)).ok, true);
    const client = createClient({ url: server.url });
    await client.connect();
    await client.sendCommand(["SCRIPT", "FLUSH"]);
    client.destroy();
    assert.equal((await store.hold("l2", one(), 1000)).ok, true);
    await server.kill();
    try {
      for (const attempt of [() => store.hold("l3", one(), 1000), () => store.settle("l2", one(), [1])]) {
        const error = await Promise.resolve(attempt()).then(() => undefined, (fault: unknown) => fault);
        assert.ok(LoomError.is(error, "connection-failed"), String(error));
      }
    } finally {
      await server.start();
    }
    await store.close?.();
  });
});
