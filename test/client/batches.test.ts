/** Batches as callers see them: handing in, waiting, picking up elsewhere, results in order and at their price. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BatchRow, BatchRowResult, BatchState, BatchStatus } from "../../src/contract/batch.ts";
import { CLOCK, definePlugin, loomError, type Part, type Provider } from "../../src/plugin.ts";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom, type BareOptions } from "../support/looms.ts";

const state = (status: BatchStatus, more: Partial<BatchState> = {}): BatchState => ({
  id: "b-1",
  status,
  vendorStatus: status,
  hasResults: status === "completed",
  ...more,
});
const usage = {
  inputTokens: 1000,
  outputTokens: 100,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: 1100,
};
const answered = (text: string): readonly Part[] => [
  { type: "text", text },
  { type: "finish", reason: "stop" },
  { type: "usage", usage },
];

interface Scene {
  readonly rows: (readonly BatchRow[])[];
  readonly asked: unknown[];
  states: (BatchState | Error)[];
  results: readonly BatchRowResult[];
}

/** A provider whose batches go as the test says, and a Loom that has it. */
function scene(change: Partial<NonNullable<Provider["batches"]>> = {}, options: BareOptions = {}) {
  const clock: FakeClock = fakeClock();
  const seen: Scene = { rows: [], asked: [], states: [], results: [] };
  const next = () => {
    const found = seen.states.length > 1 ? seen.states.shift() : seen.states[0];
    return found instanceof Error ? Promise.reject(found) : Promise.resolve(found ?? state("completed"));
  };
  const provider: Provider = {
    label: "Batcher",
    modalities: ["text", "embedding"],
    models: "open",
    key: { names: ["BATCHER_API_KEY"] },
    open: () => Promise.reject(new Error("no call is made")),
    batches: {
      limits: { maxRows: 10, maxBytes: 1000 },
      sizeOf: () => 10,
      submit(rows, key) {
        seen.rows.push(rows);
        seen.asked.push(["submit", rows.map(({ customId }) => customId), key?.reveal()]);
        return Promise.resolve(state("validating"));
      },
      status(ctx, key, id) {
        seen.asked.push(["status", ctx.target.upstreamModel, id, key?.reveal()]);
        return next();
      },
      cancel: () => Promise.resolve(state("in_progress")),
      async *results(_ctx, _key, _id, ctxOf) {
        for (const { customId } of seen.results) ctxOf(customId);
        yield seen.results;
      },
      ...change,
    },
  };
  const plugin = definePlugin({ api: 1, kind: "provider", id: "batcher", make: () => provider });
  const loom = bareLoom({
    plugins: [plugin],
    apiKeys: { BATCHER_API_KEY: "sk-1" },
    provide: [[CLOCK, clock]],
    retry: false,
    ...options,
  });
  return { clock, seen, loom };
}

const ask = (prompt: string, more: object = {}) => ({ provider: "batcher", model: "m", prompt, ...more });
const requests = [ask("one"), ask("two"), ask("three")];

