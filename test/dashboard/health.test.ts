/** How providers are said to be: by what failed, by circuits, by accounts; and what sinks had to drop. */

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { CallRecord } from "../../src/index.ts";
import type { BareOptions } from "../support/looms.ts";
import { dashboardOf, type Recorded, recorded } from "./support/host.ts";
import { madeCall } from "./support/made-calls.ts";

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function started(options: BareOptions = {}, providers: readonly string[] = []) {
  const kept: Recorded = await recorded(options);
  const { dashboard, get } = dashboardOf({ loom: kept.loom, providers });
  endings.push(() => kept.loom.close(), () => dashboard.close());
  const read = async (path: string) => await (await get(path)).json();
  const health = async (name: string) =>
    (await read("api/providers")).providers.find((one: { name: string }) => one.name === name);
  return { ...kept, read, health };
}

/** So many calls of a provider, of which the first so many failed like that. */
function calls(
  provider: string,
  count: number,
  failed: number,
  errorCode: CallRecord["errorCode"],
): CallRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const { errorCode: _code, ...call } = madeCall(index, Date.now() - 1_000 - index);
    const bad = index < failed && errorCode !== undefined;
    const callId = `${provider}${index}`;
    return { ...call, callId, provider, status: bad ? "failed" : "ok", ...(bad ? { errorCode } : {}) };
  });
}

describe("a provider", () => {
  const cases:
    readonly (readonly [count: number, failed: number, code: CallRecord["errorCode"], status: string])[] = [
      [10, 0, undefined, "healthy"],
      [10, 1, "provider-failed", "degraded"],
      [10, 5, "timed-out", "unhealthy"],
      [10, 9, "invalid-request", "healthy"],
      [10, 9, "guard-blocked", "healthy"],
      [4, 4, "provider-failed", "healthy"],
    ];
  for (const [count, failed, code, status] of cases) {
    test(`of whose ${count} calls ${failed} failed with ${code} is ${status}`, async () => {
      const { write, health } = await started();
      write(...calls("openai", count, failed, code));
      const found = await health("openai");
      assert.deepEqual([found.status, found.requests], [status, count]);
      assert.equal(found.why.length > 0, status !== "healthy");
    });
  }

  test("that nothing was asked of is idle", async () => {
    const { health } = await started({}, ["mistral"]);
    assert.deepEqual((({ status, requests }) => [status, requests])(await health("mistral")), ["idle", 0]);
  });

  test("that is gone is told of from the history alone", async () => {
    const { write, health } = await started();
    write(...calls("gone-vendor", 6, 0, undefined));
    assert.deepEqual((({ status, accounts }) => [status, accounts])(await health("gone-vendor")), [
      "healthy",
      [],
    ]);
  });

  test("whose circuit is open and of which nothing went well is unhealthy", async () => {
    const { loom, health } = await started({ retry: false, breaker: { volumeThreshold: 2 } });
    const params = { sandbox: { fault: { status: 503 } } };
    for (let index = 0; index < 3; index++) {
      await assert.rejects(loom.generate({ model: "sandbox/sandbox-small", prompt: `Hi ${index}`, params }));
    }
    const found = await health("sandbox");
    assert.deepEqual([found.status, found.breakers], ["unhealthy", [{
      model: "sandbox-small",
      state: "open",
    }]]);
    assert.match(found.why.join(), /circuit of sandbox-small is open/);
  });

  test("has accounts with their health and their last error", async () => {
    const { loom, health } = await started({ retry: false });
    const params = { sandbox: { fault: { status: 401 } } };
    await assert.rejects(loom.generate({ model: "sandbox/sandbox-small", prompt: "Hi", params }));
    const { accounts: [account], status } = await health("sandbox");
    assert.deepEqual([account.name, account.status, account.errors, status], [
      "default",
      "unhealthy",
      1,
      "unhealthy",
    ]);
    assert.equal(account.lastError.code, "auth-rejected");
  });
});

test("what a sink dropped is told with the figures", async () => {
  const broken = {
    write() {
      throw new Error("the disk is full");
    },
  };
  const { loom, read } = await started({ sinks: [{ type: "memory" }, broken] });
  assert.deepEqual((await read("api/overview")).dropped, []);
  await loom.generate({ model: "sandbox/sandbox-small", prompt: "Hi" });
  assert.deepEqual((await read("api/overview")).dropped, [{ name: "given in code", dropped: 1 }]);
});
