/** The whole chain against a mock server of another project: failures, waits, streams that break, cache, dedup, routing. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  AbortedError,
  AuthError,
  type CallRecord,
  type Loom,
  LoomError,
  ModelNotFoundError,
  ProviderError,
  RateLimitError,
  type ResponseStream,
  Router,
  StreamBrokenError,
  type TextResult,
} from "../../src/index.ts";
import { until } from "../support/server.ts";
import { startRelay } from "./relay.ts";
import { goodKey, type MockVendor, startMockVendor, usage } from "./mock-vendor.ts";

const openai = { provider: "openai", model: "gpt-4o-mini" };
const deepseek = { provider: "deepseek", model: "deepseek-chat" };
const longText = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");

let vendor: MockVendor;
let loom: Loom;

before(async () => {
  vendor = await startMockVendor();
  const { mock } = vendor;
  const failure = (status: number, type: string, code: string | null = null) => ({
    error: { message: `the mock says ${status}`, type, ...(code === null ? {} : { code }) },
    status,
  });
  mock
    .on({ endpoint: "chat", userMessage: "plain" }, { content: "A plain answer.", usage })
    .on({ endpoint: "chat", userMessage: "long" }, { content: longText, usage }, { chunkSize: 8 })
    .on({ endpoint: "chat", userMessage: "busy", sequenceIndex: 0 }, {
      ...failure(429, "rate_limit_error"),
      retryAfter: 1,
    })
    .on({ endpoint: "chat", userMessage: "busy" }, { content: "Thank you for waiting.", usage })
    .on({ endpoint: "chat", userMessage: "overrun" }, failure(429, "rate_limit_error"))
    .on({ endpoint: "chat", userMessage: "flaky", sequenceIndex: 0 }, failure(500, "server_error"))
    .on({ endpoint: "chat", userMessage: "flaky" }, { content: "Back again.", usage })
    .on({ endpoint: "chat", userMessage: "broken" }, failure(500, "server_error"))
    .on(
      { endpoint: "chat", userMessage: "no quota" },
      failure(429, "insufficient_quota", "insufficient_quota"),
    )
    .on(
      { endpoint: "chat", userMessage: "refused" },
      failure(401, "invalid_request_error", "invalid_api_key"),
    )
    .on({ endpoint: "chat", userMessage: "forbidden" }, failure(403, "permission_error"))
    .on(
      { endpoint: "chat", userMessage: "unknown" },
      failure(404, "invalid_request_error", "model_not_found"),
    )
    .on({ endpoint: "chat", userMessage: "malformed" }, failure(400, "invalid_request_error"))
    .on({ endpoint: "chat", userMessage: "truncated" }, { content: longText }, {
      chunkSize: 8,
      latency: 5,
      truncateAfterChunks: 5,
    })
    .on({ endpoint: "chat", userMessage: "disconnected" }, { content: longText }, {
      chunkSize: 8,
      latency: 20,
      disconnectAfterMs: 150,
    })
    .on({ endpoint: "chat", userMessage: "slowly" }, { content: longText, usage }, {
      chunkSize: 8,
      latency: 20,
    })
    .on({ endpoint: "chat", userMessage: "sleepy" }, { content: "Good morning.", usage }, {
      chaos: { latencyMs: 150 },
    })
    .on({ endpoint: "chat", userMessage: "for openai", model: /^gpt/ }, failure(503, "server_error"))
    .on({ endpoint: "chat", userMessage: "for openai" }, { content: "The other one.", usage })
    .on({ endpoint: "chat", userMessage: "length", model: /^gpt/ }, { content: "No.", usage })
    .on({ endpoint: "chat", userMessage: "length" }, { content: "A good deal more than that.", usage })
    .on({ endpoint: "chat", userMessage: "marketplace" }, {
      content: "Sold.",
      usage: {
        ...usage,
        cost: 0.0123,
        prompt_tokens_details: { cached_tokens: 400 },
        completion_tokens_details: { reasoning_tokens: 50 },
      },
    })
    .onEmbedding(/one/, { embedding: [1, 0, 0] })
    .onEmbedding(/./, { embedding: [0.25, 0.5, 0.75] });
  loom = vendor.loom({ cache: { type: "memory", maxSize: 100, ttl: 60 } });
  await loom.open();
});
after(async () => {
  await loom.close();
  await vendor.close();
});

/** What a call fails with. */
async function failureOf(running: Promise<unknown>): Promise<LoomError> {
  try {
    await running;
  } catch (error) {
    assert.ok(error instanceof LoomError, `not a LoomError: ${error}`);
    assert.ok(error.trace !== undefined, "the error carries the receipt");
    return error;
  }
  throw new assert.AssertionError({ message: "the call did not fail" });
}

