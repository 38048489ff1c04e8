/** Accounts through a whole Loom, over real HTTP: who is asked, what the receipt says, where keys come from. */

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { type AccountsOptions, type Loom, Router } from "../../../src/index.ts";
import { CLOCK, type Clock, definePlugin, loomError, type Part } from "../../../src/plugin.ts";
import { type FakeClock, fakeClock, fakeSecret } from "../../../src/testing.ts";
import { failureOf } from "../../support/failure.ts";
import { bareLoom, type BareOptions } from "../../support/looms.ts";
import { type Arrived, serve, type TestServer } from "../../support/server.ts";

interface Scripted {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close();
});

const badKey: Scripted = { status: 401, body: { error: { message: "bad key", code: "invalid_api_key" } } };
const noQuota: Scripted = {
  status: 429,
  body: { error: { message: "You exceeded your current quota", code: "insufficient_quota" } },
};
const tooBusy: Scripted = {
  status: 429,
  body: { error: { message: "Slow down", code: "rate_limit_exceeded" } },
};
const hello: Scripted = {
  status: 200,
  body: {
    id: "chatcmpl-1",
    model: "gpt-4o-mini",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  },
};

/** A vendor that answers each key as `answers` says at that moment, `Hello.` to those it does not name. */
async function vendor(answers: Record<string, Scripted>): Promise<TestServer> {
  const server = await serve(({ headers, response }: Arrived) => {
    const key = headers.authorization?.replace("Bearer ", "") ?? "";
    const { status, body, headers: more } = answers[key] ?? hello;
    response.writeHead(status, { "content-type": "application/json", ...more }).end(JSON.stringify(body));
  });
  closing.push(server);
  return server;
}

/** Only the wall clock is the test's: timers run as they do, so that nothing on the wire hangs. */
function wall(clock: FakeClock): Clock {
  return { ...clock, now: () => clock.now(), monotonic: () => performance.now(), after: realAfter };
}

function realAfter(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}

function loomWith(server: TestServer, accounts: AccountsOptions, options: BareOptions = {}): Loom {
  const loom = bareLoom({
    retry: { baseDelayMs: 1 },
    ...options,
    providers: { openai: { baseUrl: server.url, ...accounts } },
  });
  closing.push(loom);
  return loom;
}

let serial = 0;
const ask = (loom: Loom) =>
  loom.generate({ provider: "openai", model: "gpt-4o-mini", prompt: `Say hi ${serial++}.` });
const used = async (loom: Loom) => (await ask(loom)).trace.attempts.map(({ account }) => account).join(" ");

const three: AccountsOptions = {
  accounts: [{ name: "a", apiKey: "sk-a" }, { name: "b", apiKey: "sk-b" }, { apiKey: "sk-c" }],
};

