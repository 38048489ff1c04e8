/** Logging in with a proof key, against a server that checks it. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import {
  authorizationUrl,
  exchangeCode,
  generatePkce,
  LoomError,
  type OAuthClient,
  refreshTokens,
} from "../../../src/index.ts";
import { fakeClock } from "../../../src/testing/fake-clock.ts";
import { type AuthServer, authServer, clientId } from "./server.ts";

let server: AuthServer;
let client: OAuthClient;

before(async () => {
  server = await authServer();
  client = {
    tokenUrl: `${server.url}/v1/oauth/token`,
    authorizeUrl: "https://login.example.com/authorize?theme=dark",
    redirectUri: "http://localhost:7777/callback",
    clientId,
    scopes: ["a:read", "b:write"],
    authorizeParams: { code: "true" },
    tokenHeaders: { "anthropic-beta": "oauth-2025-04-20" },
  };
});
after(() => server.close());

async function failure(work: Promise<unknown>): Promise<LoomError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof LoomError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "it did not fail" });
}

describe("a login", () => {
  it("proof keys are fresh, and in the form of RFC 7636", () => {
    const [one, other] = [generatePkce(), generatePkce()];
    for (const text of [one.verifier, one.challenge, one.state]) assert.match(text, /^[A-Za-z0-9_-]{43}$/);
    assert.ok(one.verifier !== other.verifier && one.state !== other.state && one.verifier !== one.state);
  });

  it("goes to an address that holds the challenge and not the verifier", () => {
    const pkce = generatePkce();
    const url = new URL(authorizationUrl(client, pkce));
    assert.equal(url.origin + url.pathname, "https://login.example.com/authorize");
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      theme: "dark",
      code: "true",
      response_type: "code",
      client_id: clientId,
      redirect_uri: "http://localhost:7777/callback",
      scope: "a:read b:write",
      code_challenge: pkce.challenge,
      code_challenge_method: "S256",
      state: pkce.state,
    });
    assert.ok(!url.href.includes(pkce.verifier));
  });

  for (const form of ["address", "code#state"]) {
    it(`is redeemed, from the ${form} that comes back`, async () => {
      const pkce = generatePkce();
      const back = server.logIn(authorizationUrl(client, pkce));
      const { searchParams } = new URL(back);
      const answer = form === "address"
        ? back
        : ` ${searchParams.get("code")}#${searchParams.get("state")}\n`;
      const clock = fakeClock();
      const credentials = await exchangeCode(client, answer, pkce, { clock });
      assert.match(credentials.accessToken, /^access-/);
      assert.match(credentials.refreshToken ?? "", /^refresh-/);
      assert.equal(credentials.expiresAtMs, clock.now() + 3_600_000);
      assert.equal(server.requests.at(-1)?.headers["anthropic-beta"], "oauth-2025-04-20");
      for (const printed of [inspect(credentials), String(credentials)]) {
        assert.ok(!printed.includes("access-"), printed);
      }
      assert.equal(
        JSON.parse(JSON.stringify(credentials)).accessToken,
        credentials.accessToken,
        "it can be stored",
      );
    });
  }

  it("of another verifier is refused by the server, and no secret is told", async () => {
    const pkce = generatePkce();
    const back = server.logIn(authorizationUrl(client, pkce));
    const thief = { ...generatePkce(), state: pkce.state };
    const error = await failure(exchangeCode(client, back, thief));
    assert.equal(error.code, "auth-rejected");
    assert.match(error.message, /invalid_grant/);
    assert.ok(!error.message.includes(thief.verifier) && !error.message.includes("code-"), error.message);
  });

  it("of another state is refused before anything is sent", async () => {
    const pkce = generatePkce();
    const back = server.logIn(authorizationUrl(client, pkce));
    const before = server.requests.length;
    for (
      const answer of [
        back.replace(pkce.state, "other"),
        "code-only",
        `#${pkce.state}`,
        "",
        "http://localhost/?error=access_denied",
      ]
    ) {
      assert.equal((await failure(exchangeCode(client, answer, pkce))).code, "auth-rejected", answer);
    }
    assert.equal(server.requests.length, before);
  });
});

describe("renewal", () => {
  it("keeps the old refresh token where none came", async () => {
    server.answer = ({ response }) => response.writeHead(200).end('{"access_token":"a2"}');
    assert.deepEqual({ ...await refreshTokens(client, "r1") }, { accessToken: "a2", refreshToken: "r1" });
    server.answer = undefined;
  });

  const answers: readonly [string, number, string, string][] = [
    ["a refusal", 401, '{"error":"invalid_grant"}', "auth-rejected"],
    [
      "the vendor's own form of one",
      400,
      '{"type":"error","error":{"type":"invalid_request_error","message":"bad r1-0123456789"}}',
      "auth-rejected",
    ],
    ["a limit", 429, "{}", "rate-limited"],
    ["a broken endpoint", 502, "<h1>Bad Gateway</h1>", "provider-failed"],
    ["a redirect", 302, "", "provider-failed"],
    ["an answer without a token", 200, "{}", "invalid-reply"],
    ["no JSON", 200, "<html>", "invalid-reply"],
    ["a token that cannot be sent", 200, '{"access_token":"a\\r\\nx: y"}', "invalid-reply"],
    ["another kind of token", 200, '{"access_token":"a","token_type":"mac"}', "invalid-reply"],
    ["a lifetime that is none", 200, '{"access_token":"a","expires_in":"soon"}', "invalid-reply"],
  ];
  for (const [name, status, body, code] of answers) {
    it(`${name} is ${code}`, async () => {
      server.answer = ({ response }) =>
        response.writeHead(status, { location: "http://127.0.0.1:1/" }).end(body);
      const error = await failure(refreshTokens(client, "r1-0123456789"));
      server.answer = undefined;
      assert.equal(error.code, code, error.message);
      assert.ok(!error.message.includes("r1-0123456789"), error.message);
    });
  }

  it("never goes in the clear, or to nobody", async () => {
    const wrong: readonly [Partial<OAuthClient>, RegExp][] = [
      [{ tokenUrl: "http://login.example.com/token" }, /oauth\.tokenUrl .*https/],
      [{ tokenUrl: "login" }, /oauth\.tokenUrl/],
      [{ authorizeUrl: "http://login.example.com/" }, /oauth\.authorizeUrl/],
      [{ clientId: "" }, /oauth\.clientId/],
    ];
    for (const [change, message] of wrong) {
      const error = await failure(refreshTokens({ ...client, ...change }, "r1"));
      assert.equal(error.code, "config-invalid");
      assert.match(error.message, message);
    }
    const { redirectUri: _, ...noRedirect } = client;
    assert.throws(() => authorizationUrl(noRedirect, generatePkce()), /redirectUri/);
  });
});