describe("loom.submitBatch()", () => {
  it("hands in calls as rows, and gives a handle that says where they are", async () => {
    const { loom, seen } = scene();
    await using _ = loom;
    const handle = await loom.submitBatch([ask("one", { params: { temperature: 0 } }), ask("two")]);
    assert.deepEqual([handle.provider, handle.model, handle.modality, handle.rows], [
      "batcher",
      "m",
      "text",
      2,
    ]);
    assert.deepEqual(seen.asked, [["submit", ["row-0", "row-1"], "sk-1"]]);
    const [first, second] = seen.rows[0] ?? [];
    assert.deepEqual(first?.ctx.target.params, { temperature: 0 });
    assert.deepEqual(second?.ctx.call.messages, [{ role: "user", content: "two" }]);
    assert.match(handle.id, /^loom_batch_[\w-]+$/);
  });

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ["no list", "one", /requests must be a list/],
    ["nothing", [], /requests is empty/],
    ["a wrong request", [ask("one"), ask("two", { promt: "x" })], /requests\[1\].*promt/],
    ["a deadline for one row", [ask("one", { timeoutMs: 5 })], /requests\[0\]\.timeoutMs/],
  ];
  for (const [what, given, message] of wrong) {
    it(`refuses ${what}`, async () => {
      const { loom, seen } = scene();
      await using _ = loom;
      const error = await failureOf(loom.submitBatch(given as typeof requests), "invalid-request");
      assert.match(error.message, message);
      assert.equal(seen.rows.length, 0);
    });
  }

  it("says so when the vendor has no batches", async () => {
    await using loom = bareLoom();
    const request = { provider: "sandbox", model: "sandbox-small", prompt: "hi" };
    assert.match((await failureOf(loom.submitBatch([request]), "unsupported")).message, /has no batches/);
  });

  it("hands in once, when nobody can tell whether it arrived", async () => {
    let tries = 0;
    const { loom } = scene({
      submit: () => {
        tries++;
        return Promise.reject(loomError("connection-failed", "cut", {}, { recovery: "never" }));
      },
    }, { retry: { maxAttempts: 3, baseDelayMs: 1 } });
    await using _ = loom;
    await failureOf(loom.submitBatch(requests), "connection-failed");
    assert.equal(tries, 1);
  });
});

describe("a batch's results", () => {
  it("are in the order of the requests, each with its cost or its error", async () => {
    const { loom, seen } = scene();
    await using _ = loom;
    const handle = await loom.submitBatch(requests);
    seen.results = [
      { customId: "row-2", parts: answered("Three.") },
      { customId: "row-9", parts: answered("Whose?") },
      { customId: "row-2", error: loomError("provider-failed", "of an earlier try", {}) },
      { customId: "row-1", error: loomError("content-filtered", "no", {}) },
    ];
    const [one, two, three, ...more] = await handle.results();
    assert.equal(more.length, 0);
    assert.match(one?.error?.message ?? "", /has no answer/);
    assert.equal(two?.error?.code, "content-filtered");
    assert.equal(three?.result?.text, "Three.");
    assert.equal(three?.result?.usage.inputTokens, 1000);
    assert.equal(three?.result?.trace.attempts[0]?.usage?.totalTokens, 1100);
    assert.equal(three?.result?.trace.callId, "b-1/row-2");
  });

  it("are priced, where a price is known", async () => {
    const { loom, seen } = scene();
    await using _ = loom;
    loom.catalog.registerModel({ provider: "batcher", modelId: "p", inputCostPer1m: 2, outputCostPer1m: 10 });
    seen.results = [{ customId: "row-0", parts: answered("Hi.") }];
    const [priced] = await (await loom.submitBatch([ask("x", { model: "p" })])).results();
    assert.equal(priced?.result?.cost.usd, 0.003);
    assert.equal(priced?.result?.trace.attempts[0]?.bill?.nanoUsd, 3_000_000);
    const [unpriced] = await (await loom.submitBatch([ask("x")])).results();
    assert.equal(unpriced?.result?.cost.usd, null);
    assert.equal(unpriced?.result?.warnings[0]?.code, "price-unknown");
  });

  it("fit their output schema, or are errors", async () => {
    const { loom, seen } = scene();
    await using _ = loom;
    const output = { type: "object", properties: { a: { type: "number" } }, required: ["a"] } as const;
    const asked = [ask("one", { output }), ask("two", { output })];
    seen.results = [
      { customId: "row-0", parts: answered('{"a":1}') },
      { customId: "row-1", parts: answered("no JSON") },
    ];
    const { id } = await loom.submitBatch(asked);
    const [one, two] = await (await loom.batch(id, asked)).results();
    assert.deepEqual(one?.result?.output, { a: 1 });
    assert.equal(two?.error?.code, "output-invalid");
    assert.equal(two?.error?.trace?.attempts[0]?.usage?.inputTokens, 1000, "it was paid for all the same");
  });

  it("come too early while it works", async () => {
    const { loom, seen } = scene();
    await using _ = loom;
    const handle = await loom.submitBatch(requests);
    seen.states = [state("in_progress")];
    assert.match((await failureOf(handle.results(), "invalid-request")).message, /in_progress; wait/);
  });

  it("are an error for a batch that failed as a whole", async () => {
    const { loom, seen } = scene();
    await using _ = loom;
    const handle = await loom.submitBatch(requests);
    seen.states = [state("failed", { problem: "line 1 is bad" })];
    const error = await failureOf(handle.results(), "provider-failed");
    assert.match(error.message, /line 1 is bad/);
    assert.equal(error.recovery, "never");
  });

  for (const [status, code] of [["expired", "provider-failed"], ["cancelled", "aborted"]] as const) {
    it(`are errors (${code}) for all rows, when it was ${status} with nothing done`, async () => {
      const { loom, seen } = scene();
      await using _ = loom;
      const handle = await loom.submitBatch(requests);
      seen.states = [state(status)];
      assert.deepEqual((await handle.results()).map(({ error }) => error?.code), [code, code, code]);
    });
  }
});

