/** The pool: which account is next, who is tried again and when, and what is said when all are out. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Account } from "../../../src/client/accounts/account.ts";
import type { AccountStrategy } from "../../../src/client/accounts/options.ts";
import { accountPool } from "../../../src/client/accounts/pool.ts";
import type { ErrorCode, LoomError } from "../../../src/index.ts";
import type { AccountPool, LentAccount } from "../../../src/middleware/index.ts";
import { type ErrorDetails, loomError } from "../../../src/plugin.ts";
import { fakeClock, fakeSecret } from "../../../src/testing.ts";

const policy = { healthCheckIntervalMs: 60_000, quotaCooldownMs: 900_000 };

/** A pool of accounts `a`, `b` … and what a test does with it. */
function pooled(count: number, strategy: AccountStrategy = "primary") {
  const clock = fakeClock();
  const accounts = Array.from({ length: count }, (_, index) =>
    new Account("abcdef"[index] as string, {
      names: [],
      key: () => fakeSecret(`sk-${index}`),
      rejected: () => false,
    }));
  const pool = accountPool({ provider: "acme", accounts, strategy, policy, clock });
  return {
    clock,
    pool,
    status: () => accounts.map((account) => account.statusAt(clock.now())),
    health: () => accounts.map((account) => account.statusAt(clock.now()).status).join(" "),
    /** One call that succeeds, or fails with what the accounts are told to fail with; gives the accounts it used. */
    call: (failing: Readonly<Record<string, LoomError>> = {}) => oneCall(pool, failing),
  };
}

function borrow(
  pool: AccountPool,
  tried: readonly string[] = [],
  preferred?: string,
): LentAccount | undefined {
  const turn = pool.turn();
  assert.ok(typeof turn === "number", "a pool without a store waits for nobody");
  return pool.choose(turn, new Set(tried), preferred);
}

function oneCall(pool: AccountPool, failing: Readonly<Record<string, LoomError>>): string {
  const used: string[] = [];
  const turn = pool.turn() as number;
  for (;;) {
    const account = pool.choose(turn, new Set(used), undefined);
    if (account === undefined) return `${used.join("")}!`;
    used.push(account.name);
    const fault = failing[account.name];
    end(account, fault);
    if (fault === undefined) return used.join("");
  }
}

function end(account: LentAccount, error?: LoomError): void {
  account.began?.();
  account.ended?.(error === undefined ? { status: "ok" } : { status: "failed", error });
  if (error === undefined) account.answered();
  account.release();
}

function fault(code: ErrorCode, details: ErrorDetails = {}): LoomError {
  return loomError(code as "auth-rejected", `it is ${code}`, {}, details);
}

const refused = fault("auth-rejected");
const denied = fault("permission-denied");
const empty = fault("quota-exhausted");

describe("the strategy", () => {
  it("primary takes the first that is well", () => {
    const { call } = pooled(3);
    assert.deepEqual([call(), call(), call({ a: empty }), call(), call({ b: empty }), call()], [
      "a",
      "a",
      "ab",
      "b",
      "bc",
      "c",
    ]);
  });

  it("round-robin takes each in turn, and those that are left when one is out", () => {
    const { call } = pooled(3, "round-robin");
    assert.equal([call(), call(), call(), call()].join(" "), "a b c a");
    assert.equal(call({ b: refused }), "ba");
    const counts = Array.from({ length: 20 }, () => call());
    assert.deepEqual(["a", "b", "c"].map((name) => counts.filter((used) => used === name).length), [
      10,
      0,
      10,
    ]);
  });

  it("least-used takes the one with the fewest requests of this hour", async () => {
    const { call, clock } = pooled(3, "least-used");
    assert.equal([call(), call(), call(), call({ a: empty }), call(), call()].join(" "), "a b c ab c b");
    await clock.advance(900_000);
    assert.equal(call(), "a", "it comes back with the fewest");
    await clock.advance(3_600_000);
    assert.equal([call(), call(), call()].join(" "), "a b c", "a new hour begins at zero");
  });

  for (const strategy of ["round-robin", "least-used"] as const) {
    it(`${strategy} spreads 200 calls that run at once evenly`, () => {
      const { pool, status } = pooled(4, strategy);
      const lent = Array.from({ length: 200 }, () => borrow(pool) as LentAccount);
      for (const account of lent) end(account);
      assert.deepEqual(status().map(({ requests }) => requests), [50, 50, 50, 50]);
    });
  }

  it("is overruled by the account whose failure is being retried, unless that is out", () => {
    const { pool, call } = pooled(3, "round-robin");
    for (let index = 0; index < 5; index++) assert.equal(borrow(pool, [], "c")?.name, "c");
    assert.notEqual(borrow(pool, ["c"], "c")?.name, "c");
    call({ a: empty, b: empty, c: empty });
    assert.equal(borrow(pool, [], "c"), undefined);
  });
});