describe("a call", () => {
  it("moves on at once from a refused key and an empty account; later calls go straight to what is well", async () => {
    const answers: Record<string, Scripted> = { "sk-a": badKey, "sk-b": noQuota };
    const server = await vendor(answers);
    const clock = fakeClock();
    const loom = loomWith(server, three, { provide: [[CLOCK, wall(clock)]] });
    const { text, trace } = await ask(loom);
    assert.equal(text, "Hello.");
    assert.deepEqual(trace.attempts.map(({ account, status, error }) => [account, status, error?.code]), [
      ["a", "failed", "auth-rejected"],
      ["b", "failed", "quota-exhausted"],
      ["account-3", "ok", undefined],
    ]);
    assert.deepEqual(trace.steps.filter(({ what }) => what === "leave-account").map(({ detail }) => detail), [
      { account: "a", code: "auth-rejected" },
      { account: "b", code: "quota-exhausted" },
    ]);
    assert.ok(!trace.steps.some(({ by }) => by === "retry" || by === "failover"), "nobody waited");
    assert.equal(await used(loom), "account-3");
    assert.equal(await used(loom), "account-3");

    const status = await loom.accounts("openai");
    assert.deepEqual(status.map(({ name, status, requests, errors }) => [name, status, requests, errors]), [
      ["a", "unhealthy", 1, 1],
      ["b", "quota-exceeded", 1, 1],
      ["account-3", "healthy", 3, 0],
    ]);
    assert.ok(!JSON.stringify(status).includes("sk-"));

    answers["sk-b"] = hello;
    await clock.advance(60_000);
    assert.equal(await used(loom), "a account-3", "the health check");
    await clock.advance(840_000);
    answers["sk-a"] = hello;
    assert.equal(await used(loom), "a", "well again");
    answers["sk-a"] = badKey;
    assert.equal(await used(loom), "a b", "and so is b");
  });

  it("leaves an empty account alone for as long as the vendor says", async () => {
    const slow = definePlugin({
      api: 1,
      kind: "provider",
      id: "slow",
      make: () => ({
        label: "Slow",
        modalities: ["text"],
        models: "open",
        open: (_, key) =>
          key?.reveal() === "k1"
            ? Promise.reject(loomError("quota-exhausted", "5-hour limit", {}, { retryAfterMs: 7_200_000 }))
            : Promise.resolve({ parts: [{ type: "text", text: "hi" }, { type: "finish", reason: "stop" }] }),
      }),
    });
    const clock = fakeClock();
    const loom = bareLoom({
      plugins: [slow],
      provide: [[CLOCK, wall(clock)]],
      providers: { slow: { accounts: [{ apiKey: "k1" }, { apiKey: "k2" }] } },
    });
    closing.push(loom);
    await loom.generate({ provider: "slow", model: "m", prompt: "hi" });
    const [first] = await loom.accounts("slow");
    assert.deepEqual([first?.status, first?.untilMs], ["quota-exceeded", clock.now() + 7_200_000]);
  });

  it("is retried with the same account after a passing failure", async () => {
    const answers: Record<string, Scripted> = { "sk-a": tooBusy, "sk-b": tooBusy, "sk-c": tooBusy };
    const server = await vendor(answers);
    const loom = loomWith(server, { ...three, accountStrategy: "round-robin" });
    const error = await failureOf(ask(loom), "rate-limited");
    assert.deepEqual(error.trace?.attempts.map(({ account }) => account), ["a", "a", "a"]);
    const [first] = await loom.accounts("openai");
    assert.deepEqual([first?.status, first?.requests, first?.errors], ["healthy", 3, 3]);
  });

  it("asks no account twice, also when it is retried in between", async () => {
    const answers: Record<string, Scripted> = { "sk-a": noQuota, "sk-b": tooBusy };
    const server = await vendor(answers);
    const loom = loomWith(server, { accounts: three.accounts?.slice(0, 2) ?? [], quotaCooldownMs: 1 });
    const error = await failureOf(ask(loom), "rate-limited");
    assert.deepEqual(error.trace?.attempts.map(({ account }) => account), ["a", "b", "b", "b"]);
  });

  it("for which no account is left says so, and that costs the vendor nothing the next time", async () => {
    const server = await vendor({ "sk-a": badKey, "sk-b": noQuota, "sk-c": badKey });
    const loom = loomWith(server, three);
    const error = await failureOf(ask(loom), "auth-rejected");
    assert.match(
      error.message,
      /^all 3 accounts of openai are out; the first to come back is "a" \(unhealthy\) in 60 s$/,
    );
    assert.ok((error.retryAfterMs ?? 0) > 59_000 && (error.retryAfterMs ?? 0) <= 60_000);
    const asked = server.requests.length;
    const again = await failureOf(ask(loom), "auth-rejected");
    assert.match(again.message, /^all 3 accounts/);
    assert.deepEqual([server.requests.length, again.trace?.attempts.length], [asked, 0]);
  });

  it("fails over to another provider when all accounts are out", async () => {
    const server = await vendor({ "sk-a": badKey, "sk-b": badKey, "sk-c": noQuota });
    const loom = bareLoom({
      providers: {
        openai: { baseUrl: server.url, ...three },
        spare: { type: "openai", baseUrl: server.url, apiKey: "sk-d" },
      },
    });
    closing.push(loom);
    const router = new Router({
      candidates: [{ provider: "openai", model: "gpt-4o-mini" }, { provider: "spare", model: "gpt-4o-mini" }],
    });
    const result = await loom.route(router, { prompt: "hi" });
    assert.equal(result.provider, "spare");
    assert.deepEqual(result.trace.attempts.map(({ provider, account }) => [provider, account]), [
      ["openai", "a"],
      ["openai", "b"],
      ["openai", "account-3"],
      ["spare", undefined],
    ]);
  });

  it("is not turned into another account's by a request that is wrong itself", async () => {
    const wrong = { status: 400, body: { error: { message: "temperature must be below 2" } } };
    const server = await vendor({ "sk-a": wrong });
    const loom = loomWith(server, three);
    await failureOf(ask(loom), "invalid-request");
    assert.equal(server.requests.length, 1);
    assert.equal((await loom.accounts("openai"))[0]?.status, "healthy");
  });
});