describe("vendor errors", () => {
  it("429 with Retry-After is waited out", async () => {
    const beganMs = performance.now();
    const result = await loom.generate({ ...openai, prompt: "busy" });
    const tookMs = performance.now() - beganMs;
    assert.equal(result.text, "Thank you for waiting.");
    assert.ok(tookMs >= 995 && tookMs < 3000, `${tookMs} ms`);
    assert.deepEqual(result.trace.attempts.map(({ status }) => status), ["failed", "ok"]);
    const wait = result.trace.steps.find(({ by, what }) => by === "retry" && what === "wait");
    assert.equal((wait?.detail as { waitMs: number }).waitMs, 1000);
    assert.equal(vendor.requests("busy").length, 2);
  });

  it("500 is tried again, at once enough, and the answer comes", async () => {
    const result = await loom.generate({ ...openai, prompt: "flaky" });
    assert.equal(result.text, "Back again.");
    assert.deepEqual(result.trace.attempts.map(({ error, status }) => error?.status ?? status), [500, "ok"]);
    assert.deepEqual(vendor.requests("flaky").map(({ status }) => status), [500, 200]);
  });

  const table = [
    { prompt: "broken", code: "provider-failed", Class: ProviderError, status: 500, requests: 3 },
    { prompt: "no quota", code: "quota-exhausted", Class: RateLimitError, status: 429, requests: 1 },
    { prompt: "refused", code: "auth-rejected", Class: AuthError, status: 401, requests: 1 },
    { prompt: "forbidden", code: "permission-denied", Class: AuthError, status: 403, requests: 1 },
    { prompt: "unknown", code: "model-not-found", Class: ModelNotFoundError, status: 404, requests: 1 },
    { prompt: "malformed", code: "invalid-request", Class: LoomError, status: 400, requests: 1 },
  ];
  for (const { prompt, code, Class, status, requests } of table) {
    for (const way of ["whole", "streamed"]) {
      it(`${prompt}: ${code} after ${requests} request(s), ${way}`, async () => {
        const request = { ...openai, prompt: `${prompt} ${way}`, params: {} };
        const error = await failureOf(
          way === "whole" ? loom.generate(request) : loom.stream(request).result,
        );
        assert.equal(error.code, code, error.message);
        assert.ok(error instanceof Class);
        assert.equal(error.status, status);
        assert.equal(error.provider, "openai");
        assert.equal(error.model, "gpt-4o-mini");
        assert.ok(error.requestId?.startsWith("req-"), `the vendor's request id, not ${error.requestId}`);
        assert.equal(error.trace?.attempts.length, requests);
        assert.equal(vendor.requests(request.prompt).length, requests);
        assert.equal(error.trace?.cost?.usd, 0);
        assert.ok(!JSON.stringify([error, error.message, error.trace]).includes(goodKey));
      });
    }
  }

  it("a retry that is allowed nothing gives up at once", async () => {
    await using hasty = vendor.loom({ retry: false });
    const error = await failureOf(hasty.generate({ ...openai, prompt: "overrun, hasty" }));
    assert.ok(error instanceof RateLimitError);
    assert.equal(vendor.requests("overrun, hasty").length, 1);
  });

  it("a wrong key is an AuthError", async () => {
    await using wrong = vendor.loom({
      providers: { openai: { baseUrl: vendor.baseUrl("openai"), apiKey: "sk-wrong" } },
    });
    const error = await failureOf(wrong.generate({ ...openai, prompt: "plain, wrong key" }));
    assert.ok(error instanceof AuthError);
    assert.equal(error.code, "auth-rejected");
    assert.ok(!JSON.stringify([error, error.message, error.trace]).includes("sk-wrong"));
  });

  it("no key at all is an AuthError that names the variable, and nothing is sent", async () => {
    await using keyless = vendor.loom({ providers: { openai: { baseUrl: vendor.baseUrl("openai") } } });
    const error = await failureOf(keyless.generate({ ...openai, prompt: "plain, no key" }));
    assert.ok(error instanceof AuthError);
    assert.equal(error.code, "key-missing");
    assert.match(error.message, /OPENAI_API_KEY/);
    assert.equal(vendor.requests("plain, no key").length, 0);
  });

  it("a key from apiKeys wins over one of the environment", async () => {
    await using two = vendor.loom({
      providers: { openai: { baseUrl: vendor.baseUrl("openai") } },
      apiKeys: { OPENAI_API_KEY: goodKey },
      variables: { OPENAI_API_KEY: "sk-wrong" },
    });
    assert.equal((await two.generate({ ...openai, prompt: "plain, two keys" })).text, "A plain answer.");
  });
});

