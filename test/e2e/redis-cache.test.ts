/** Two Looms share a real Redis: one pays, the other hits; without it calls go on, and when it is back so are the hits. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { after, afterEach, before, describe, it } from "node:test";
import type { Loom } from "../../src/index.ts";
import { LOGGER } from "../../src/plugin.ts";
import { type FakeVendor, startFakeVendor } from "../../src/testing.ts";
import { bareLoom } from "../support/looms.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
let vendor: FakeVendor;
const looms: Loom[] = [];
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

before(async () => {
  [redis, vendor] = await Promise.all([startRedis(), startFakeVendor()]);
});
afterEach(async () => {
  for (const loom of looms.splice(0)) await loom.close();
});
after(async () => {
  await vendor.close();
  await redis.kill();
});

/** A Loom with the shared cache; `namespace` keeps the tests apart. */
function loomWith(namespace: string): Loom {
  const loom = bareLoom({
    cache: { type: "redis", url: redis.url, ttl: 60, namespace },
    providers: { openai: { baseUrl: vendor.url, apiKey: "sk-test" } },
    provide: [[LOGGER, quiet]],
  });
  looms.push(loom);
  return loom;
}

function ask(loom: Loom, prompt: string, more: { readonly tenant?: string } = {}) {
  return loom.generate({ provider: "openai", model: "gpt-4o-mini", prompt, ...more });
}

describe("a shared cache", () => {
  it("serves a second Loom without asking the vendor", async () => {
    const [one, two] = [loomWith("shared"), loomWith("shared")];
    const first = await ask(one, "Who pays?");
    await one.flush();
    const sent = vendor.requests.length;
    const second = await ask(two, "Who pays?");
    assert.equal(vendor.requests.length, sent, "no request of the second Loom");
    assert.equal(second.trace.cache, "hit");
    assert.equal(second.text, first.text);
    assert.deepEqual(second.usage, first.usage);
    assert.equal(second.cost.usd, 0);
    assert.ok((first.cost.usd ?? 0) > 0);
    assert.equal(second.cost.savedUsd, first.cost.usd);
    assert.deepEqual(second.trace.attempts, []);
    const hit = second.trace.steps.find(({ by, what }) => by === "cache" && what === "hit");
    assert.equal((hit?.detail as { madeBy: string }).madeBy, first.trace.callId);
  });

  it("replays what a stream stored, and streams what a whole call stored", async () => {
    const [one, two] = [loomWith("ways"), loomWith("ways")];
    const streamed = await one.stream({ provider: "openai", model: "gpt-4o-mini", prompt: "Stream it." })
      .result;
    await one.flush();
    const whole = await ask(two, "Stream it.");
    assert.deepEqual([whole.trace.cache, whole.text], ["hit", streamed.text]);
    const again = two.stream({ provider: "openai", model: "gpt-4o-mini", prompt: "Stream it." });
    let text = "";
    for await (const piece of again.textStream) text += piece;
    assert.deepEqual([(await again.result).trace.cache, text], ["hit", streamed.text]);
  });

  it("keeps tenants apart", async () => {
    const [one, two] = [loomWith("tenants"), loomWith("tenants")];
    await ask(one, "Whose?", { tenant: "a" });
    await one.flush();
    assert.equal((await ask(two, "Whose?", { tenant: "b" })).trace.cache, "miss");
    assert.equal((await ask(two, "Whose?")).trace.cache, "miss");
    assert.equal((await ask(two, "Whose?", { tenant: "a" })).trace.cache, "hit");
  });

  it("does not share what was wrong", async () => {
    const [one, two] = [loomWith("faults"), loomWith("faults")];
    vendor.script((response) => void response.writeHead(400).end('{"error":{"message":"no"}}'));
    await assert.rejects(ask(one, "A bad day?"), { code: "invalid-request" });
    await one.flush();
    assert.equal((await ask(two, "A bad day?")).trace.cache, "miss");
  });
});

describe("a Redis that goes away", () => {
  it("harms no call, is told of, and is used again when it is back", async () => {
    const loom = loomWith("outage");
    const faults: string[] = [];
    loom.on("cache-error", ({ operation }) => faults.push(operation));
    await ask(loom, "Before.");
    await loom.flush();
    assert.equal((await ask(loom, "Before.")).trace.cache, "hit");

    await redis.kill();
    const during = await ask(loom, "During.");
    assert.equal(during.text, "Hello from the fake vendor.");
    assert.ok(during.trace.steps.some(({ by, what }) => by === "cache" && what === "error"));
    await loom.flush();
    assert.ok(faults.includes("get"), faults.join());
    assert.ok(faults.includes("set"), faults.join());

    await redis.start();
    const endMs = performance.now() + 8_000;
    for (let number = 0;; number++) {
      assert.ok(performance.now() < endMs, "no hit after the cache came back");
      await ask(loom, `After ${number}.`);
      await loom.flush();
      if ((await ask(loom, `After ${number}.`)).trace.cache === "hit") break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it("is not waited for when it hangs", async () => {
    const loom = loomWith("frozen");
    await ask(loom, "Warm up.");
    await loom.flush();
    redis.freeze();
    try {
      const beganMs = performance.now();
      const result = await ask(loom, "While it hangs.");
      assert.equal(result.text, "Hello from the fake vendor.");
      assert.ok(performance.now() - beganMs < 900, `${performance.now() - beganMs} ms`);
    } finally {
      redis.thaw();
    }
  });

  it("need not be there at all", async () => {
    await redis.kill();
    const loom = loomWith("absent");
    const errors: unknown[] = [];
    loom.on("cache-error", ({ error }) => errors.push(error));
    assert.equal((await ask(loom, "Anybody there?")).text, "Hello from the fake vendor.");
    assert.ok(errors.length > 0);
    await loom.close();
    await redis.start();
  });
});

describe("a program that closes its Loom", () => {
  it("ends, with nothing left running", async () => {
    const program = fileURLToPath(new URL("./closing-program.ts", import.meta.url));
    const deno = (process.versions as { deno?: string }).deno !== undefined;
    const flags = deno ? ["run", "-A", "--no-check"] : ["--import", "tsx"];
    const child = spawn(process.execPath, [...flags, program, redis.url, vendor.url], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
    child.stderr.setEncoding("utf8").on("data", (text: string) => output += text);
    const late = setTimeout(() => child.kill("SIGKILL"), 8_000);
    const [code, signal] = await once(child, "exit");
    clearTimeout(late);
    assert.deepEqual([code, signal], [0, null], `it did not end by itself:\n${output}`);
    assert.match(output, /^closed\r?\n$/m);
  });
});