describe("loom.batch()", () => {
  it("picks a batch up in another process", async () => {
    const { loom } = scene();
    const { id } = await loom.submitBatch(requests);
    await loom.close();
    const { loom: other, seen } = scene();
    await using _ = other;
    const handle = await other.batch(id);
    assert.equal(handle.id, id);
    seen.results = [{ customId: "row-1", parts: answered("Two.") }];
    const outcomes = await handle.results();
    const texts = outcomes.map(({ result }) => result?.kind === "text" ? result.text : undefined);
    assert.deepEqual(texts, [undefined, "Two.", undefined]);
    assert.deepEqual(seen.asked[0], ["status", "m", "b-1", "sk-1"]);
  });

  const place = { provider: "batcher", model: "m", modality: "text", id: "b", rows: 1 };
  const written = (change: object) =>
    `loom_batch_${Buffer.from(JSON.stringify({ ...place, ...change })).toString("base64url")}`;
  const wrong = [
    "b-1",
    "loom_batch_!",
    written({ rows: 0 }),
    written({ id: "../files" }),
    written({ modality: "x" }),
  ];
  for (const id of wrong) {
    it(`refuses ${id.slice(0, 24)}…`, async () => {
      await using loom = bareLoom();
      await failureOf(loom.batch(id), "invalid-request");
    });
  }

  it("refuses requests that are not as many", async () => {
    await using loom = bareLoom();
    await failureOf(loom.batch(written({}), requests), "invalid-request");
  });
});

describe("waiting", () => {
  it("asks until it is done, through failures that pass", async () => {
    const { loom, seen, clock } = scene();
    await using _ = loom;
    const handle = await loom.submitBatch(requests);
    seen.states = [
      state("in_progress"),
      loomError("overloaded", "busy", {}),
      state("unknown"),
      state("completed"),
    ];
    const waiting = handle.wait();
    await clock.advance(89_999);
    assert.equal(seen.asked.length, 4);
    await clock.advance(1);
    const report = await waiting;
    assert.deepEqual([report.status, report.done, seen.asked.length], ["completed", true, 5]);
    assert.equal(clock.pending, 0);
  });

  it("ends with a failure that does not pass, and with too many that do", async () => {
    for (const code of ["auth-rejected", "overloaded"] as const) {
      const { loom, seen, clock } = scene();
      await using _ = loom;
      const handle = await loom.submitBatch(requests);
      seen.states = [loomError(code, "no", {})];
      const failing = failureOf(handle.wait({ pollIntervalMs: 10 }), code);
      await clock.advance(1_000);
      await failing;
      assert.equal(seen.asked.length, code === "overloaded" ? 11 : 2);
    }
  });

  it("ends with its deadline, its signal, and its Loom", async () => {
    const { loom, seen, clock } = scene();
    const handle = await loom.submitBatch(requests);
    seen.states = [state("in_progress")];
    const late = failureOf(handle.wait({ timeoutMs: 50_000 }), "timed-out");
    await clock.advance(60_000);
    await late;
    const controller = new AbortController();
    const left = failureOf(handle.wait({ signal: controller.signal }), "aborted");
    await clock.advance(0);
    controller.abort();
    await left;
    const closed = failureOf(handle.wait(), "closed");
    await clock.advance(0);
    await loom.close();
    await closed;
    await failureOf(handle.status(), "closed");
    assert.equal(clock.pending, 0);
  });

  it("refuses an interval that is none", async () => {
    const { loom } = scene();
    await using _ = loom;
    const handle = await loom.submitBatch(requests);
    await failureOf(handle.wait({ pollIntervalMs: 0 }), "invalid-request");
  });
});

