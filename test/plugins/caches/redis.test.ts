/** The redis cache against a real server: the suite, a server that dies, hangs or is not there, and foreign entries. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createClient } from "@keyv/redis";
import redis from "../../../plugins/caches/redis/index.ts";
import { type Cache, type CachedAnswer, CLOCK, LOGGER, LoomError } from "../../../src/plugin.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { cacheSuite } from "../../../src/testing.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { useOf } from "../../support/use.ts";

let server: TestRedis;
before(async () => server = await startRedis());
after(() => server.kill());

let namespaces = 0;
const said: string[] = [];
const logger = {
  debug() {},
  info: (text: string) => void said.push(`info ${text}`),
  warn: (text: string) => void said.push(`warn ${text}`),
  error: (text: string) => void said.push(`error ${text}`),
};

async function make(given: Record<string, unknown> = {}): Promise<Cache> {
  const options = optionsOf(redis, { url: server.url, namespace: `test-${namespaces++}`, ...given });
  return await redis.make(useOf([CLOCK, systemClock], [LOGGER, logger]), options);
}

function answerOf(text: string): CachedAnswer {
  const target = { provider: "acme", modality: "text", model: "m1", upstreamModel: "m1" } as const;
  return { target, parts: [{ type: "text", text }], nanoUsd: 1, callId: "c", storedAtMs: 0 };
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

async function fails(promise: Promise<unknown> | unknown): Promise<LoomError> {
  const error = await Promise.resolve(promise).then(() => undefined, (error: unknown) => error);
  assert.ok(
    LoomError.is(error, "connection-failed"),
    `it should fail as connection-failed, not ${String(error)}`,
  );
  return error;
}

/** Works on the server beside the cache. */
async function raw<T>(work: (client: ReturnType<typeof createClient>) => Promise<T>): Promise<T> {
  const client = createClient({ url: server.url });
  await client.connect();
  try {
    return await work(client as ReturnType<typeof createClient>);
  } finally {
    client.destroy();
  }
}

cacheSuite(test, ({ ttlMs }) => make({ ttl: ttlMs / 1000 }), { time: "real", bounds: [] });

