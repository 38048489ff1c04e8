/** Accounts shared through a store: who learns what and when, and what happens while the store is away. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import memory from "../../../plugins/stores/memory/index.ts";
import { Account } from "../../../src/client/accounts/account.ts";
import type { AccountStrategy } from "../../../src/client/accounts/options.ts";
import { patientStore } from "../../../src/client/accounts/patient-store.ts";
import { accountPool } from "../../../src/client/accounts/pool.ts";
import { shareAccounts } from "../../../src/client/accounts/sharing.ts";
import type { ErrorCode } from "../../../src/index.ts";
import { CLOCK, type ErrorData, loomError, type Store } from "../../../src/plugin.ts";
import { type FakeClock, fakeClock, fakeSecret } from "../../../src/testing.ts";
import { optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";

const policy = { healthCheckIntervalMs: 60_000, quotaCooldownMs: 900_000 };

/** A store in memory that a test can break, and that notes what is asked of it. */
function breakable(clock: FakeClock) {
  const good = memory.make(useOf([CLOCK, clock]), optionsOf(memory)) as Store;
  const asked: string[] = [];
  const state = { mode: "well" as "well" | "broken" | "silent" };
  const act = <T>(what: string, work: () => Promise<T>): Promise<T> => {
    asked.push(what);
    if (state.mode === "silent") return new Promise(() => {});
    return state.mode === "broken" ? Promise.reject(new Error("store is broken")) : work();
  };
  const store: Store = {
    hold: good.hold,
    settle: good.settle,
    get: (key) => act(`get ${key}`, () => good.get(key)),
    set: (key, value, options) => act(`set ${key}`, () => good.set(key, value, options)),
    add: (key, amount, options) => act(`add ${key}`, () => good.add(key, amount, options)),
    delete: (key) => act(`delete ${key}`, () => good.delete(key)),
  };
  return { good, store, state, asked };
}

/** One process of a fleet, with accounts `a`, `b` and `c`. */
function processOf(clock: FakeClock, store: Store, strategy: AccountStrategy = "primary") {
  const said: string[] = [];
  const logger = {
    debug() {},
    info: (text: string) => void said.push(`info ${text}`),
    warn: (text: string) => void said.push(`warn ${text}`),
    error: (text: string) => void said.push(`error ${text}`),
  };
  const accounts = ["a", "b", "c"].map((name) =>
    new Account(name, { names: [], key: () => fakeSecret(name), rejected: () => false })
  );
  const sharing = shareAccounts("acme", accounts, patientStore(store, clock, logger), clock);
  const pool = accountPool({ provider: "acme", accounts, strategy, policy, clock, sharing });
  return {
    sharing,
    said,
    health: () => accounts.map((account) => account.statusAt(clock.now()).status).join(" "),
    counts: () => accounts.map(({ requests, errors }) => [requests.value, errors.value]),
    /** One call; gives the accounts it used. */
    async call(failing: Readonly<Record<string, ErrorCode>> = {}): Promise<string> {
      const turn = await pool.turn();
      const used = new Set<string>();
      for (;;) {
        const account = pool.choose(turn, used, undefined);
        if (account === undefined) return `${[...used].join("")}!`;
        used.add(account.name);
        account.began?.();
        const code = failing[account.name];
        if (code === undefined) {
          account.ended?.({ status: "ok" });
          account.answered();
          account.release();
          return [...used].join("");
        }
        account.ended?.({ status: "failed", error: loomError(code, "no", {} as ErrorData[ErrorCode]) });
        account.release();
      }
    },
  };
}

/** Two processes on one store, both past their first exchange. */
async function fleet(strategy: AccountStrategy = "primary") {
  const clock = fakeClock();
  const { good, store, state, asked } = breakable(clock);
  const [one, two] = [processOf(clock, store, strategy), processOf(clock, store, strategy)];
  await Promise.all([one.sharing.refresh(), two.sharing.refresh()]);
  return { clock, good, store, state, asked, one, two };
}

describe("what one process finds out", () => {
  it("is known to the others within a second of calls", async () => {
    const { clock, one, two } = await fleet();
    assert.equal(await one.call({ a: "auth-rejected", b: "quota-exhausted" }), "abc");
    assert.equal(await two.call(), "a", "it cannot know yet");
    await clock.advance(1000);
    assert.equal(two.health(), "unhealthy quota-exceeded healthy");
    assert.equal(await two.call(), "c");
  });

  it("is known to one that was idle with its first call", async () => {
    const { clock, one, two } = await fleet();
    await one.call({ a: "auth-rejected" });
    await clock.advance(5000);
    assert.equal(await two.call(), "b");
  });

  it("is known to one that starts later, until when and why", async () => {
    const { clock, store, one } = await fleet();
    await one.call({ a: "quota-exhausted" });
    await clock.advance(10_000);
    const late = processOf(clock, store);
    assert.equal(await late.call(), "b");
    await clock.advance(890_000);
    assert.equal(await late.call(), "a");
  });

  it("is known when it is good news, too", async () => {
    const { clock, one, two } = await fleet();
    await one.call({ a: "auth-rejected" });
    await clock.advance(60_000);
    assert.equal(await one.call(), "a", "the trial went well");
    await clock.advance(5000);
    assert.equal(await two.call(), "a");
    assert.equal(two.health(), "healthy healthy healthy");
  });

  it("is not overwritten by older news that were under way", async () => {
    const clock = fakeClock();
    const { good, store } = breakable(clock);
    let answer = () => {};
    const slow: Store = {
      ...store,
      get: (key) => new Promise((resolve) => answer = () => resolve(good.get(key))),
    };
    const process = processOf(clock, slow);
    const exchange = process.sharing.refresh();
    await clock.advance(0);
    await process.call({ a: "auth-rejected" });
    answer();
    await Promise.all([exchange, clock.advance(2000)]);
    assert.equal(process.health(), "unhealthy healthy healthy");
  });
});