describe("streams", () => {
  it("arrive in pieces", async () => {
    const answer = loom.stream({ ...openai, prompt: "long one" });
    const pieces: string[] = [];
    for await (const piece of answer.textStream) pieces.push(piece);
    assert.ok(pieces.length > 10, `${pieces.length} pieces`);
    assert.equal(pieces.join(""), longText);
  });

  for (const chaos of ["truncated", "disconnected"]) {
    it(`${chaos} ones end as stream-broken, never in good order, and are not tried again`, async () => {
      const prompt = `${chaos} stream`;
      const answer = loom.stream({ ...openai, prompt });
      let text = "";
      const error = await failureOf((async () => {
        for await (const piece of answer.textStream) text += piece;
      })());
      assert.ok(error instanceof StreamBrokenError, `${error.code}: ${error.message}`);
      assert.equal(error.code, "stream-broken");
      assert.ok(text.length > 0 && longText.startsWith(text), "what came was delivered");
      assert.ok((error.data as { partsSeen: number }).partsSeen > 0);
      assert.equal(vendor.requests(prompt).length, 1);
      await assert.rejects(answer.result, (same) => same === error, "the result says the same");
      const [attempt] = error.trace?.attempts ?? [];
      assert.equal(attempt?.status, "failed");
      assert.equal(attempt?.usage?.estimated, true, "what was received is billed by estimate");
      assert.ok((error.trace?.cost?.usd ?? 0) > 0);
    });
  }

  it("run fifty at a time, each with its own text", async () => {
    const prompts = Array.from({ length: 50 }, (_, index) => `long ${index} of fifty`);
    const results = await Promise.all(prompts.map((prompt) => loom.stream({ ...openai, prompt }).result));
    assert.ok(results.every(({ text }) => text === longText));
    assert.equal(vendor.requests("of fifty").length, 50);
    assert.equal(new Set(results.map(({ trace }) => trace.callId)).size, 50);
  });

  const leaving: Record<
    string,
    (answer: ResponseStream<unknown>, controller: AbortController) => Promise<void>
  > = {
    "the caller aborts": async (answer, controller) => {
      let pieces = 0;
      const error = await failureOf((async () => {
        for await (const _ of answer.textStream) if (++pieces === 2) controller.abort();
      })());
      assert.ok(error instanceof AbortedError);
      assert.equal(error.trace?.attempts[0]?.status, "cancelled");
      assert.ok((error.trace?.cost?.usd ?? 0) > 0, "what was received is billed");
    },
    "the reader leaves its loop": async (answer) => {
      for await (const _ of answer) break;
    },
    "the answer is cancelled": async (answer) => {
      for await (const _ of answer.textStream) answer.cancel();
    },
  };
  for (const [when, leave] of Object.entries(leaving)) {
    it(`let go of the vendor's connection when ${when}`, async () => {
      const relay = await startRelay(vendor.baseUrl("openai"));
      await using watched = vendor.loom({ providers: { openai: { baseUrl: relay.url, apiKey: goodKey } } });
      const controller = new AbortController();
      const answer = watched.stream({
        ...openai,
        prompt: `slowly, until ${when}`,
        signal: controller.signal,
      });
      await leave(answer, controller).catch((error) => assert.equal(error.code, "aborted"));
      // The mock would go on for a second, and a connection in good order would be kept.
      await until("the connection was let go", () => relay.open === 0, 500);
      await relay.close();
    });
  }
});