describe("redis cache", () => {
  test("is shared: another instance reads what one wrote, and clears only its own namespace", async () => {
    const [one, same, other] = [
      await make({ namespace: "s:a" }),
      await make({ namespace: "s:a" }),
      await make({ namespace: "s" }),
    ];
    assert.equal(one.shared, true);
    await one.set("k", answerOf("one"));
    await other.set("k", answerOf("other"));
    assert.deepEqual(await same.get("k"), answerOf("one"));
    await raw((client) => client.set("unrelated", "stays"));
    await other.clear();
    assert.equal(await other.get("k"), undefined);
    assert.deepEqual(await same.get("k"), answerOf("one"));
    assert.equal(await raw((client) => client.get("unrelated")), "stays");
    for (const cache of [one, same, other]) await cache.close?.();
  });

  test("gives entries a time to live in Redis, and keys that show no prompt", async () => {
    const cache = await make({ namespace: "keys", ttl: 100 });
    await cache.set("the whole conversation", answerOf("v"));
    const keys = await raw((client) => client.keys("keys*"));
    assert.equal(keys.length, 1);
    assert.match(keys[0] ?? "", /^keys::[\w-]{43}$/);
    const left = await raw((client) => client.pTTL(keys[0] ?? ""));
    assert.ok(left > 90_000 && left <= 100_000, `${left} ms are left`);
    await cache.close?.();
  });

  test("does not write an entry that is too large, and leaves the one that is there", async () => {
    const cache = await make({ maxEntryBytes: 1000 });
    await cache.set("k", answerOf("small"));
    await cache.set("k", answerOf("x".repeat(1000)));
    await cache.set("wide", answerOf("鍵".repeat(300)));
    assert.deepEqual(await cache.get("k"), answerOf("small"));
    assert.equal(await cache.get("wide"), undefined);
    await cache.close?.();
  });

  const foreign = [
    "",
    "not json",
    '{"half":',
    "null",
    "[]",
    "42",
    '{"value":{},"expires":null}',
    JSON.stringify({ ...answerOf("v"), parts: "none" }),
    JSON.stringify({ ...answerOf("v"), parts: [null] }),
    JSON.stringify({ ...answerOf("v"), target: null }),
    JSON.stringify({ ...answerOf("v"), nanoUsd: "free" }),
  ];
  for (const [index, text] of foreign.entries()) {
    test(`reads the foreign entry ${text.slice(0, 30)} as a miss`, async () => {
      const namespace = `foreign-${index}`;
      const cache = await make({ namespace });
      await cache.set("k", answerOf("v"));
      await raw(async (client) => {
        for (const key of await client.keys(`${namespace}*`)) await client.set(key, text);
      });
      assert.equal(await cache.get("k"), undefined);
      await cache.set("k", answerOf("good again"));
      assert.deepEqual(await cache.get("k"), answerOf("good again"));
      await cache.close?.();
    });
  }

  test("throws for an entry of another Redis type, and goes on", async () => {
    const cache = await make({ namespace: "typed" });
    await cache.set("k", answerOf("v"));
    await raw(async (client) => {
      for (const key of await client.keys("typed*")) {
        await client.del(key);
        await client.lPush(key, "x");
      }
    });
    await assert.rejects(async () => await cache.get("k"), /WRONGTYPE/);
    await cache.set("other", answerOf("v"));
    assert.deepEqual(await cache.get("other"), answerOf("v"));
    await cache.close?.();
  });

  test("fails while the server is dead, quickly, and works again when it is back", async () => {
    const cache = await make();
    await cache.set("k", answerOf("v"));
    said.length = 0;
    await server.kill();
    try {
      for (let call = 0; call < 50; call++) await fails(cache.get("k"));
      await fails(cache.set("k", answerOf("v")));
      await fails(cache.delete("k"));
      await fails(cache.clear());
    } finally {
      await server.start();
    }
    await eventually(async () => await cache.set("k", answerOf("again")));
    assert.deepEqual(await cache.get("k"), answerOf("again"));
    assert.equal(said.filter((line) => line.startsWith("warn")).length, 1, said.join("\n"));
    assert.equal(said.at(-1), "info cache redis: it is back");
    await cache.close?.();
  });

  test(
    "gives up operations of a server that hangs, and works again when it goes on",
    { timeout: 20_000 },
    async () => {
      const cache = await make({ commandTimeoutMs: 100, connectTimeoutMs: 200 });
      await eventually(async () => await cache.set("k", answerOf("v")));
      server.freeze();
      try {
        const errors = await Promise.all([1, 2, 3].map(() => fails(cache.get("k"))));
        assert.match(errors[0]?.message ?? "", /no answer within 100 ms/);
        await fails(cache.get("k"));
      } finally {
        server.thaw();
      }
      await eventually(async () => await cache.set("k", answerOf("again")));
      await cache.close?.();
    },
  );

  test("neither start-up nor a call waits for a server that is not there", async () => {
    const cache = await make({ url: "redis://:s3cret@127.0.0.1:1" });
    const error = await fails(cache.get("k"));
    assert.ok(!`${error.message}${error.stack}${JSON.stringify(error)}`.includes("s3cret"));
    await fails(cache.set("k", answerOf("v")));
    await cache.close?.();
    await cache.close?.();
  });

  test("a closed cache says so", async () => {
    const cache = await make();
    await cache.set("k", answerOf("v"));
    await cache.close?.();
    await assert.rejects(async () => await cache.get("k"), (error) => LoomError.is(error, "closed"));
  });

  test("may be closed while it connects", async () => {
    for (let round = 0; round < 5; round++) {
      const cache = await make();
      await cache.close?.();
    }
    await eventually(async () => {
      const clients = await raw((client) => client.sendCommand(["CLIENT", "LIST"]));
      assert.equal(
        String(clients).trim().split("\n").length,
        1,
        `connections were left behind:\n${String(clients)}`,
      );
    });
  });

  for (
    const [name, ending, url] of [
      ["without closing it", "leave", undefined],
      ["after closing it", "close", undefined],
      ["without closing one that never connected", "leave", "redis://127.0.0.1:1"],
      ["after closing one that never connected", "close", "redis://127.0.0.1:1"],
    ] as const
  ) {
    test(`a program ends by itself ${name}`, { timeout: 30_000 }, async () => {
      const program = fileURLToPath(new URL("../../support/lone-redis.ts", import.meta.url));
      const runner = "deno" in process.versions ? ["run", "-A", "--no-check"] : ["--import", "tsx"];
      const child = spawn(process.execPath, [...runner, program, url ?? server.url, ending]);
      let printed = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => printed += text);
      child.stderr.setEncoding("utf8").on("data", (text: string) => printed += text);
      const code = await new Promise((resolve) => child.on("close", resolve));
      assert.equal(printed.trim(), url === undefined ? "read c" : "failed connection-failed");
      assert.equal(code, 0);
    });
  }

  const refused: [unknown, RegExp][] = [
    [{ url: "http://localhost" }, /^url: must be a URL that begins with redis:/],
    [{ url: "redis//:pw@host" }, /^url: /],
    [{ namespace: "a::b" }, /^namespace: /],
    [{ namespace: "a*" }, /^namespace: /],
    [{ namespace: "" }, /^namespace: /],
    [{ ttl: -1 }, /^ttl: /],
    [{ host: "localhost" }, /host/],
  ];
  for (const [given, expected] of refused) {
    test(`refuses the options ${JSON.stringify(given)}`, () => {
      const complaints = complaintsOf(redis, given).join("\n");
      assert.match(complaints, expected);
      assert.ok(!complaints.includes("pw"), "a complaint repeats no password");
    });
  }
});
