/** An account that logs in with OAuth, through a whole Loom: what is sent, and what happens when it is refused. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import {
  type Loom,
  LoomError,
  type OAuthCredentials,
  type OAuthStore,
  type ProviderOptions,
} from "../../../src/index.ts";
import { bareLoom } from "../../support/looms.ts";
import { serve, type TestServer } from "../../support/server.ts";
import { type AuthServer, authServer, clientId } from "./server.ts";

let server: AuthServer;
let vendor: TestServer;
/** The only token that the vendor takes; `*`: any. */
let taken = "*";

before(async () => {
  server = await authServer();
  vendor = await serve(({ headers, response }) => {
    const good = taken === "*" || headers.authorization === `Bearer ${taken}`;
    response.writeHead(good ? 200 : 401, { "content-type": "application/json" }).end(JSON.stringify(
      good
        ? {
          id: "msg_1",
          type: "message",
          content: [{ type: "text", text: "Hi." }],
          stop_reason: "end_turn",
          usage: {},
        }
        : { type: "error", error: { type: "authentication_error", message: "OAuth token has expired" } },
    ));
  });
});
beforeEach(() => taken = "*");
after(async () => {
  await vendor.close();
  await server.close();
});

function loomOf(store: OAuthStore, provider: Partial<ProviderOptions> = {}): Loom {
  return bareLoom({
    retry: false,
    providers: {
      anthropic: {
        baseUrl: vendor.url,
        accounts: [{ name: "team", oauth: { tokenUrl: server.url, clientId, store } }],
        ...provider,
      },
    },
  });
}

const credentials = (left: number): OAuthCredentials => ({
  accessToken: "access-0",
  refreshToken: "refresh-0",
  expiresAtMs: Date.now() + left,
});
const asked = { provider: "anthropic", model: "claude-opus-4-6", prompt: "Hi", useCache: false };

describe("an OAuth account", () => {
  it("sends its token as a bearer's, with the beta beside others, and no key", async () => {
    await using loom = loomOf({ load: () => credentials(600_000), save: () => {} });
    const result = await loom.generate({ ...asked, params: { anthropic_beta: ["files-api-2025-04-14"] } });
    assert.equal(result.text, "Hi.");
    const { headers } = await vendor.request(vendor.requests.length - 1);
    assert.equal(headers.authorization, "Bearer access-0");
    assert.equal(headers["x-api-key"], undefined);
    assert.equal(headers["anthropic-beta"], "files-api-2025-04-14,oauth-2025-04-20");
    assert.equal(headers["anthropic-version"], "2023-06-01");
    assert.ok(!JSON.stringify(result.trace).includes("access-0"));
  });

  it("is renewed when the vendor refuses its token, and the call succeeds", async () => {
    let stored: OAuthCredentials | undefined = credentials(600_000);
    server.good.add("refresh-0");
    await using loom = loomOf({ load: () => stored, save: (fresh) => void (stored = fresh) });
    await loom.generate(asked);
    const next = server.requests.length;
    taken = "access-1";
    const result = await loom.generate(asked);
    assert.equal(result.text, "Hi.");
    assert.equal(server.requests.length, next + 1);
    assert.equal(stored?.accessToken, "access-1");
    assert.deepEqual(result.trace.attempts.map(({ status }) => status), ["failed", "ok"]);
  });

  it("takes tokens from anything that gives them, and marks them", async () => {
    await using loom = loomOf({ load: () => undefined, save: () => {} }, {
      accounts: [{ oauth: { token: () => Promise.resolve("plain-token") } }],
    });
    await loom.generate(asked);
    const { headers } = await vendor.request(vendor.requests.length - 1);
    assert.deepEqual([headers.authorization, headers["x-api-key"]], ["Bearer plain-token", undefined]);
  });

  it("that nobody logged in to says so, and sends nothing", async () => {
    await using loom = loomOf({ load: () => undefined, save: () => {} });
    const before = vendor.requests.length;
    await assert.rejects(loom.generate(asked), (error) => LoomError.is(error, "key-missing"));
    assert.equal(vendor.requests.length, before);
  });

  it("a plain key still goes in its own header", async () => {
    await using loom = bareLoom({
      providers: { anthropic: { baseUrl: vendor.url, apiKey: "sk-ant-plain" } },
    });
    await loom.generate(asked);
    const { headers } = await vendor.request(vendor.requests.length - 1);
    assert.deepEqual([headers["x-api-key"], headers.authorization, headers["anthropic-beta"]], [
      "sk-ant-plain",
      undefined,
      undefined,
    ]);
  });

  it("is checked before anything is sent", () => {
    const wrong: readonly [object, RegExp][] = [
      [{}, /oauth\.clientId/],
      [{ clientId, tokenUrl: "http://example.com/" }, /oauth\.tokenUrl/],
      [{ clientId, tokenUrl: server.url }, /oauth\.store/],
      [{ clientId, tokenUrl: server.url, secret: "x" }, /oauth\.secret is not known/],
    ];
    for (const [oauth, message] of wrong) {
      assert.throws(
        () => bareLoom({ providers: { anthropic: { accounts: [{ oauth: oauth as never }] } } }),
        (error) => LoomError.is(error, "config-invalid") && message.test(error.message),
      );
    }
  });
});
