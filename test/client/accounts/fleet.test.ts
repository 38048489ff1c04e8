/** Two Looms share accounts through a real Redis: one finds out, the other knows; without it each goes on by itself. */

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { AccountsOptions, Loom } from "../../../src/index.ts";
import { LOGGER } from "../../../src/plugin.ts";
import { bareLoom } from "../../support/looms.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { serve, type TestServer } from "../../support/server.ts";

let redis: TestRedis;
let vendor: TestServer;
/** Keys that the vendor refuses at the moment. */
const refused = new Set<string>();
const looms: Loom[] = [];
const said: string[] = [];
const logger = {
  debug() {},
  info: (text: string) => void said.push(`info ${text}`),
  warn: (text: string) => void said.push(`warn ${text}`),
  error: (text: string) => void said.push(`error ${text}`),
};

before(async () => {
  redis = await startRedis();
  vendor = await serve(({ headers, response }) => {
    const ok = !refused.has(headers.authorization?.replace("Bearer ", "") ?? "");
    const body = ok
      ? {
        choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
        usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
      }
      : { error: { message: "bad key", code: "invalid_api_key" } };
    response.writeHead(ok ? 200 : 401, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
});
afterEach(async () => {
  for (const loom of looms.splice(0)) await loom.close();
  refused.clear();
  said.length = 0;
});
after(async () => {
  await vendor.close();
  await redis.kill();
});

function loomWith(namespace: string, more: AccountsOptions = {}): Loom {
  const accounts = ["a", "b"].map((name) => ({ name, apiKey: `sk-${name}` }));
  const loom = bareLoom({
    store: { type: "redis", url: redis.url, namespace, commandTimeoutMs: 200, connectTimeoutMs: 500 },
    providers: { openai: { baseUrl: vendor.url, accounts, ...more } },
    provide: [[LOGGER, logger]],
  });
  looms.push(loom);
  return loom;
}

let serial = 0;
async function used(loom: Loom): Promise<string> {
  const request = { provider: "openai", model: "gpt-4o-mini", prompt: `Say hi ${serial++}.` };
  return (await loom.generate(request)).trace.attempts.map(({ account }) => account).join("");
}

/** Calls until the accounts used are as expected. */
async function eventually(loom: Loom, expected: string, patienceMs = 8_000): Promise<void> {
  const endMs = performance.now() + patienceMs;
  for (let names = "";; names = await used(loom)) {
    if (names === expected) return;
    assert.ok(performance.now() < endMs, `in the end it used ${names}, not ${expected}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe("two Looms on one Redis", () => {
  it("share health and counts", async () => {
    refused.add("sk-a");
    const [one, two] = [loomWith("health"), loomWith("health")];
    assert.equal(await used(one), "ab");
    assert.equal((await one.accounts("openai"))[0]?.status, "unhealthy");
    assert.equal(await used(two), "b", "it never asked with the refused key");
    await two.accounts("openai");
    const status = await one.accounts("openai");
    assert.deepEqual(status.map(({ status, requests, errors }) => [status, requests, errors]), [
      ["unhealthy", 1, 1],
      ["healthy", 2, 0],
    ]);
    assert.deepEqual((await two.accounts("openai"))[0]?.lastError, status[0]?.lastError);
  });

  it("share a re-admission", async () => {
    refused.add("sk-a");
    const [one, two] = [1, 2].map(() => loomWith("again", { healthCheckIntervalMs: 300 })) as [Loom, Loom];
    assert.equal(await used(one), "ab");
    refused.clear();
    await eventually(two, "a");
    await eventually(one, "a");
  });

  it("go round together", async () => {
    const [one, two] = [1, 2].map(() => loomWith("round", { accountStrategy: "round-robin" })) as [
      Loom,
      Loom,
    ];
    const names: string[] = [];
    for (let index = 0; index < 4; index++) names.push(await used(one), await used(two));
    assert.equal(names.join(""), "abababab");
  });
});

describe("a Redis that goes away", () => {
  it("stops no call, is told of once, and is shared through again when it is back", async () => {
    const [one, two] = [1, 2].map(() => loomWith("outage", { accountStrategy: "round-robin" })) as [
      Loom,
      Loom,
    ];
    await used(one);
    await used(two);
    await redis.kill();
    try {
      for (let index = 0; index < 10; index++) assert.match(await used(one), /^[ab]$/);
      refused.add("sk-a");
      for (let index = 0; index < 4; index++) await used(one);
      assert.equal(await used(one), "b");
      assert.equal(said.filter((line) => line.startsWith("warn")).length, 1, said.join("\n"));
    } finally {
      await redis.start();
    }
    const endMs = performance.now() + 8_000;
    while (!said.some((line) => line.startsWith("info"))) {
      assert.ok(performance.now() < endMs, "it was not noticed that the store is back");
      await used(one);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await one.accounts("openai");
    await two.accounts("openai");
    assert.equal((await two.accounts("openai"))[0]?.status, "unhealthy");
  });

  it("is not waited for when it hangs", async () => {
    const loom = loomWith("frozen", { accountStrategy: "round-robin" });
    await used(loom);
    redis.freeze();
    try {
      for (let index = 0; index < 5; index++) {
        const beganMs = performance.now();
        assert.match(await used(loom), /^[ab]$/);
        assert.ok(performance.now() - beganMs < 600, `${performance.now() - beganMs} ms`);
      }
    } finally {
      redis.thaw();
    }
  });

  it("need not be there at all", async () => {
    const loom = bareLoom({
      store: { type: "redis", url: "redis://127.0.0.1:1" },
      providers: { openai: { baseUrl: vendor.url, accounts: [{ apiKey: "sk-x" }, { apiKey: "sk-y" }] } },
      provide: [[LOGGER, logger]],
    });
    looms.push(loom);
    assert.equal(await used(loom), "account-1");
    assert.equal((await loom.accounts("openai"))[0]?.requests, 1);
  });
});