describe("200 calls at once", () => {
  for (
    const [strategy, expected] of [["round-robin", [50, 50, 50, 50]], ["least-used", [50, 50, 50, 50]], [
      "primary",
      [200, 0, 0, 0],
    ]] as const
  ) {
    it(`with ${strategy} make ${expected.join(", ")}`, async () => {
      const server = await vendor({});
      const accounts = ["w", "x", "y", "z"].map((name) => ({ name, apiKey: `sk-${name}` }));
      const loom = loomWith(server, { accounts, accountStrategy: strategy });
      await Promise.all(Array.from({ length: 200 }, () => ask(loom)));
      assert.deepEqual((await loom.accounts("openai")).map(({ requests }) => requests), expected);
    });
  }

  it("leave an account that runs dry behind, and none of them fails", async () => {
    const answers: Record<string, Scripted> = {};
    const server = await vendor(answers);
    const loom = loomWith(server, { ...three, accountStrategy: "round-robin" });
    const calls = Array.from({ length: 100 }, () => ask(loom));
    answers["sk-a"] = noQuota;
    calls.push(...Array.from({ length: 100 }, () => ask(loom)));
    await Promise.all(calls);
    assert.equal((await loom.accounts("openai"))[0]?.status, "quota-exceeded");
    assert.doesNotMatch(await used(loom), /a\b/);
  });
});

describe("streams", () => {
  /** Says that the account is empty only after the head of the answer went out, as some vendors do. */
  const late = definePlugin({
    api: 1,
    kind: "provider",
    id: "late",
    make: () => ({
      label: "Late",
      modalities: ["text"],
      models: "open",
      honoursCancellation: true,
      open: (_, key) =>
        Promise.resolve({
          source: (receiver) => {
            const good: readonly Part[] = [{ type: "text", text: "hi" }, { type: "finish", reason: "stop" }];
            setTimeout(() => {
              if (key?.reveal() === "k1") {
                receiver.end({ status: "failed", error: loomError("quota-exhausted", "empty", {}) });
              } else {
                receiver.parts(good);
                receiver.end({ status: "ok" });
              }
            }, 1);
            return { pause() {}, resume() {}, cancel() {} };
          },
        }),
    }),
  });

  it("that fail before their first content part move on, too", async () => {
    const loom = bareLoom({
      plugins: [late],
      retry: false,
      providers: { late: { accounts: [{ apiKey: "k1" }, { apiKey: "k2" }] } },
    });
    closing.push(loom);
    const { text, trace } = await loom.stream({ provider: "late", model: "m", prompt: "hi" }).result;
    assert.equal(text, "hi");
    assert.deepEqual(trace.attempts.map(({ account, status }) => [account, status]), [
      ["account-1", "failed"],
      ["account-2", "ok"],
    ]);
    assert.equal((await loom.accounts("late"))[0]?.status, "quota-exceeded");
  });
});

