/** The gateway as a program: what it serves and shows, a new configuration under way, and its end. */

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { GatewayConfig } from "../../../src/gateway/run/generation.ts";
import { startGateway, type TestGateway } from "../../support/running-gateway.ts";
import { type Arrived, serve, type TestServer, until } from "../../support/server.ts";

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function started(config: GatewayConfig): Promise<TestGateway> {
  const gateway = await startGateway(config);
  endings.push(() => gateway.close());
  return gateway;
}

async function vendor(reply: (arrived: Arrived) => void): Promise<TestServer> {
  const server = await serve(reply);
  endings.push(() => server.close());
  return server;
}

const key = "test-key-0123456789abcdef";
const asKey = { authorization: `Bearer ${key}` };
const messages = [{ role: "user", content: "Hi" }];
const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };

function say(text: string): (arrived: Arrived) => void {
  return ({ response }) =>
    void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({
      id: "c",
      object: "chat.completion",
      model: "gpt-4o-mini",
      choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
      usage,
    }));
}

function at(server: TestServer, more: Partial<GatewayConfig["gateway"]> = {}): GatewayConfig {
  return {
    loom: {
      providers: { openai: { baseUrl: `${server.url}/v1`, apiKey: "sk-vendor-secret" } },
      retry: false,
      dedup: false,
    },
    gateway: { models: { providers: [{ name: "openai" }] }, ...more },
  };
}

const ask = { model: "gpt-4o-mini", messages };

