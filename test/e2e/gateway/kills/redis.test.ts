/** Two gateways over one Redis that dies, or falls silent, in the middle of a crowd: nobody hangs, no place and no money leaks. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { folderOf } from "../../../support/folder.ts";
import { startRedis, type TestRedis } from "../../../support/redis.ts";
import { type Served, startServe } from "../../../support/served.ts";
import { until } from "../../../support/server.ts";
import { ask, assertEnded, count, crowd, type Ending, longest, report } from "./crowd.ts";
import { answerNanoUsd } from "./prices.ts";
import { type MortalVendor, startVendor } from "./vendor.ts";

const perWave = 200;
/** Room for the waves of a test and the few that are used to look whether Redis is back, but not for much more. */
const budgetAnswers = 900;
const keys = {
  killed: "killed-key-0123456789abcdef",
  frozen: "frozen-key-0123456789abcdef",
  allowed: "allowed-key-0123456789abcdef",
};
/** What a client may be let wait at most, whatever becomes of Redis: two timeouts of a command, and a slow machine. */
const patienceMs = 6_000;

let redis: TestRedis;
let vendor: MortalVendor;
let one: Served;
let two: Served;
let allowing: Served;
const endings: (() => Promise<unknown>)[] = [];

before(async () => {
  const folder = await folderOf();
  endings.push(() => folder[Symbol.asyncDispose]());
  [redis, vendor] = await Promise.all([startRedis(), startVendor("vendor")]);
  endings.push(() => redis.kill(), () => vendor.close());
  const written = (more: string) =>
    `ai_gateway:
  providers:
    - { name: openai, type: openai, api_key: k, base_url: "${vendor.url}/v1", models: [gpt-4o-mini] }
  plugin_folder: false
  store: { type: redis, url: "${redis.url}" }
  keys:
    - { key: ${keys.killed}, concurrent: ${perWave} }
    - { key: ${keys.frozen}, concurrent: ${perWave}, budget_usd: { limit: ${
      budgetAnswers * answerNanoUsd / 1e9
    }, per: total } }
    - { key: ${keys.allowed}, concurrent: 300, budget_usd: { limit: ${
      100 * answerNanoUsd / 1e9
    }, per: total } }
${more}`;
  const strict = await folder.write("strict.yaml", written(""));
  const allow = await folder.write("allow.yaml", written("  limits: { on_store_failure: allow }\n"));
  [one, two, allowing] = await Promise.all([strict, strict, allow].map(async (file) => {
    const served = await startServe(["--config", file]);
    endings.push(() => served.kill());
    return served;
  })) as [Served, Served, Served];
});
after(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

let waves = 0;

/** Over both gateways, one after the other over half a second. */
function wave(key: string, size: number, waitMs?: number): Promise<readonly Ending[]> {
  const name = `w${waves++}`;
  return crowd(size, (index) => ({
    url: (index % 8 < 4 ? one : two).url,
    key,
    id: `${name}-${index}`,
    afterMs: index * 500 / size,
    waitMs: waitMs ?? index % 7 * 10,
    patienceMs,
  }));
}

const answered = ({ how }: Ending) => how === "answered";
/** The store's failure, in the shape of either format. */
const storeAway = ({ how, status, text }: Ending) =>
  how === "refused" && status === 503 && /the store that keeps limits and budgets/.test(text);

/** Both gateways let calls in again. */
async function backAgain(key: string): Promise<readonly Ending[]> {
  const all: Ending[] = [];
  for (const { url } of [one, two]) {
    for (let tries = 0;; tries++) {
      const ending = await ask({ url, key, id: `back-${waves++}`, patienceMs });
      all.push(ending);
      assertEnded([ending]);
      if (answered(ending)) break;
      assert.ok(tries < 100, `it is not back: ${ending.text}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return all;
}

/** Every place of the key is free, and there is not one more. */
async function fullWidth(key: string): Promise<readonly Ending[]> {
  const held = wave(key, perWave, 2_500);
  await until("all are with the vendor", () => vendor.open === perWave, 8_000);
  const over = await Promise.all(
    [one, two].map(({ url }) => ask({ url, key, id: `over-${waves++}`, patienceMs })),
  );
  assert.deepEqual(over.map(({ status }) => status), [429, 429]);
  const ends = await held;
  assert.equal(count(ends, answered), perWave);
  return [...ends, ...over];
}

async function usageNanoUsd(): Promise<number> {
  const sums = await Promise.all([one, two, allowing].map(async ({ adminUrl }) => {
    const { rows } = await (await fetch(`${adminUrl}/ai/usage?last=1h`)).json();
    return Math.round((rows[0]?.cost_usd ?? 0) * 1e9);
  }));
  return sums.reduce((sum, more) => sum + more, 0);
}

describe("a Redis that keeps the limits of two gateways", () => {
  test("falls silent in the middle of a crowd, and speaks again", async (t) => {
    const all: Ending[] = [];
    const add = (ends: readonly Ending[]) => (assertEnded(ends), all.push(...ends), ends);
    assert.equal(count(add(await wave(keys.frozen, perWave)), answered), perWave);
    const middle = wave(keys.frozen, perWave);
    await until("some of them have been let in", () => vendor.asked.size >= perWave + 50);
    redis.freeze();
    const ends = add(await middle);
    const during = add(await wave(keys.frozen, 50));
    const awayMs = longest([...ends, ...during]);
    redis.thaw();
    assert.ok(count(ends, answered) >= 50 && count(ends, storeAway) > 0, "it fell silent before or after it");
    assert.equal(count(ends, answered) + count(ends, storeAway), perWave);
    assert.equal(count(during, storeAway), 50);
    add(await backAgain(keys.frozen));
    add(await fullWidth(keys.frozen));
    // To the end of the budget, which every answer counted on, whether Redis spoke or not.
    for (let rounds = 0; rounds < 5; rounds++) add(await wave(keys.frozen, 150, 0));
    const paid = count(all, answered);
    assert.equal(paid, budgetAnswers);
    assert.equal(vendor.nanoUsd, paid * answerNanoUsd);
    const counted = await usageNanoUsd();
    assert.equal(counted, vendor.nanoUsd);
    report(t, all, { "longest wait without Redis ms": awayMs, "nano-USD said": vendor.nanoUsd, counted });
  });

  test("is killed in the middle of a crowd, and comes back empty", async (t) => {
    const all: Ending[] = [];
    const add = (ends: readonly Ending[]) => (assertEnded(ends), all.push(...ends), ends);
    const before = vendor.asked.size;
    const middle = wave(keys.killed, perWave);
    await until("some of them have been let in", () => vendor.asked.size >= before + 50);
    await redis.kill();
    const ends = add(await middle);
    assert.ok(count(ends, answered) >= 50 && count(ends, storeAway) > 0, "it died before or after it");
    assert.equal(count(ends, answered) + count(ends, storeAway), perWave);
    const [during, allowed] = await Promise.all([
      wave(keys.killed, 50),
      crowd(60, (index) => ({ url: allowing.url, key: keys.allowed, id: `allowed-${index}`, patienceMs })),
    ]);
    add(during);
    add(allowed);
    assert.equal(count(during, storeAway), 50);
    assert.equal(count(allowed, answered), 60);
    const awayMs = longest([...ends, ...during, ...allowed]);
    await redis.start();
    add(await backAgain(keys.killed));
    assert.equal(count(add(await wave(keys.killed, perWave)), answered), perWave);
    add(await fullWidth(keys.killed));
    // What was let through uncounted is counted since, so that 40 of its 100 are left.
    await allowing.said(/the store has been told what calls used/);
    const rest = add(
      await crowd(80, (index) => ({ url: allowing.url, key: keys.allowed, id: `rest-${index}`, patienceMs })),
    );
    assert.equal(count(rest, answered), 40);
    const counted = await usageNanoUsd();
    assert.equal(counted, vendor.nanoUsd);
    report(t, all, { "longest wait without Redis ms": awayMs, "nano-USD said": vendor.nanoUsd, counted });
  });
});
