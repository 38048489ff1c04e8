/** The redis store against a real server: the suite, several processes, and a server that dies, hangs or is not there. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createClient } from "@keyv/redis";
import redis from "../../../plugins/stores/redis/index.ts";
import { CLOCK, LoomError, type Store } from "../../../src/plugin.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { storeSuite } from "../../../src/testing.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { useOf } from "../../support/use.ts";

let server: TestRedis;
before(async () => server = await startRedis());
after(() => server.kill());

let namespaces = 0;

async function make(given: Record<string, unknown> = {}): Promise<Store> {
  const options = optionsOf(redis, { url: server.url, namespace: `test-${namespaces++}`, ...given });
  return await redis.make(useOf([CLOCK, systemClock]), options);
}

/** Tries until it works, as calls that come one after the other would. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0;; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

async function fails(promise: Promise<unknown>): Promise<LoomError> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(LoomError.is(error, "connection-failed"), `not connection-failed: ${String(error)}`);
  return error;
}

/** Works on the server beside the store. */
async function raw<T>(work: (client: ReturnType<typeof createClient>) => Promise<T>): Promise<T> {
  const client = createClient({ url: server.url });
  await client.connect();
  try {
    return await work(client as ReturnType<typeof createClient>);
  } finally {
    client.destroy();
  }
}

storeSuite(test, () => make(), { time: "real" });

describe("redis store", () => {
  test("is shared by all of its namespace, and by nobody else", async () => {
    const [one, same, other] = [
      await make({ namespace: "s:a" }),
      await make({ namespace: "s:a" }),
      await make({ namespace: "s" }),
    ];
    await one.set("k", "one");
    await other.set("k", "other");
    assert.equal(await same.get("k"), "one");
    const sums = await Promise.all(
      Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? one : same).add("n", 1)),
    );
    assert.equal(new Set(sums).size, 100, "each add got its own sum");
    assert.deepEqual((await raw((client) => client.keys("s:*"))).sort(), [
      "s:a:store:k",
      "s:a:store:n",
      "s:store:k",
    ]);
    for (const store of [one, same, other]) await store.close?.();
  });

  test("gives a new sum its time to live in Redis, and a later add does not change it", async () => {
    const store = await make({ namespace: "life" });
    await store.add("n", 1, { ttlMs: 100_000 });
    await store.add("n", 0.5, { ttlMs: 900_000 });
    const left = await raw((client) => client.pTTL("life:store:n"));
    assert.ok(left > 90_000 && left <= 100_000, `${left} ms are left`);
    await store.add("forever", 1);
    await store.add("forever", 1, { ttlMs: 1000 });
    assert.equal(await raw((client) => client.pTTL("life:store:forever")), -1);
    await store.close?.();
  });

  test("throws for a key of another Redis type, and goes on", async () => {
    const store = await make({ namespace: "typed" });
    await raw((client) => client.lPush("typed:store:k", "x"));
    await assert.rejects(store.get("k"), /WRONGTYPE/);
    await assert.rejects(store.add("k", 1), /WRONGTYPE/);
    assert.equal(await store.add("other", 1), 1);
    await store.close?.();
  });

  test("fails while the server is dead, quickly, and works again when it is back", async () => {
    const store = await make();
    await store.set("k", "v");
    await server.kill();
    try {
      for (let call = 0; call < 50; call++) await fails(store.get("k"));
      await fails(store.set("k", "v"));
      await fails(store.add("n", 1));
      await fails(store.delete("k"));
    } finally {
      await server.start();
    }
    await eventually(() => store.set("k", "again"));
    assert.equal(await store.get("k"), "again");
    await store.close?.();
  });

  test("gives up operations of a server that hangs, and works again", { timeout: 20_000 }, async () => {
    const store = await make({ commandTimeoutMs: 100, connectTimeoutMs: 200 });
    await eventually(() => store.set("k", "v"));
    server.freeze();
    try {
      const errors = await Promise.all([1, 2, 3].map(() => fails(store.get("k"))));
      assert.match(errors[0]?.message ?? "", /no answer within 100 ms/);
      await fails(store.add("n", 1));
    } finally {
      server.thaw();
    }
    await eventually(() => store.set("k", "again"));
    await store.close?.();
  });

  test("neither start-up nor an operation waits for a server that is not there", async () => {
    const store = await make({ url: "redis://:s3cret@127.0.0.1:1" });
    const error = await fails(store.get("k"));
    assert.ok(!`${error.message}${error.stack}${JSON.stringify(error)}`.includes("s3cret"));
    await fails(store.set("k", "v"));
    await store.close?.();
    await store.close?.();
  });

  test("a closed store says so, and leaves no connection", async () => {
    const stores = await Promise.all([1, 2, 3].map(() => make()));
    await stores[0]?.set("k", "v");
    for (const store of stores) await store.close?.();
    await assert.rejects(stores[0]?.get("k") as Promise<unknown>, (error) => LoomError.is(error, "closed"));
    await eventually(async () => {
      const clients = await raw((client) => client.sendCommand(["CLIENT", "LIST"]));
      assert.equal(
        String(clients).trim().split("\n").length,
        1,
        `connections were left behind:\n${String(clients)}`,
      );
    });
  });

  const refused: readonly (readonly [unknown, RegExp])[] = [
    [{ url: "http://localhost" }, /^url: must be a URL that begins with redis:/],
    [{ url: "redis//:pw@host" }, /^url: /],
    [{ namespace: "a::b" }, /^namespace: /],
    [{ namespace: "" }, /^namespace: /],
    [{ ttl: 1 }, /ttl/],
  ];
  for (const [given, expected] of refused) {
    test(`refuses the options ${JSON.stringify(given)}`, () => {
      const complaints = complaintsOf(redis, given).join("\n");
      assert.match(complaints, expected);
      assert.ok(!complaints.includes("pw"), "a complaint repeats no password");
    });
  }
});