describe("a running gateway", () => {
  test("shows what it did in the specification's shapes", async () => {
    const gateway = await started(at(await vendor(say("Hi."))));
    const answer = await gateway.post("/v1/chat/completions", ask);
    assert.equal((await answer.json()).choices[0].message.content, "Hi.");
    assert.equal(answer.headers.get("x-loom-cost-usd"), "0.00021");
    const { providers } = await (await gateway.admin("/ai/providers")).json();
    assert.equal(typeof providers[0].avg_latency_ms, "number");
    assert.deepEqual({ ...providers[0], avg_latency_ms: 0 }, {
      name: "openai",
      status: "healthy",
      requests: 1,
      tokens_in: 1000,
      tokens_out: 100,
      avg_latency_ms: 0,
    });
    const metrics = await (await gateway.admin("/metrics")).text();
    assert.match(metrics, /^loom_ai_requests_total\{provider="openai",model="gpt-4o-mini".*\} 1$/m);
    assert.match(metrics, /^loom_ai_cost_total\{provider="openai".*\} 0\.00021$/m);
    const accounts = await (await gateway.admin("/ai/usage?group_by=model")).json();
    assert.deepEqual([accounts.rows[0].model, accounts.rows[0].total_tokens], ["gpt-4o-mini", 1100]);
    const table = await (await gateway.admin("/ai/usage?group_by=model&format=csv")).text();
    assert.match(table, /^gpt-4o-mini,1,/m);
  });

  test("shows its configuration without secrets, and itself only to those with the admin key", async () => {
    const server = await vendor(say("Hi."));
    const gateway = await started(
      at(server, { admin: { key: "admin-key-0123456789" }, keys: { list: [{ key, user: "alice" }] } }),
    );
    for (const path of ["/ai/config", "/ai/keys", "/ai/providers", "/nothing"]) {
      assert.equal((await gateway.admin(path)).status, 401, path);
      assert.equal(
        (await gateway.admin(path, { headers: { authorization: "Bearer wrong" } })).status,
        401,
        path,
      );
    }
    assert.equal((await gateway.admin("/metrics")).status, 200);
    assert.equal((await gateway.admin("/health/ready")).status, 200);
    const headers = { authorization: "Bearer admin-key-0123456789" };
    const config = await (await gateway.admin("/ai/config", { headers })).text();
    assert.match(config, /"user": "alice"/);
    for (const secret of [key, "admin-key-0123456789", "sk-vendor-secret"]) {
      assert.ok(!config.includes(secret));
    }
    assert.ok(!gateway.logged.join("\n").includes(key));
  });

  test("makes keys that work at once, and revokes them at once", async () => {
    const gateway = await started(at(await vendor(say("Hi.")), { keys: { list: [{ key }] } }));
    const made = await gateway.admin("/ai/keys", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: "bob" }),
    });
    assert.equal(made.status, 201);
    const { key: secret, id } = await made.json();
    const bob = { "x-api-key": secret };
    assert.equal((await gateway.post("/v1/chat/completions", ask, bob)).status, 200);
    assert.equal((await gateway.admin(`/ai/keys/${id}`, { method: "DELETE" })).status, 200);
    assert.equal((await gateway.post("/v1/chat/completions", ask, bob)).status, 401);
    assert.equal((await gateway.post("/v1/chat/completions", ask)).status, 401);
    assert.equal((await gateway.post("/v1/chat/completions", ask, asKey)).status, 200);
  });

  test("without keys serves no web page, by whatever name it comes", async () => {
    const gateway = await started(at(await vendor(say("Hi."))));
    const foreign = [{ origin: "https://evil.example" }, { host: "evil.example" }];
    for (const headers of foreign) {
      if ("origin" in headers) {
        assert.equal((await gateway.post("/v1/chat/completions", ask, headers)).status, 403);
        assert.equal((await gateway.admin("/ai/keys", { method: "POST", headers })).status, 403);
      }
    }
    assert.equal((await gateway.post("/v1/chat/completions", ask)).status, 200);
  });

  test("takes a new configuration while requests run, and forgets no limit", async () => {
    let release = () => {};
    const slow = await vendor((arrived) => void (release = () => say("old")(arrived)));
    const keys = { list: [{ key, requestsPerMinute: 3 }] };
    const gateway = await started(at(slow, { keys }));
    const first = gateway.post("/v1/chat/completions", ask, asKey);
    await slow.request();
    gateway.config = at(await vendor(say("new")), { keys });
    await gateway.reload();
    const second = await gateway.post("/v1/chat/completions", ask, asKey);
    assert.equal((await second.json()).choices[0].message.content, "new");
    release();
    assert.equal((await (await first).json()).choices[0].message.content, "old");
    assert.equal((await gateway.post("/v1/chat/completions", ask, asKey)).status, 200);
    const over = await gateway.post("/v1/chat/completions", ask, asKey);
    assert.equal(over.status, 429);
    assert.ok(Number(over.headers.get("retry-after")) > 0);
    assert.equal(over.headers.get("x-ratelimit-limit-requests"), "3");
    assert.equal(over.headers.get("x-ratelimit-remaining-requests"), "0");
  });

  test("keeps the old configuration when the new one is broken", async () => {
    const gateway = await started(at(await vendor(say("Hi."))));
    gateway.config = { ...gateway.config, gateway: { keys: { list: [{ key: "short" }] } } };
    await assert.rejects(gateway.reload(), /keys\.?\[0\]|keys\.list\[0\]/);
    assert.equal((await gateway.post("/v1/chat/completions", ask)).status, 200);
    const answer = await gateway.admin("/ai/config/reload", { method: "POST" });
    assert.equal(answer.status, 500);
    assert.equal((await answer.json()).error.code, "config-invalid");
  });

  test("ends when what is under way has ended, and takes nothing new meanwhile", async () => {
    let release = () => {};
    const server = await vendor((arrived) => void (release = () => say("last")(arrived)));
    const gateway = await started(at(server));
    const running = gateway.post("/v1/chat/completions", ask);
    await server.request();
    let closed = false;
    const closing = gateway.close().then(() => closed = true);
    await until("it takes nothing new", () => !gateway.generation.gateway.ready);
    assert.equal(closed, false);
    release();
    assert.equal((await (await running).json()).choices[0].message.content, "last");
    await closing;
    await assert.rejects(gateway.post("/v1/chat/completions", ask));
  });

  test("clears its cache and changes what it logs when it is told to", async () => {
    const server = await vendor(say("Hi."));
    const config = at(server);
    const gateway = await started({ ...config, loom: { ...config.loom, cache: { type: "memory" } } });
    for (const expected of ["miss", "hit"]) {
      const answer = await gateway.post("/v1/chat/completions", ask);
      assert.equal(answer.headers.get("x-loom-cache"), expected);
      assert.equal((await answer.json()).choices[0].message.content, "Hi.");
    }
    assert.equal((await gateway.admin("/ai/cache", { method: "DELETE" })).status, 200);
    assert.equal((await gateway.post("/v1/chat/completions", ask)).headers.get("x-loom-cache"), "miss");
    const level = (body: unknown) =>
      gateway.admin("/ai/log-level", {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    assert.equal((await level({ level: "debug" })).status, 200);
    assert.equal((await (await gateway.admin("/ai/log-level")).json()).level, "debug");
    assert.equal((await level({ level: "loud" })).status, 400);
  });
});