describe("cancelling", () => {
  it("leaves a batch that has ended as it is", async () => {
    const refused = loomError("invalid-request", "cannot cancel a batch that is completed", {}, {
      status: 400,
    });
    const { loom, seen } = scene({ cancel: () => Promise.reject(refused) });
    await using _ = loom;
    const handle = await loom.submitBatch(requests);
    assert.equal((await handle.cancel()).status, "completed");
    seen.states = [state("in_progress")];
    await failureOf(handle.cancel(), "invalid-request");
  });
});

describe("loom.runBatch()", () => {
  it("hands in, waits and gives the results", async () => {
    const { loom, seen, clock } = scene();
    await using _ = loom;
    seen.states = [state("in_progress"), state("completed")];
    seen.results = [{ customId: "row-0", parts: answered("One.") }];
    const running = loom.runBatch([ask("one")], { pollIntervalMs: 5_000 });
    await clock.advance(5_000);
    const [outcome] = await running;
    assert.equal(outcome?.result?.text, "One.");
  });

  it("names the batch when the wait ends early", async () => {
    const { loom, seen, clock } = scene();
    await using _ = loom;
    seen.states = [state("in_progress")];
    const failing = failureOf(loom.runBatch(requests, { timeoutMs: 1_000 }), "timed-out");
    await clock.advance(1_000);
    const { message } = await failing;
    const id = /loom\.batch\("(\S+)"\)/.exec(message)?.[1] ?? "";
    assert.equal((await loom.batch(id)).rows, 3);
  });
});

describe("accounts", () => {
  it("stay with the batch that they handed in", async () => {
    const accounts = [{ name: "a", apiKey: "sk-a" }, { name: "b", apiKey: "sk-b" }];
    const { loom, seen } = scene({}, {
      providers: { batcher: { accounts, accountStrategy: "round-robin" } },
    });
    await using _ = loom;
    for (const key of ["sk-a", "sk-b", "sk-a"]) {
      seen.asked.length = 0;
      const { id } = await loom.submitBatch(requests);
      await (await loom.batch(id)).status();
      assert.deepEqual(seen.asked.map((one) => (one as readonly string[]).at(-1)), [key, key]);
    }
  });

  it("that are gone are no reason to ask another", async () => {
    const accounts = [{ name: "a", apiKey: "sk-a" }, { name: "b", apiKey: "sk-b" }];
    const { loom } = scene({}, { providers: { batcher: { accounts } } });
    const { id } = await loom.submitBatch(requests);
    await loom.close();
    const left = [{ name: "b", apiKey: "sk-b" }, { name: "c", apiKey: "sk-c" }];
    const { loom: other, seen } = scene({}, { providers: { batcher: { accounts: left } } });
    await using _ = other;
    const error = await failureOf((await other.batch(id)).status(), "auth-rejected");
    assert.match(error.message, /belongs to the account "a"/);
    assert.equal(seen.asked.length, 0);
  });
});
