/** What the dashboard answers: figures, the log, receipts, what is wrong with a question, and who may ask. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createDashboard } from "../../src/gateway.ts";
import { fakeClock } from "../../src/testing.ts";
import { type Asked, dashboardOf, type Recorded, recorded } from "./support/host.ts";
import { madeCall, madeCalls } from "./support/made-calls.ts";

const nowMs = 1_767_225_600_000;
const hourMs = 3_600_000;
let kept: Recorded;
let asked: Asked;

before(async () => {
  kept = await recorded();
  kept.write(...madeCalls(400, nowMs, hourMs));
  asked = dashboardOf({ loom: kept.loom, clock: fakeClock(nowMs), basePath: "/ops/loom" });
});
after(async () => {
  asked.dashboard.close();
  await kept.loom.close();
});

async function json(path: string) {
  const response = await asked.get(path);
  assert.equal(response.status, 200, path);
  assert.equal(response.headers.get("cache-control"), "no-store");
  return await response.json();
}

describe("figures", () => {
  test("facts say whose money it is, and who may look", async () => {
    const { currency, capture, keySet, reach, whatIf, nowMs: now, version } = await json("api/facts");
    assert.deepEqual([currency.code, capture, keySet, reach, whatIf, now], [
      "INR",
      "metadata",
      false,
      "host",
      true,
      nowMs,
    ]);
    assert.ok(Math.abs(currency.perUsd - 1 / 0.012) < 1e-9);
    assert.match(version, /^\d+\.\d+/);
  });

  test("the overview is what the history says, in USD, with the time before", async () => {
    const answer = await json("api/overview?step=60000");
    const sums = await kept.history.totals({ fromMs: nowMs - hourMs, toMs: nowMs });
    assert.equal(answer.totals.requests, 400);
    assert.equal(answer.totals.costUsd, sums.costNanoUsd / 1e9);
    assert.equal(answer.lastDay.savedUsd, sums.savedNanoUsd / 1e9);
    assert.equal(answer.before.requests, 0);
    assert.equal(answer.series.length, 60);
    assert.equal(
      answer.series.reduce((sum: number, step: { requests: number }) => sum + step.requests, 0),
      400,
    );
  });

  test("series and breakdown take filters", async () => {
    const all = await json("api/breakdown?by=provider");
    const openai = all.entries.find(({ name }: { name: string }) => name === "openai").requests;
    const { series } = await json("api/series?step=600000&provider=openai");
    assert.equal(series.length, 6);
    assert.equal(series.reduce((sum: number, step: { requests: number }) => sum + step.requests, 0), openai);
    const teams = await json("api/breakdown?by=team&provider=openai&provider=gemini&limit=2");
    assert.equal(teams.entries.length, 2);
  });

  test("moves tell retries and failovers, newest first, with their why", async () => {
    const { moves } = await json("api/moves?limit=50");
    assert.ok(moves.length > 5);
    const times = moves.map(({ atMs }: { atMs: number }) => atMs);
    assert.deepEqual(times, times.toSorted((one: number, other: number) => other - one));
    const retry = moves.find(({ what }: { what: string }) => what === "retry");
    assert.deepEqual([retry.why, retry.status, retry.from === retry.to], ["rate-limited", 429, true]);
    const failover = moves.find(({ what }: { what: string }) => what === "failover");
    assert.deepEqual([failover.why, failover.from === failover.to], ["provider-failed", false]);
  });

  test("providers have latencies, failures and accounts", async () => {
    const { providers } = await json("api/providers");
    const openai = providers.find(({ name }: { name: string }) => name === "openai");
    assert.equal(openai.accounts[0].name, "default");
    assert.ok(openai.p95Ms > openai.p50Ms && openai.p50Ms > 0);
    assert.ok(["healthy", "degraded"].includes(openai.status));
  });
});

describe("the log", () => {
  test("goes from page to page without a gap", async () => {
    const first = await json("api/calls?limit=150");
    const second = await json(`api/calls?limit=150&next=${encodeURIComponent(first.next)}`);
    const ids = [...first.calls, ...second.calls].map(({ callId }: { callId: string }) => callId);
    assert.equal(new Set(ids).size, 300);
    assert.equal("receipt" in first.calls[0], false);
  });

  test("is filtered by what a call has, by being retried, and by a part of its id", async () => {
    const failed = await json("api/calls?status=failed");
    assert.ok(failed.calls.length > 0);
    assert.ok(failed.calls.every(({ status }: { status: string }) => status === "failed"));
    const retried = await json("api/calls?retried=true&limit=5");
    assert.ok(retried.calls.every(({ attempts }: { attempts: number }) => attempts > 1));
    const part = await json("api/calls?id=made003");
    assert.ok(part.calls.length > 1);
    assert.ok(part.calls.every(({ callId }: { callId: string }) => callId.includes("made003")));
    const exact = await json("api/calls?id=call_made0033");
    assert.deepEqual(exact.calls.map(({ callId }: { callId: string }) => callId), ["call_made0033"]);
  });

  test("a call comes whole, with its receipt; content only here", async () => {
    const content = { input: [{ role: "user", text: "Hi" }], output: "Ho", cut: false };
    kept.write({ ...madeCall(9_000, nowMs - 5), callId: "with content/1", content });
    const one = await json("api/calls/with%20content%2F1");
    assert.deepEqual(one.content, content);
    assert.ok(Array.isArray(one.receipt.attempts));
    const [row] = (await json("api/calls?id=with%20content%2F1")).calls;
    assert.equal("content" in row, false);
    assert.equal((await asked.get("api/calls/nobody")).status, 404);
  });
});

describe("what if", () => {
  test("prices the period on other models in one pass", async () => {
    const answer = await json("api/whatif?model=openai/gpt-4o-mini,anthropic/claude-haiku-4-5");
    const [mini, haiku] = answer.candidates;
    const span = { fromMs: nowMs - hourMs, toMs: nowMs };
    const { inputTokens, cachedTokens, outputTokens } = await kept.history.totals(span);
    const expected = ((inputTokens - cachedTokens) * 0.15 + cachedTokens * 0.075 + outputTokens * 0.6) / 1e6;
    assert.ok(Math.abs(mini.costUsd - expected) < 1e-9, `${mini.costUsd} ${expected}`);
    assert.ok(haiku.costUsd > mini.costUsd);
    assert.equal(haiku.differenceUsd, haiku.costUsd - answer.costUsd);
    const sum = answer.rows.reduce((all: number, { would }: { would: number[] }) => all + (would[0] ?? 0), 0);
    assert.ok(Math.abs(sum - mini.costUsd) < 1e-9);
  });

  test("a price that nobody knows is said to be unknown, and why", async () => {
    kept.loom.catalog.registerModel({ provider: "openai", modelId: "secret-price", upstreamModel: "x" });
    const { candidates, rows } = await json("api/whatif?model=openai/secret-price");
    assert.deepEqual([candidates[0].costUsd, candidates[0].differenceUsd], [null, null]);
    assert.match(candidates[0].unknown, /no price/);
    assert.ok(rows.some(({ would }: { would: unknown[] }) => would[0] === null));
  });

  test("a model that nobody has is a fault, with names that are near", async () => {
    const response = await asked.get("api/whatif?model=openai/gpt-4o-minni");
    const { error } = await response.json();
    assert.deepEqual([response.status, error.code], [404, "model-not-found"]);
    assert.match(error.message, /gpt-4o-mini/);
  });

  test("wants a Loom for its prices", async () => {
    const { get, dashboard } = dashboardOf({ history: kept.history });
    const response = await get("api/whatif?model=openai/gpt-4o-mini");
    assert.deepEqual([response.status, (await response.json()).error.code], [400, "unsupported"]);
    assert.equal((await (await get("api/facts")).json()).whatIf, false);
    dashboard.close();
  });
});

describe("questions that are wrong", () => {
  const wrong: readonly (readonly [path: string, name: string])[] = [
    ["api/overview?from=yesterday", "from"],
    ["api/overview?from=2026-02-01&to=2026-01-01", "from"],
    ["api/overview?from=0", "from"],
    ["api/overview?step=1", "step"],
    ["api/overview?step=NaN", "step"],
    ["api/series?from=2025-01-01&to=2025-12-01&step=1000", "step"],
    ["api/breakdown?by=colour", "by"],
    ["api/breakdown", "by"],
    ["api/breakdown?by=model&limit=0", "limit"],
    ["api/calls?limit=501", "limit"],
    ["api/calls?limit=-1", "limit"],
    ["api/calls?retried=perhaps", "retried"],
    ["api/calls?sort=cost", "sort"],
    [`api/calls?team=${"a".repeat(301)}`, "team"],
    [`api/calls?id=${"a".repeat(501)}`, "id"],
    [`api/calls?${"user=a&".repeat(51)}`, "user"],
    ["api/live?from=1", "from"],
    ["api/whatif", "model"],
    ["api/whatif?model=,", "model"],
    [`api/whatif?model=${Array.from({ length: 11 }, (_, index) => `a/${index}`).join()}`, "model"],
    [`api/whatif?model=${"a".repeat(201)}`, "model"],
    ["api/whatif?model=a/b&modality=smell", "modality"],
    ["api/facts?x=1", "x"],
  ];
  for (const [path, name] of wrong) {
    test(`${path.slice(0, 60)}: 400, naming ${name}`, async () => {
      const response = await asked.get(path);
      assert.equal(response.status, 400);
      const { error } = await response.json();
      assert.deepEqual([error.code, error.path], ["invalid-request", name]);
      assert.ok(error.message.startsWith(name), error.message);
    });
  }

  test("what is not there is 404, what changes something is 405", async () => {
    for (
      const path of [
        "api/nothing",
        "api/",
        "app.ts",
        "../secret",
        "api/constructor",
        "constructor",
        "vendor/other.js",
      ]
    ) {
      assert.equal((await asked.get(path)).status, 404, path);
    }
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const answer = await asked.dashboard.fetch(
        new Request("http://localhost/ops/loom/api/calls", { method }),
      );
      assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "GET"], method);
    }
  });

  test("a dashboard over nothing, or at a place that is none, is a fault at once", () => {
    assert.throws(() => createDashboard(), { code: "config-invalid", data: { path: "loom" } });
    const { history } = kept;
    assert.throws(() => createDashboard({ history, basePath: "ops" }), {
      code: "config-invalid",
      data: { path: "basePath" },
    });
    assert.throws(() => createDashboard({ history, key: "" }), {
      code: "config-invalid",
      data: { path: "key" },
    });
  });

  test("a Loom without a sink that can be asked says so", async () => {
    const { loom } = await recorded();
    const { get, dashboard } = dashboardOf({ loom, history: () => undefined });
    const response = await get("api/overview");
    assert.equal(response.status, 503);
    assert.match((await response.json()).error.message, /type: memory/);
    dashboard.close();
    await loom.close();
  });
});

describe("who may ask", () => {
  test("with a key the API wants it, and the page does not", async () => {
    const { get, dashboard } = dashboardOf({ loom: kept.loom, key: "open sesame" });
    for (const path of ["api/facts", "api/calls", "api/live", "api/calls/call_made0001", "api/nothing"]) {
      assert.equal((await get(path)).status, 401, path);
      assert.equal((await get(path, { authorization: "Bearer wrong" })).status, 401, path);
    }
    const facts = await get("api/facts", { authorization: "Bearer open sesame" });
    assert.deepEqual([facts.status, (await facts.json()).reach], [200, "key"]);
    assert.equal((await get("")).status, 200);
    dashboard.close();
  });

  test("pages of other sites may not", async () => {
    for (
      const [site, status] of [["cross-site", 403], ["same-site", 403], ["same-origin", 200], [
        "none",
        200,
      ]] as const
    ) {
      assert.equal((await asked.get("api/facts", { "sec-fetch-site": site })).status, status, site);
    }
    const answer = await asked.get("api/facts", { origin: "https://evil.example" });
    assert.deepEqual([...answer.headers.keys()].filter((name) => name.startsWith("access-control")), []);
  });
});