describe("time", () => {
  it("a slow vendor is waited for", async () => {
    const result = await loom.generate({ ...openai, prompt: "sleepy one" });
    assert.equal(result.text, "Good morning.");
    assert.ok(result.trace.latencyMs >= 145, `${result.trace.latencyMs} ms`);
  });

  it("the total deadline ends a call that takes longer", async () => {
    const error = await failureOf(loom.generate({ ...openai, prompt: "sleepy two", timeoutMs: 40 }));
    assert.equal(error.code, "timed-out");
    assert.equal((error.data as { phase: string }).phase, "total");
    assert.equal(error.recovery, "never");
  });

  it("an abort while waiting for Retry-After ends the call at once", async () => {
    const controller = new AbortController();
    const stop = loom.on("retry", () => controller.abort());
    const beganMs = performance.now();
    const error = await failureOf(
      loom.generate({ ...openai, prompt: "overrun, aborted", signal: controller.signal }),
    );
    stop();
    assert.equal(error.code, "aborted");
    assert.ok(performance.now() - beganMs < 500);
    assert.equal(vendor.requests("overrun, aborted").length, 1);
  });
});

describe("cache and dedup", () => {
  it("ten identical calls at once are one request", async () => {
    const prompt = "plain ten";
    const results = await Promise.all(Array.from({ length: 10 }, () => loom.generate({ ...openai, prompt })));
    assert.equal(vendor.requests(prompt).length, 1);
    assert.ok(results.every(({ text }) => text === "A plain answer."));
    assert.equal(results.filter(({ trace }) => trace.deduplicated).length, 9);
    const paidUsd = results.reduce((sum, { cost }) => sum + (cost.usd ?? NaN), 0);
    const savedUsd = results.reduce((sum, { cost }) => sum + (cost.savedUsd ?? NaN), 0);
    assert.ok(Math.abs(paidUsd - 0.00027) < 1e-12, `paid ${paidUsd}`);
    assert.ok(Math.abs(savedUsd - 9 * 0.00027) < 1e-12, `saved ${savedUsd}`);
  });

  it("a second call is a hit: no request, no cost, and what it saved", async () => {
    const prompt = "plain again";
    const first = await loom.generate({ ...openai, prompt });
    assert.equal(first.cost.usd, 0.00027, "1000 tokens at 0.15 and 200 at 0.60 USD per million");
    assert.equal(first.trace.cache, "miss");
    const second = await loom.generate({ ...openai, prompt });
    assert.equal(second.text, first.text);
    assert.equal(second.trace.cache, "hit");
    assert.deepEqual([second.cost.usd, second.cost.savedUsd], [0, 0.00027]);
    assert.deepEqual(second.usage, first.usage);
    const streamed = loom.stream({ ...openai, prompt });
    let text = "";
    for await (const piece of streamed.textStream) text += piece;
    assert.equal(text, first.text, "a stored answer is replayed to streams");
    assert.equal((await streamed.result).trace.cache, "hit");
    assert.equal(vendor.requests(prompt).length, 1);
  });

  it("a call that wants no cache is sent", async () => {
    const prompt = "plain uncached";
    for (const _ of [1, 2]) await loom.generate({ ...openai, prompt, useCache: false });
    assert.equal(vendor.requests(prompt).length, 2);
  });
});

