/** How each provider is, in the shape of the specification. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CallRecord, ErrorCode } from "../../../src/contract/index.ts";
import type { AccountStatus } from "../../../src/index.ts";
import { type ProviderHealth, providerStatus } from "../../../src/gateway/admin/provider-status.ts";
import { createMetrics, type Metrics } from "../../../src/gateway/metrics/index.ts";
import { type FakeClock, fakeClock, fakeRecord } from "../../../src/testing.ts";

const inbound = { format: "openai-chat", keyId: "k1", status: 200 };

function attempted(provider: string, latencyMs: number, failure?: ErrorCode): CallRecord {
  const record = fakeRecord({ provider });
  const attempt = {
    provider,
    model: "m1",
    upstreamModel: "m1",
    attempt: 1,
    startedMs: 0,
    latencyMs,
    ...(failure === undefined
      ? { status: "ok" as const }
      : { status: "failed" as const, error: { code: failure, message: "", status: 500 } }),
  };
  return { ...record, receipt: { ...record.receipt, attempts: [attempt] } };
}

const account = (status: AccountStatus["status"]): AccountStatus => ({
  name: status,
  status,
  requests: 1,
  errors: 0,
});

async function statusOf(
  prepare: (metrics: Metrics, clock: FakeClock) => void | Promise<void>,
  accounts: () => Promise<readonly AccountStatus[]> = () => Promise.resolve([account("healthy")]),
): Promise<ProviderHealth | undefined> {
  const clock = fakeClock();
  const metrics = createMetrics({ measureProcess: false, clock });
  await prepare(metrics, clock);
  const { providers } = await providerStatus({
    configured: ["acme"],
    snapshot: await metrics.snapshot(),
    accounts,
    clock,
  });
  return providers[0]?.status;
}

function attempts(good: number, bad: number, code: ErrorCode = "overloaded") {
  return (metrics: Metrics) => {
    for (let index = 0; index < good + bad; index++) {
      metrics.record(attempted("acme", 100, index < bad ? code : undefined), inbound);
    }
  };
}

describe("the status of a provider", () => {
  const of = (...states: readonly AccountStatus["status"][]) => () => Promise.resolve(states.map(account));
  const breaker = (state: "open" | "half-open" | "closed") => (metrics: Metrics) =>
    metrics.breaker("acme", "m1", state);
  const cases: readonly (readonly [
    what: string,
    expected: ProviderHealth,
    prepare: (metrics: Metrics, clock: FakeClock) => void | Promise<void>,
    accounts?: () => Promise<readonly AccountStatus[]>,
  ])[] = [
    ["nothing was asked of", "healthy", () => {}],
    ["that only gave good answers", "healthy", attempts(20, 0)],
    ["that failed less than a tenth", "healthy", attempts(95, 5)],
    ["that failed a tenth", "degraded", attempts(18, 2)],
    ["that failed half", "unhealthy", attempts(5, 5)],
    ["that failed always, but hardly ever was asked", "healthy", attempts(0, 4)],
    ["whose callers were at fault", "healthy", attempts(0, 20, "invalid-request")],
    ["that failed long ago", "healthy", async (metrics, clock) => {
      attempts(0, 20)(metrics);
      await clock.advance(360_000);
    }],
    ["with one account of two that has no quota left", "degraded", () => {}, of("healthy", "quota-exceeded")],
    ["with no account that is well", "unhealthy", () => {}, of("unhealthy", "quota-exceeded")],
    ["that has no accounts at all", "healthy", () => {}, of()],
    ["that cannot be made", "unhealthy", () => {}, () => Promise.reject(new Error("no key"))],
    ["with an open breaker and nothing good lately", "unhealthy", breaker("open")],
    ["with an open breaker for one of its models", "degraded", (metrics) => {
      attempts(10, 0)(metrics);
      breaker("open")(metrics);
    }],
    ["with a half-open breaker", "degraded", breaker("half-open")],
    ["with a breaker that closed again", "healthy", breaker("closed")],
  ];
  for (const [what, expected, prepare, accounts] of cases) {
    it(`${what} is ${expected}`, async () => assert.equal(await statusOf(prepare, accounts), expected));
  }

  it("does not wait for a store that never answers", async () => {
    const clock = fakeClock();
    const metrics = createMetrics({ measureProcess: false, clock });
    const asked = providerStatus({
      configured: ["acme"],
      snapshot: await metrics.snapshot(),
      accounts: () => new Promise(() => {}),
      clock,
    });
    await clock.advance(2000);
    assert.equal((await asked).providers[0]?.status, "healthy");
  });
});

describe("the list of providers", () => {
  it("has the specification's shape, every configured one and every one that was used", async () => {
    const clock = fakeClock();
    const metrics = createMetrics({ measureProcess: false, clock });
    metrics.record(attempted("openai", 400), inbound);
    metrics.record(attempted("openai", 500), inbound);
    metrics.record(attempted("used", 10, "overloaded"), inbound);
    const listed = await providerStatus({
      configured: ["openai", "idle"],
      snapshot: await metrics.snapshot(),
      accounts: (name) =>
        name === "used" ? Promise.reject(new Error("gone")) : Promise.resolve([account("healthy")]),
      clock,
    });
    const nothing = { requests: 0, tokens_in: 0, tokens_out: 0, avg_latency_ms: 0 };
    assert.deepEqual(listed, {
      providers: [
        { name: "idle", status: "healthy", ...nothing },
        {
          name: "openai",
          status: "healthy",
          requests: 2,
          tokens_in: 200,
          tokens_out: 40,
          avg_latency_ms: 450,
        },
        { name: "used", status: "healthy", requests: 1, tokens_in: 100, tokens_out: 20, avg_latency_ms: 0 },
      ],
    });
    assert.equal(clock.pending, 0, "no timer stays behind");
  });
});
