/** The example plugins, written as strangers write them: loaded by path, used end to end, and held to the shipped suites. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { after, before, describe, it, test } from "node:test";
import { fileURLToPath } from "node:url";
import acme from "../../examples/plugins/acme-provider.ts";
import prefixedEnv from "../../examples/plugins/prefixed-env-vault.ts";
import { ENVIRONMENT, HTTP } from "../../src/plugin.ts";
import { fixedEnvironment } from "../../src/runtime/environment.ts";
import { behave, type ProviderSetup, providerSuite, startFakeVendor, vaultSuite } from "../../src/testing.ts";
import { createHttp } from "../../src/wire/http.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom } from "../support/looms.ts";
import { optionsOf } from "../support/options.ts";
import { useOf } from "../support/use.ts";

const folder = fileURLToPath(new URL("../../examples/plugins/", import.meta.url));
const pathOf = (name: string) => resolve(folder, `${name}.ts`);

/** A tiny Acme: says what it heard, wants its key, and breaks when it is asked to. */
async function startAcme() {
  const heard: { readonly key: unknown; readonly voice: string; readonly turns: { content: string }[] }[] =
    [];
  let left = 0;
  const server = createServer((request, response) => {
    response.on("close", () => {
      if (!response.writableFinished) left++;
    });
    let text = "";
    request.setEncoding("utf8").on("data", (piece: string) => text += piece).on("end", () => {
      const { voice, turns } = JSON.parse(text);
      const key = request.headers["x-acme-key"];
      heard.push({ key, voice, turns });
      const last = String(turns.at(-1)?.content);
      const status = key !== "acme-key" ? 401 : voice === "broken" ? 503 : 200;
      if (voice === "mute") return;
      if (voice === "liar") return void response.end('{"answer":42}');
      response.writeHead(status, { "content-type": "application/json" });
      const words = last.split(" ").length;
      response.end(JSON.stringify({ said: `You said: ${last}`, words_in: words, words_out: words + 2 }));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    get left() {
      return left;
    },
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

describe("acme-provider", () => {
  let server: Awaited<ReturnType<typeof startAcme>>;
  before(async () => {
    server = await startAcme();
  });
  after(() => server.close());

  const loomWith = (key: string) =>
    bareLoom({
      plugins: [pathOf("acme-provider")],
      providers: { acme: { options: { url: server.url } } },
      apiKeys: { ACME_API_KEY: key },
      cache: { type: "memory" },
      retry: { baseDelayMs: 1 },
    });

  it("answers, whole and streamed, with usage, cache and receipt like any other", async () => {
    await using loom = loomWith("acme-key");
    const result = await loom.generate({
      provider: "acme",
      model: "parrot",
      system: "Be brief.",
      prompt: "Good day",
    });
    assert.equal(result.text, "You said: Good day");
    assert.deepEqual([result.usage.inputTokens, result.usage.outputTokens], [2, 4]);
    assert.equal(result.cost.usd, null, "nobody has said what it costs");
    assert.deepEqual(server.heard.at(-1), {
      key: "acme-key",
      voice: "parrot",
      turns: [{ role: "system", content: "Be brief." }, { role: "user", content: "Good day" }],
    });
    let text = "";
    const answer = loom.stream({ model: "acme/parrot", prompt: "Streamed" });
    for await (const piece of answer.textStream) text += piece;
    assert.equal(text, "You said: Streamed");
    const sent = server.heard.length;
    assert.equal((await loom.generate({ model: "acme/parrot", prompt: "Streamed" })).trace.cache, "hit");
    assert.equal(server.heard.length, sent);
  });

  it("is retried and failed over like any other", async () => {
    await using loom = loomWith("acme-key");
    const error = await failureOf(
      loom.generate({ provider: "acme", model: "broken", prompt: "hi" }),
      "provider-failed",
    );
    assert.equal(error.trace?.attempts.length, 3);
    await failureOf(loom.generate({ provider: "acme", model: "liar", prompt: "hi" }), "invalid-reply");
  });

  it("says that its key was refused, without the key", async () => {
    await using loom = loomWith("wrong-acme-key");
    const error = await failureOf(
      loom.generate({ provider: "acme", model: "parrot", prompt: "hi" }),
      "auth-rejected",
    );
    assert.ok(!JSON.stringify([error, error.message, error.trace]).includes("wrong-acme-key"));
  });

  it("lets go of the server when the caller leaves", async () => {
    await using loom = loomWith("acme-key");
    const controller = new AbortController();
    const left = server.left;
    const call = loom.generate({ provider: "acme", model: "mute", prompt: "hi", signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    await failureOf(call, "aborted");
    const endMs = performance.now() + 1000;
    while (server.left === left && performance.now() < endMs) {
      await new Promise((done) => setTimeout(done, 2));
    }
    assert.equal(server.left, left + 1);
  });

  it("needs its address, and says so before the first call", async () => {
    await using loom = bareLoom({ plugins: [pathOf("acme-provider")], apiKeys: { ACME_API_KEY: "k" } });
    const error = await failureOf(
      loom.generate({ provider: "acme", model: "parrot", prompt: "hi" }),
      "config-invalid",
    );
    assert.match(error.message, /providers\.acme\.options\.url of provider "acme"/);
  });
});

/** What the suite asks of Acme: the fake vendor plays it. */
providerSuite(test, async ({ clock, purpose }: ProviderSetup) => {
  const vendor = await startFakeVendor();
  const http = createHttp(clock);
  const reply = { said: "Good day to you.", words_in: 2, words_out: 4 };
  for (let count = 0; count < 8; count++) {
    vendor.script(
      purpose === "failure"
        ? behave.status(401, {})
        : purpose === "slow"
        ? behave.hang()
        : behave.status(200, reply),
    );
  }
  const made = await acme.make(useOf([HTTP, http]), optionsOf(acme, { url: vendor.url }));
  return {
    ...made,
    async close() {
      await http.close();
      await vendor.close();
    },
  };
}, { streams: false, failing: [{}] });

describe("prefixed-env-vault", () => {
  it("gives keys under a prefix, after code and environment", async () => {
    const vendor = await startFakeVendor();
    const options = {
      plugins: [pathOf("prefixed-env-vault")],
      vault: { type: "prefixed-env", prefix: "PROD_" },
      providers: { openai: { baseUrl: vendor.url } },
    };
    const request = { provider: "openai", model: "gpt-4o-mini", prompt: "hi" };
    await using loom = bareLoom({ ...options, variables: { PROD_OPENAI_API_KEY: "sk-prod" } });
    await loom.generate(request);
    assert.equal(vendor.requests.at(-1)?.headers["authorization"], "Bearer sk-prod");
    await using other = bareLoom({
      ...options,
      variables: { PROD_OPENAI_API_KEY: "sk-prod", OPENAI_API_KEY: "sk-plain" },
    });
    await other.generate(request);
    assert.equal(vendor.requests.at(-1)?.headers["authorization"], "Bearer sk-plain");
    await using none = bareLoom(options);
    const error = await failureOf(none.generate(request), "key-missing");
    assert.match(error.message, /OPENAI_API_KEY .*the vault prefixed-env/);
    await vendor.close();
  });

  it("refuses options that it does not have", async () => {
    await using loom = bareLoom({
      plugins: [pathOf("prefixed-env-vault")],
      vault: { type: "prefixed-env", prefx: "PROD_" },
    });
    const error = await failureOf(
      loom.generate({ provider: "openai", model: "gpt-4o-mini", prompt: "hi" }),
      "config-invalid",
    );
    assert.match(error.message, /vault.* of vault "prefixed-env"/);
  });
});

const variables = fixedEnvironment({ PROD_PRESENT: "a secret value" });
vaultSuite(
  test,
  () => prefixedEnv.make(useOf([ENVIRONMENT, variables]), optionsOf(prefixedEnv, { prefix: "PROD_" })),
  { present: { name: "PRESENT", value: "a secret value" }, missing: "ABSENT" },
);

describe("shout-middleware", () => {
  it("stands in the chain and notes how answers ended: whole, streamed, stored, failed", async () => {
    await using loom = bareLoom({
      plugins: [pathOf("shout-middleware")],
      cache: { type: "memory" },
      retry: false,
    });
    const { order } = await loom.engine();
    const names = order.map(({ name }) => name);
    assert.equal(names.indexOf("shout") + 1, names.indexOf("cache"), names.join());
    const request = { provider: "sandbox", model: "sandbox-small", prompt: "hi" };
    const shouted = (
      { steps }: { readonly steps: readonly { readonly by: string; readonly detail?: unknown }[] },
    ) => steps.filter(({ by }) => by === "shout").map(({ detail }) => detail);
    const whole = await loom.generate(request);
    assert.deepEqual(shouted(whole.trace), [{ ok: true }]);
    const stored = await loom.generate(request);
    assert.deepEqual([stored.trace.cache, shouted(stored.trace)], ["hit", [{ ok: true }]]);
    const streamed = await loom.stream({ ...request, prompt: "hi, streamed" }).result;
    assert.deepEqual(shouted(streamed.trace), [{ ok: true }]);
    const params = { sandbox: { fault: { cutAfterParts: 2 } } };
    const error = await failureOf(
      loom.stream({ ...request, prompt: "hi, cut", params }).result,
      "stream-broken",
    );
    assert.deepEqual(shouted(error.trace as NonNullable<typeof error.trace>), [{ ok: false }]);
  });
});