describe("counts", () => {
  it("are those of all, while each process adds its own", async () => {
    const { clock, one, two } = await fleet();
    for (let index = 0; index < 3; index++) await one.call();
    await two.call({ a: "provider-failed" });
    await clock.advance(1000);
    await Promise.all([one.sharing.refresh(), two.sharing.refresh()]);
    await one.sharing.refresh();
    assert.deepEqual(one.counts(), [[4, 1], [1, 0], [0, 0]]);
    assert.deepEqual(two.counts(), one.counts());
  });

  it("are told once more when a process ends, and no timer is left", async () => {
    const { clock, one, two } = await fleet();
    for (let index = 0; index < 5; index++) await one.call();
    await one.sharing.close();
    await two.sharing.refresh();
    assert.deepEqual(two.counts()[0], [5, 0]);
    await two.sharing.close();
    assert.equal(clock.pending, 0);
  });

  it("cost one exchange a second, however many calls there are, and none without calls", async () => {
    const { clock, asked, one } = await fleet();
    asked.length = 0;
    for (let index = 0; index < 100; index++) await one.call();
    await clock.advance(999);
    assert.equal(asked.length, 0);
    await clock.advance(1);
    const once = asked.length;
    assert.equal(once, 3 * 4);
    await clock.advance(600_000);
    assert.equal(asked.length, once);
  });
});

describe("strategies", () => {
  it("round-robin goes round the whole fleet", async () => {
    const { one, two } = await fleet("round-robin");
    const used: string[] = [];
    for (let index = 0; index < 3; index++) used.push(await one.call(), await two.call());
    assert.equal(used.join(""), "abcabc");
    const many = await Promise.all(Array.from({ length: 198 }, (_, index) => (index % 2 ? one : two).call()));
    assert.deepEqual(["a", "b", "c"].map((name) => many.filter((one) => one === name).length), [66, 66, 66]);
  });

  it("least-used counts what the others used", async () => {
    const { clock, one, two } = await fleet("least-used");
    assert.equal(await one.call() + await one.call(), "ab");
    await clock.advance(1000);
    await two.sharing.refresh();
    assert.equal(await two.call(), "c");
  });
});

describe("a store that is away", () => {
  it("stops nobody, is told of once, and is told what it missed", async () => {
    const { clock, state, one, two } = await fleet("round-robin");
    state.mode = "broken";
    const used: string[] = [];
    for (let index = 0; index < 10; index++) {
      used.push(await one.call(index === 4 ? { b: "quota-exhausted" } : {}));
      await clock.advance(500);
    }
    assert.ok(used.every((names) => /^[abc]+$/.test(names)), used.join());
    assert.match(one.health(), /quota-exceeded/);
    assert.deepEqual(one.said, [
      "warn the store is out of reach; accounts go on with what this process knows: store is broken",
    ]);
    state.mode = "well";
    await one.call();
    await clock.advance(2000);
    assert.deepEqual(one.said.slice(1), ["info the store is back; accounts are shared again"]);
    await two.sharing.refresh();
    assert.equal(two.health(), one.health());
  });

  it("holds a call no longer than a moment when it says nothing at all", async () => {
    const { clock, state, one } = await fleet("round-robin");
    state.mode = "silent";
    let used = "";
    const call = one.call().then((names) => used = names);
    await clock.advance(99);
    assert.equal(used, "");
    await clock.advance(1);
    await call;
    assert.match(used, /^[abc]$/);
    await clock.advance(5000);
    await one.call();
    await clock.advance(2000);
    assert.equal(one.said.length, 1, one.said.join());
    const quick = one.call();
    await clock.advance(0);
    assert.match(await quick, /^[abc]$/, "while it is known to be away nobody waits at all");
    const closing = one.sharing.close();
    await clock.advance(2000);
    await closing;
  });

  it("may hold anything under our keys", async () => {
    const texts = [
      "",
      "no json",
      "null",
      "[]",
      "{}",
      '{"health":5}',
      '{"health":{"status":"dead","untilMs":1}}',
    ];
    for (const text of texts) {
      const { good, one } = await fleet();
      await good.set("accounts/acme/a/health", text);
      await one.sharing.refresh();
      assert.equal(one.health(), "healthy healthy healthy", text);
    }
  });
});
