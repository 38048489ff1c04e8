/** The records of a real Loom, as metrics, usage and the status of providers count them. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { providerStatus } from "../../../src/gateway/admin/provider-status.ts";
import { createMetrics } from "../../../src/gateway/metrics/index.ts";
import { createUsage } from "../../../src/gateway/usage/index.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { bareLoom } from "../../support/looms.ts";
import { samples } from "./page.ts";

describe("a Loom that is counted", () => {
  it("shows on the page, in the accounts and among the providers", async () => {
    await using loom = bareLoom({ cache: { type: "memory", maxSize: 10, ttl: 60 } });
    const metrics = createMetrics({ measureProcess: false });
    const usage = createUsage({ clock: systemClock });
    const stop = metrics.listen(loom);
    loom.on("call-end", (record) => {
      metrics.record(record, {
        format: "openai-chat",
        keyId: "k1",
        status: record.status === "ok" ? 200 : 404,
      });
      usage.add(record, "k1");
    });
    const ask = { provider: "sandbox", model: "sandbox-small", prompt: "Hi", tags: ["a", "b"] } as const;
    const { usage: tokens, cost } = await loom.generate(ask);
    await loom.generate(ask);
    await assert.rejects(loom.generate({ model: "no-such-vendor/m1", prompt: "Hi" }));
    stop();

    const page = samples(await metrics.render());
    const of = (name: string) => page.get(`loom_ai_${name}`);
    const sandbox = 'provider="sandbox",model="sandbox-small"';
    assert.equal(of(`requests_total{${sandbox},format="openai-chat",status="ok",code="200"}`), 2);
    assert.equal(of(`tokens_total{${sandbox},type="input"}`), tokens.inputTokens);
    assert.equal(of(`cost_total{${sandbox}}`), cost.usd);
    assert.equal(of('cache_requests_total{status="hit"}'), 1);
    assert.equal(of('errors_total{provider="none",code="model-not-found"}'), 1);
    assert.equal(of('attempt_duration_seconds_count{provider="sandbox",status="ok"}'), 1);
    assert.equal(of(`time_to_first_token_seconds_count{${sandbox}}`), 1);

    const now = Date.now();
    const rows = await usage.query({ fromMs: now - 3_600_000, toMs: now + 3_600_000, groupBy: ["model"] });
    assert.deepEqual(
      rows.map(({ model, requests, errors, cacheHits }) => [model, requests, errors, cacheHits]),
      [
        ["sandbox-small", 2, 0, 1],
        ["unknown", 1, 1, 0],
      ],
    );
    await usage.close();

    const { providers } = await providerStatus({
      configured: ["sandbox"],
      snapshot: await metrics.snapshot(),
      accounts: (name) => loom.accounts(name),
      clock: systemClock,
    });
    assert.deepEqual(
      providers.map(({ name, status, requests, tokens_in }) => [name, status, requests, tokens_in]),
      [
        ["sandbox", "healthy", 1, tokens.inputTokens],
      ],
    );
  });
});
