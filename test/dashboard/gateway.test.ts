/** The dashboard on the admin port: who gets it, which calls it shows, and that it holds nothing up. */

import assert from "node:assert/strict";
import { request } from "node:http";
import { afterEach, describe, test } from "node:test";
import { dashboardPages } from "../../src/cli/admin-pages.ts";
import type { GatewayConfig } from "../../src/gateway/run/generation.ts";
import { folderOf } from "../support/folder.ts";
import { startGateway, type TestGateway } from "../support/running-gateway.ts";

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function started(
  loom: GatewayConfig["loom"] = {},
  gateway: GatewayConfig["gateway"] = {},
): Promise<TestGateway> {
  const running = await startGateway({ loom, gateway }, { pages: await dashboardPages() });
  endings.push(() => running.close());
  return running;
}

const send = (gateway: TestGateway, content = "Hi", headers = {}) =>
  gateway.post("/v1/chat/completions", {
    model: "sandbox/sandbox-small",
    user: "ada",
    messages: [{ role: "user", content }],
  }, headers).then((response) => response.arrayBuffer());

const api = async (gateway: TestGateway, path: string, init?: RequestInit) =>
  await (await gateway.admin(`/loom-admin/api/${path}`, init)).json();

/** As `fetch` will not: with a host and an origin of one's own. */
function statusWith(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", reject).end();
  });
}

describe("the dashboard of loom serve", () => {
  test("shows calls without any sink being configured", async () => {
    const gateway = await started();
    assert.equal(gateway.pagesUrl, `${gateway.adminUrl}/loom-admin/`);
    await send(gateway);
    assert.equal((await api(gateway, "overview")).totals.requests, 1);
    const { calls: [call] } = await api(gateway, "calls");
    assert.deepEqual([call.provider, call.via.format, call.user], ["sandbox", "openai-chat", "ada"]);
    assert.equal((await api(gateway, `calls/${call.callId}`)).receipt.attempts.length, 1);
    assert.equal((await api(gateway, "facts")).reach, "loopback");
    assert.match(await (await gateway.admin("/loom-admin")).text(), /<title>Loom/, "also without the slash");
  });

  test("without a key it is for this machine: no other name, and no other site's page", async () => {
    const { adminUrl } = await started();
    const url = `${adminUrl}/loom-admin/api/facts`;
    const { host, port } = new URL(url);
    assert.equal(await statusWith(url, {}), 200);
    assert.equal(await statusWith(url, { origin: `http://${host}` }), 200, "its own page");
    assert.equal(await statusWith(url, { origin: "http://evil.example" }), 403);
    assert.equal(await statusWith(url, { host: `evil.example:${port}` }), 403);
    assert.equal(
      await statusWith(url, { host: `evil.example:${port}`, origin: `http://evil.example:${port}` }),
      403,
    );
  });

  test("with a key the page is open, and what it shows is not", async () => {
    const gateway = await started({}, { admin: { key: "admin-secret" } });
    assert.equal((await gateway.admin("/loom-admin/")).status, 200);
    assert.equal((await gateway.admin("/loom-admin/api/calls")).status, 401);
    const withKey = { headers: { authorization: "Bearer admin-secret" } };
    assert.equal((await api(gateway, "facts", withKey)).keySet, true);
    assert.equal((await gateway.admin("/ai/providers")).status, 401, "as the rest of the admin side");
  });

  test("a reload forgets no call", async () => {
    const gateway = await started();
    await send(gateway, "before");
    await gateway.reload();
    await send(gateway, "after");
    assert.equal((await api(gateway, "overview")).totals.requests, 2);
  });

  test("a sink that can be asked is asked, and then nothing is kept beside it", async () => {
    await using folder = await folderOf();
    const gateway = await started({ sinks: [{ type: "sqlite", path: folder.file("loom.db") }] });
    endings.push(() => gateway.close());
    await send(gateway);
    await gateway.generation.loom.flush();
    const history = await gateway.generation.loom.history();
    assert.equal((await history?.calls({}))?.calls.length, 1);
    assert.equal((await api(gateway, "overview")).totals.requests, 1);
    assert.equal((await api(gateway, "calls")).calls.length, 1);
    await gateway.close();
  });

  test("what is not to be recorded is not kept in memory either", async () => {
    const none = await started({ capture: "none" });
    await send(none, "secret words");
    const { calls: [anonymous] } = await api(none, "calls");
    assert.deepEqual([anonymous.user, anonymous.status], [undefined, "ok"]);
    const full = await started({ capture: "full" });
    await send(full, "secret words");
    const { calls: [call] } = await api(full, "calls");
    assert.equal((await api(full, `calls/${call.callId}`)).content, undefined);
  });

  test("live rows come through, and do not hold the gateway up when it stops", async () => {
    const gateway = await started();
    const response = await gateway.admin("/loom-admin/api/live?user=ada");
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes(": live")) text += (await reader.read()).value ?? "";
    await send(gateway);
    while (!text.includes('"user":"ada"')) text += (await reader.read()).value ?? "";
    const beganMs = performance.now();
    await gateway.close();
    assert.ok(performance.now() - beganMs < 5_000, "a stream that never ends was waited for");
    assert.equal((await reader.read()).done, true);
  });

  test("there is none without an admin side", async () => {
    const gateway = await started({}, { admin: { enabled: false } });
    assert.deepEqual([gateway.adminUrl, gateway.pagesUrl], [undefined, undefined]);
    await send(gateway);
  });
});
