/** Live rows: bundles, filters, heartbeats, and the bounds that keep slow and many readers from harming anybody. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CallFilter, CallHistory, CallRecord } from "../../src/index.ts";
import { fakeClock } from "../../src/testing.ts";
import { type Asked, dashboardOf } from "./support/host.ts";
import { madeCall } from "./support/made-calls.ts";

/** A history that only tells of new records. */
function telling() {
  const listeners = new Set<(record: CallRecord) => void>();
  const none = () => Promise.reject(new Error("nobody asks for that here"));
  const history: CallHistory = {
    totals: none,
    series: none,
    breakdown: none,
    calls: none,
    call: none,
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    history,
    listeners,
    tell: (record: Partial<CallRecord> = {}) =>
      listeners.forEach((one) => one({ ...madeCall(3, 0), ...record })),
  };
}

async function listened(asked: Asked, query = "") {
  const response = await asked.get(`api/live${query}`);
  assert.equal(response.status, 200, query);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  return { reader, next: async () => (await reader.read()).value, response };
}

interface Bundle {
  readonly calls: readonly CallRecord[];
  readonly skipped: number;
}

function bundle(text: string | undefined): Bundle {
  assert.match(text ?? "", /^event: calls\ndata: .*\n\n$/);
  return JSON.parse((text ?? "").split("\ndata: ")[1] ?? "");
}

const open = (more: { history?: CallHistory | (() => CallHistory | undefined) } = {}) => {
  const clock = fakeClock();
  const source = telling();
  const asked = dashboardOf({ history: source.history, clock, ...more });
  return { clock, ...source, asked };
};

describe("live rows", () => {
  test("come in bundles, without receipts, with what was retried", async () => {
    const { clock, asked, tell, listeners } = open();
    const { next } = await listened(asked);
    assert.match(await next() ?? "", /: live\n\n$/);
    await clock.advance(0);
    for (let index = 0; index < 3; index++) {
      tell({ callId: `call_${index}`, content: { input: [], output: "x", cut: false } });
    }
    await clock.advance(250);
    const { calls, skipped } = bundle(await next());
    assert.deepEqual(calls.map(({ callId }) => callId), ["call_0", "call_1", "call_2"]);
    assert.deepEqual([skipped, "receipt" in (calls[0] ?? {}), "content" in (calls[0] ?? {})], [
      0,
      false,
      false,
    ]);
    assert.equal(listeners.size, 1);
    asked.dashboard.close();
  });

  test("of more than fifty in a bundle the newest are sent and the others counted", async () => {
    const { clock, asked, tell } = open();
    const { next } = await listened(asked);
    await next();
    await clock.advance(0);
    for (let index = 0; index < 2_000; index++) tell({ callId: `call_${index}` });
    await clock.advance(250);
    const { calls, skipped } = bundle(await next());
    assert.deepEqual([calls.length, calls.at(-1)?.callId, skipped], [50, "call_1999", 1_950]);
    asked.dashboard.close();
  });

  test("are those that pass the filter", async () => {
    const { clock, asked, tell } = open();
    const filter: CallFilter = { team: ["a"], status: ["failed", "cancelled"] };
    const query = new URLSearchParams(
      Object.entries(filter).flatMap(([name, values]) => values.map((one) => [name, one])),
    );
    const { next } = await listened(asked, `?${query}`);
    await next();
    await clock.advance(0);
    tell({ callId: "1", team: "a", status: "ok" });
    tell({ callId: "2", team: "b", status: "failed" });
    tell({ callId: "3", team: "a", status: "cancelled" });
    await clock.advance(250);
    assert.deepEqual(bundle(await next()).calls.map(({ callId }) => callId), ["3"]);
    asked.dashboard.close();
  });

  test("silence is broken by a comment", async () => {
    const { clock, asked } = open();
    const { next } = await listened(asked);
    await next();
    await clock.advance(15_000);
    assert.equal(await next(), ": heartbeat\n\n");
    asked.dashboard.close();
  });

  test("fifty may listen; one who leaves makes room", async () => {
    const { clock, asked, listeners } = open();
    const first = await asked.get("api/live");
    for (let index = 1; index < 50; index++) await listened(asked);
    const refused = await asked.get("api/live");
    assert.deepEqual([refused.status, (await refused.json()).error.code], [503, "overloaded"]);
    await first.body?.cancel();
    const { body } = await asked.get("api/live");
    assert.equal((await asked.get("api/live")).status, 503);
    await body?.cancel();
    await listened(asked);
    await clock.advance(0);
    assert.equal(listeners.size, 1, "all share one");
    asked.dashboard.close();
    assert.equal(listeners.size, 0);
    assert.equal(clock.pending, 0);
  });

  test("one who reads nothing is let go of, and what waited for it too", async () => {
    const { clock, asked, tell, listeners } = open();
    const response = await asked.get("api/live");
    await clock.advance(0);
    let bundles = 0;
    while (listeners.size > 0 && bundles++ < 1_000) {
      for (let index = 0; index < 50; index++) tell({ callId: `call_${index}`, user: "u".repeat(200) });
      await clock.advance(250);
    }
    assert.ok(bundles > 5 && bundles < 100, `${bundles} bundles`);
    await assert.rejects(response.text(), { code: "aborted" });
    assert.equal(clock.pending, 0, "nobody listens, so nothing ticks");
    asked.dashboard.close();
  });

  test("end when the dashboard closes, which takes no more listeners", async () => {
    const { asked } = open();
    const { reader, next } = await listened(asked);
    await next();
    asked.dashboard.close();
    assert.equal((await reader.read()).done, true);
    assert.equal((await asked.get("api/live")).status, 503);
  });

  test("go on when another history takes the place of the first", async () => {
    const [one, other] = [telling(), telling()];
    let current: CallHistory | undefined;
    const { clock, asked } = open({ history: () => current });
    const { next } = await listened(asked);
    await next();
    await clock.advance(500);
    current = one.history;
    await clock.advance(250);
    assert.equal(one.listeners.size, 1);
    current = other.history;
    await clock.advance(250);
    assert.deepEqual([one.listeners.size, other.listeners.size], [0, 1]);
    other.tell({ callId: "after" });
    await clock.advance(250);
    assert.deepEqual(bundle(await next()).calls.map(({ callId }) => callId), ["after"]);
    asked.dashboard.close();
  });
});
