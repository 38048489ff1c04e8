/** Snapshots: what stays of a worker that ended, the JSON summary, and what counts as recent. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CallRecord, ErrorCode } from "../../../src/contract/index.ts";
import {
  createMetrics,
  departed,
  merge,
  mergeSnapshots,
  statsJson,
} from "../../../src/gateway/metrics/index.ts";
import { fakeClock, fakeRecord } from "../../../src/testing.ts";
import { samples } from "./page.ts";

const inbound = { format: "openai-chat", keyId: "k1", status: 200 };

function asked(provider: string, latencyMs: number, failure?: ErrorCode): CallRecord {
  const { usage, ...rest } = fakeRecord();
  const attempt = {
    provider,
    model: "m1",
    upstreamModel: "m1",
    attempt: 1,
    startedMs: 0,
    latencyMs,
    status: failure === undefined ? "ok" as const : "failed" as const,
    ...(failure === undefined ? { usage: usage! } : { error: { code: failure, message: "", status: 500 } }),
  };
  return {
    ...rest,
    provider,
    ...(failure === undefined
      ? { status: "ok", usage: usage! }
      : { status: "failed", errorCode: failure, costUsd: 0 }),
    receipt: { ...rest.receipt, attempts: [attempt] },
  };
}

describe("departed", () => {
  it("keeps what a worker counted, without what ended with it", async () => {
    const [gone, alive] = [
      createMetrics({ measureProcess: false }),
      createMetrics({ measureProcess: false }),
    ];
    for (const worker of [gone, alive]) {
      worker.record(asked("acme", 100), inbound);
      worker.inFlight.up();
      worker.breaker("acme", "m1", worker === gone ? "open" : "closed");
    }
    const rest = departed(await gone.snapshot());
    const page = samples(await merge([await alive.snapshot(), rest, rest]));
    assert.equal(page.get('loom_ai_key_requests_total{key="k1",team="none"}'), 3);
    assert.equal(page.get('loom_ai_attempt_duration_seconds_count{provider="acme",status="ok"}'), 3);
    assert.equal(page.get("loom_ai_in_flight_requests"), 1);
    assert.equal(page.get('loom_ai_breaker_state{provider="acme",model="m1"}'), 0);
    const folded = await mergeSnapshots([rest, rest]);
    assert.deepEqual(
      samples(await merge([await alive.snapshot(), folded])),
      page,
      "those of several workers may be folded into one",
    );
  });
});

describe("statsJson", () => {
  it("sums up calls, and requests by provider", async () => {
    const clock = fakeClock();
    const metrics = createMetrics({ measureProcess: false, clock });
    metrics.record(asked("acme", 100), inbound);
    metrics.record(asked("acme", 300), inbound);
    metrics.record(asked("zeta", 50, "overloaded"), inbound);
    const { usage: _, ...hit } = fakeRecord({ cache: "hit", attempts: 0, costUsd: 0, savedUsd: 0.25 });
    metrics.record(hit, inbound);
    metrics.refused({ format: "openai-chat", status: 401 }, "auth-rejected");
    metrics.limitHit("rpm", "key");
    metrics.inFlight.up();
    await clock.advance(60_000);
    const stats = statsJson(await metrics.snapshot(), clock.now());
    const { providers, ...rest } = stats;
    assert.deepEqual(rest, {
      at_ms: clock.now(),
      uptime_s: 60,
      in_flight: 1,
      requests: 5,
      errors: 2,
      tokens_in: 200,
      tokens_out: 40,
      cost_usd: 0.00246,
      saved_usd: 0.25,
      unpriced_requests: 0,
      cache: { hits: 1, misses: 3 },
      retries: 0,
      failovers: 0,
      limit_hits: 1,
    });
    assert.deepEqual(
      providers.map((
        { name, requests, errors, answered, answered_s },
      ) => [name, requests, errors, answered, answered_s]),
      [["acme", 2, 0, 2, 0.4], ["zeta", 1, 1, 0, 0]],
    );
  });
});

describe("recent attempts", () => {
  it("count faults of the provider, not of the caller, and are forgotten after five minutes", async () => {
    const clock = fakeClock();
    const metrics = createMetrics({ measureProcess: false, clock });
    const recent = async () =>
      (await metrics.snapshot()).recent.map(({ attempts, faults }) => [attempts, faults]);
    metrics.record(asked("acme", 100, "overloaded"), inbound);
    metrics.record(asked("acme", 100, "auth-rejected"), inbound);
    metrics.record(asked("acme", 100, "invalid-request"), inbound);
    await clock.advance(240_000);
    metrics.record(asked("acme", 100), inbound);
    assert.deepEqual(await recent(), [[4, 2]]);
    await clock.advance(90_000);
    assert.deepEqual(await recent(), [[1, 0]]);
    await clock.advance(3_600_000);
    assert.deepEqual(await recent(), [[0, 0]]);
    metrics.record(asked("acme", 100, "timed-out"), inbound);
    assert.deepEqual(await recent(), [[1, 1]]);
  });
});