describe("routing", () => {
  it("fails over to the second vendor, and the receipt says why", async () => {
    const router = new Router({ candidates: [openai, deepseek] });
    const records: CallRecord[] = [];
    const failovers: string[] = [];
    const stop = [
      loom.on("call-end", (record) => records.push(record)),
      loom.on("failover", ({ from, to, error }) => failovers.push(`${from} > ${to}: ${error.code}`)),
    ];
    const result = await loom.route(router, { prompt: "for openai it is down" });
    stop.forEach((off) => off());
    assert.equal(result.text, "The other one.");
    assert.deepEqual(result.router, {
      used: "deepseek/deepseek-chat",
      tried: ["openai/gpt-4o-mini", "deepseek/deepseek-chat"],
    });
    assert.deepEqual(failovers, ["openai/gpt-4o-mini > deepseek/deepseek-chat: overloaded"]);
    assert.deepEqual(
      result.trace.attempts.map(({ provider, status }) => `${provider} ${status}`),
      ["openai failed", "openai failed", "openai failed", "deepseek ok"],
    );
    const [record] = records;
    assert.ok(record !== undefined && records.length === 1);
    assert.deepEqual(record.receipt.attempts, result.trace.attempts, "the record holds the same receipt");
    assert.equal(record.costUsd, result.cost.usd);
    assert.ok(!JSON.stringify(record).includes("it is down"), "a record holds no prompt");
  });

  it("asks the next candidate when the validator turns an answer down, and bills both", async () => {
    const router = new Router({
      candidates: ["openai/gpt-4o-mini", ["deepseek", "text", "deepseek-chat"]],
      validator: (result: TextResult) => result.text.length > 10 || "too short",
    });
    const result = await loom.route(router, { prompt: "Answer at length." });
    assert.equal(result.text, "A good deal more than that.");
    assert.equal(result.router?.used, "deepseek/deepseek-chat");
    assert.deepEqual(result.trace.attempts.map(({ status }) => status), ["rejected", "ok"]);
    const bills = result.trace.attempts.map(({ bill }) => bill?.nanoUsd ?? NaN);
    assert.deepEqual(bills, [270_000, 277_778 + 222_222]);
    assert.equal(result.cost.usd, (270_000 + 500_000) / 1e9);
  });

  it("tells of everything when all candidates fail", async () => {
    const router = new Router({ candidates: [openai, deepseek] });
    const error = await failureOf(loom.route(router, { prompt: "refused everywhere" }));
    assert.equal(error.code, "all-failed");
    assert.match(
      error.message,
      /openai\/gpt-4o-mini .*auth-rejected.*deepseek\/deepseek-chat .*auth-rejected/,
    );
    assert.equal(error.trace?.attempts.length, 2);
  });

  it("streams through a router too", async () => {
    const router = new Router({ candidates: [openai, deepseek] });
    const answer = loom.routeStream(router, { prompt: "for openai it is down, streamed" });
    let text = "";
    for await (const piece of answer.textStream) text += piece;
    assert.equal(text, "The other one.");
    assert.equal((await answer.result).router?.used, "deepseek/deepseek-chat");
  });
});

describe("a vendor that says what it charged", () => {
  for (const way of ["whole", "streamed"]) {
    it(`is believed, ${way}`, async () => {
      const request = { provider: "openrouter", model: "openai/gpt-4o-mini", prompt: `marketplace ${way}` };
      const result = way === "whole" ? await loom.generate(request) : await loom.stream(request).result;
      assert.equal(result.cost.usd, 0.0123);
      assert.deepEqual(result.cost.breakdown.map(({ item }) => item), ["vendor"]);
      assert.deepEqual([result.usage.cachedTokens, result.usage.reasoningTokens], [400, 50]);
    });
  }
});

describe("embeddings", () => {
  it("come one for each input, in order", async () => {
    const result = await loom.generate({
      provider: "openai",
      modality: "embedding",
      model: "text-embedding-3-small",
      input: ["number one", "number two"],
    });
    assert.equal(result.kind, "embedding");
    assert.equal(result.embeddings.length, 2);
    assert.ok(result.embeddings.every((vector) => vector.length === 3));
    assert.ok(result.usage.inputTokens >= 0 && result.usage.outputTokens === 0);
    const [request] = vendor.requests("number two");
    assert.equal(request?.path, "/v1/embeddings");
    assert.equal(request?.body["model"], "text-embedding-3-small");
  });

  it("of one text given as a string", async () => {
    const result = await loom.generate({
      provider: "mistral",
      modality: "embedding",
      model: "mistral-embed",
      input: "only this",
    });
    assert.deepEqual(result.embeddings, [[0.25, 0.5, 0.75]]);
  });
});