describe("an account that is turned away", () => {
  it("for a bad key is tried again by one call at a time after the interval, and well after a good answer", async () => {
    const { pool, call, clock, health } = pooled(2);
    assert.equal(call({ a: refused }), "ab");
    await clock.advance(59_999);
    assert.equal(call(), "b");
    await clock.advance(1);
    const trial = borrow(pool) as LentAccount;
    assert.equal(trial.name, "a");
    assert.equal([call(), call()].join(" "), "b b", "others do not wait for the trial's end");
    assert.equal(health(), "unhealthy healthy");
    end(trial);
    assert.equal(health(), "healthy healthy");
    assert.equal(call(), "a");
  });

  it("again is left alone for another interval, and the call that tried it moves on", async () => {
    const { call, clock } = pooled(2);
    call({ a: refused });
    for (const code of ["auth-rejected", "permission-denied"] as const) {
      await clock.advance(60_000);
      assert.equal(call({ a: fault(code) }), "ab");
      await clock.advance(59_999);
      assert.equal(call(), "b");
      await clock.advance(1);
      assert.equal(call({ a: refused }), "ab");
    }
  });

  it("is not judged by a trial that ended otherwise", async () => {
    const { pool, call, clock, health } = pooled(2);
    call({ a: refused });
    await clock.advance(60_000);
    const left = borrow(pool) as LentAccount;
    left.began?.();
    left.ended?.({ status: "cancelled", error: fault("aborted") });
    left.release();
    const broken = borrow(pool) as LentAccount;
    assert.equal(broken.name, "a", "a caller who left proves nothing, and the next call tries");
    end(broken, fault("provider-failed"));
    assert.equal(health(), "unhealthy healthy");
    assert.equal(call(), "b", "a vendor's fault proves nothing either, but is not repeated at once");
  });

  it("for want of quota is well when its cool-down ends: the vendor's, or ours", async () => {
    const { call, clock, health } = pooled(3);
    assert.equal(call({ a: fault("quota-exhausted", { retryAfterMs: 20_000 }), b: empty }), "abc");
    assert.equal(health(), "quota-exceeded quota-exceeded healthy");
    await clock.advance(19_999);
    assert.equal(call(), "c");
    await clock.advance(1);
    assert.equal(call(), "a");
    assert.equal(health(), "healthy quota-exceeded healthy");
    await clock.advance(880_000);
    assert.equal(health(), "healthy healthy healthy");
  });

  it("is not made well by the answer to an earlier question", () => {
    const { pool, call, health } = pooled(2);
    const early = borrow(pool) as LentAccount;
    call({ a: empty });
    end(early);
    assert.equal(health(), "quota-exceeded healthy");
  });

  it("for a missing permission is still better than none, since that may be of one model only", () => {
    const { call, health } = pooled(2);
    assert.equal(call({ a: denied, b: denied }), "ab!");
    assert.equal(health(), "unhealthy unhealthy");
    assert.equal(call({ a: denied }), "ab");
    assert.equal(health(), "unhealthy healthy");
    assert.equal(call(), "b", "what is well comes first");
  });
});

describe("a passing failure", () => {
  for (
    const code of ["rate-limited", "overloaded", "provider-failed", "timed-out", "connection-failed"] as const
  ) {
    it(`${code} stays with the account and is counted`, () => {
      const { pool, status } = pooled(2);
      end(borrow(pool) as LentAccount, fault(code));
      const [first] = status();
      assert.deepEqual([first?.status, first?.requests, first?.errors, first?.lastError?.code], [
        "healthy",
        1,
        1,
        code,
      ]);
    });
  }
});

describe("when all are out", () => {
  it("says how many, and which comes back when; code and status are the last error's", async () => {
    const { pool, call, clock } = pooled(2);
    call({ a: fault("quota-exhausted", { retryAfterMs: 90_500 }), b: empty });
    await clock.advance(500);
    assert.equal(borrow(pool), undefined);
    const last = fault("quota-exhausted", { status: 402, requestId: "req-9", model: "m1" });
    const error = pool.exhausted(last);
    assert.equal(
      error.message,
      'all 2 accounts of acme are out; the first to come back is "a" (quota-exceeded) in 90 s',
    );
    assert.deepEqual(
      [
        error.code,
        error.status,
        error.requestId,
        error.provider,
        error.model,
        error.retryAfterMs,
        error.cause,
      ],
      ["quota-exhausted", 402, "req-9", "acme", "m1", 90_000, last],
    );
    assert.equal(error.recovery, "next-target");
  });

  it("and nobody was asked: the code is that of the account which comes back first", () => {
    const { pool, call } = pooled(2);
    call({ a: refused, b: empty });
    const error = pool.exhausted(undefined);
    assert.deepEqual([error.code, error.retryAfterMs, error.status], ["auth-rejected", 60_000, 401]);
  });

  it("for want of keys: names what is missing", () => {
    const { pool } = pooled(1);
    const last = loomError("key-missing", "none", { names: ["TEAM_B_KEY"], places: ["code"] });
    assert.deepEqual(pool.exhausted(last).data, { names: ["TEAM_B_KEY"], places: ["code"] });
  });
});

describe("the status", () => {
  it("holds no key, even when the vendor repeats it, and no page-long message", async () => {
    const { pool, status } = pooled(1);
    const account = borrow(pool) as LentAccount;
    await account.key({ signal: new AbortController().signal } as never);
    end(account, loomError("auth-rejected", `the key sk-0 is bad ${"x".repeat(5000)}`, {}));
    const [{ lastError } = assert.fail("no account")] = status();
    assert.match(lastError?.message ?? "", /^the key \[secret\] is bad x+…$/);
    assert.equal(lastError?.message.length, 500);
  });

  it("tells until when an account is out", () => {
    const { call, clock, status } = pooled(2);
    call({ a: refused });
    assert.deepEqual(status(), [
      {
        name: "a",
        status: "unhealthy",
        requests: 1,
        errors: 1,
        lastError: { code: "auth-rejected", message: "it is auth-rejected", atMs: clock.now() },
        untilMs: clock.now() + 60_000,
      },
      { name: "b", status: "healthy", requests: 1, errors: 0 },
    ]);
  });
});