describe("the key of an account", () => {
  it("comes from apiKeys, the environment or the vault by its own name; one that is missing is passed over", async () => {
    const server = await vendor({ "sk-code": badKey, "sk-env": badKey });
    const read: string[] = [];
    const loom = loomWith(server, {
      accounts: ["NOWHERE", "IN_CODE", "IN_ENV", "IN_VAULT"].map((apiKeyEnv) => ({
        apiKeyEnv,
        name: apiKeyEnv,
      })),
    }, {
      apiKeys: { IN_CODE: "sk-code" },
      variables: { IN_ENV: "sk-env" },
      vault: {
        read: (name) => {
          read.push(name);
          return Promise.resolve(name === "IN_VAULT" ? "sk-vault" : undefined);
        },
      },
    });
    assert.equal(await used(loom), "IN_CODE IN_ENV IN_VAULT");
    assert.deepEqual(read, ["NOWHERE", "IN_VAULT"]);
    const [nowhere] = await loom.accounts("openai");
    assert.deepEqual([nowhere?.status, nowhere?.lastError?.code, nowhere?.requests], [
      "unhealthy",
      "key-missing",
      0,
    ]);
  });

  it("is read anew from the vault once when it is refused, before the account is left", async () => {
    const server = await vendor({ "sk-old": badKey });
    const kept = ["sk-old", "sk-new"];
    const loom = loomWith(server, { accounts: [{ apiKeyEnv: "TEAM_A" }, { apiKey: "sk-b" }] }, {
      vault: { read: () => Promise.resolve(kept.shift()) },
    });
    assert.equal(await used(loom), "account-1 account-1");
    assert.equal((await loom.accounts("openai"))[0]?.status, "healthy");
  });

  it("may be a token that is fetched for each attempt", async () => {
    const server = await vendor({ "tok-1": badKey });
    let count = 0;
    const rejections: number[] = [];
    const oauth = {
      token: (signal: AbortSignal) => {
        assert.ok(signal instanceof AbortSignal);
        return Promise.resolve(++count === 1 ? "tok-1" : fakeSecret(`tok-${count}`));
      },
      rejected: () => rejections.push(count) > 0,
    };
    const loom = loomWith(server, { accounts: [{ oauth }, { apiKey: "sk-b" }] });
    assert.equal(await used(loom), "account-1 account-1");
    assert.deepEqual([count, rejections], [2, [1]]);
  });

  const failing: readonly (readonly [string, () => Promise<string>])[] = [
    ["throws", () => Promise.reject(new Error("sso is down"))],
    ["gives nothing", () => Promise.resolve("")],
  ];
  for (const [what, token] of failing) {
    it(`whose token function ${what} is passed over`, async () => {
      const server = await vendor({});
      const loom = loomWith(server, { accounts: [{ oauth: { token } }, { apiKey: "sk-b" }] });
      assert.equal(await used(loom), "account-2");
      assert.equal((await loom.accounts("openai"))[0]?.lastError?.code, "key-missing");
    });
  }

  it("whose token never comes holds the call no longer than its deadline", async () => {
    const server = await vendor({});
    const loom = loomWith(server, {
      accounts: [{ oauth: { token: () => new Promise(() => {}) } }, { apiKey: "b" }],
    });
    const call = loom.generate({ provider: "openai", model: "gpt-4o-mini", prompt: "hi", timeoutMs: 50 });
    await failureOf(call, "timed-out");
  });

  it("is what explain and doctor are told of", async () => {
    const server = await vendor({});
    const loom = loomWith(server, { accounts: [{ apiKeyEnv: "TEAM_A" }, { apiKeyEnv: "TEAM_B" }] }, {
      variables: { TEAM_B: "sk-b" },
    });
    const { candidates: [found] } = await loom.explain({ model: "openai/gpt-4o-mini", prompt: "hi" });
    assert.deepEqual([found?.ready, found?.key], [true, "environment"]);
  });
});

describe("a provider with one account", () => {
  for (
    const [name, options] of [
      ["default", { apiKey: "sk-a" }],
      ["only", { accounts: [{ name: "only", apiKey: "sk-a" }] }],
    ] as const
  ) {
    it(`is asked whatever its health, and tells it (${name})`, async () => {
      const answers: Record<string, Scripted> = { "sk-a": badKey };
      const server = await vendor(answers);
      const loom = bareLoom({ providers: { openai: { baseUrl: server.url, ...options } } });
      closing.push(loom);
      assert.deepEqual(await loom.accounts("openai"), [{ name, status: "healthy", requests: 0, errors: 0 }]);
      await failureOf(ask(loom), "auth-rejected");
      const error = await failureOf(ask(loom), "auth-rejected");
      assert.equal(error.trace?.attempts[0]?.account, undefined);
      const [status] = await loom.accounts("openai");
      assert.deepEqual([status?.status, status?.requests, status?.errors], ["unhealthy", 2, 2]);
      assert.equal(status?.lastError?.code, "auth-rejected");
      delete answers["sk-a"];
      assert.equal(await used(loom), "");
      assert.equal((await loom.accounts("openai"))[0]?.status, "healthy");
    });
  }

  it("that nobody knows is an error", async () => {
    const loom = bareLoom();
    closing.push(loom);
    await failureOf(loom.accounts("opneai"), "model-not-found");
  });
});
