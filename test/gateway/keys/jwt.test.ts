/** Tokens of an identity provider: a real one on a loopback port, with real keys. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { base64url, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import type { JwtOptions, Principal } from "../../../src/gateway/options.ts";
import { fakeClock } from "../../../src/testing.ts";
import { failureOf } from "../../support/failure.ts";
import { type IdentityProvider, startIdentityProvider } from "../support/identity-provider.ts";
import { keyringOf, type Kit } from "../support/keyrings.ts";

const plain = "plain-key-0123456789";

interface Bench extends AsyncDisposable {
  readonly provider: IdentityProvider;
  readonly kit: Kit;
  readonly nowS: number;
  find(token: string): Principal | Promise<Principal>;
}

async function bench(options: Partial<JwtOptions> = {}): Promise<Bench> {
  const clock = fakeClock();
  const nowS = clock.now() / 1000;
  const provider = await startIdentityProvider(nowS);
  await provider.addKey("ES256", "one");
  const kit = await keyringOf({
    list: [{ key: plain, id: "plain" }],
    jwt: { issuer: provider.issuer, audience: "loom", ...options },
    users: { alice: { requestsPerMinute: 1 } },
    teams: { a: { tokensPerMinute: 2 }, b: { tokensPerMinute: 3 } },
  }, { clock });
  return {
    provider,
    kit,
    nowS,
    find: (token) => kit.keyring.find({ authorization: `Bearer ${token}` }),
    async [Symbol.asyncDispose]() {
      kit[Symbol.dispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

describe("a token", () => {
  for (const alg of ["RS256", "PS256", "ES256", "ES384", "EdDSA"]) {
    it(`signed with ${alg} says who calls`, async () => {
      await using at = await bench();
      await at.provider.addKey(alg, "other");
      const token = await at.provider.token("other", { sub: "alice", team: "a" });
      assert.deepEqual(await at.find(token), {
        id: "jwt:alice",
        user: "alice",
        team: "a",
        mayRoute: false,
        allowances: [
          { scope: "user:alice", requestsPerMinute: 1 },
          { scope: "team:a", tokensPerMinute: 2 },
        ],
      });
    });
  }

  it("has the limits and models of all tokens, and its claims have the names that are given", async () => {
    await using at = await bench({
      userClaim: "email",
      teamClaim: "groups",
      limits: { concurrentRequests: 4 },
      models: ["gpt-*"],
    });
    const token = await at.provider.token("one", { email: "alice", groups: ["b", "a"] });
    assert.deepEqual(await at.find(token), {
      id: "jwt:alice",
      user: "alice",
      team: "b",
      models: ["gpt-*"],
      mayRoute: false,
      allowances: [
        { scope: "key:jwt:alice", concurrentRequests: 4 },
        { scope: "user:alice", requestsPerMinute: 1 },
        { scope: "team:b", tokensPerMinute: 3 },
        { scope: "team:a", tokensPerMinute: 2 },
      ],
    });
  });

  const refused: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ["of another issuer", { iss: "https://other.test" }, /its claim iss/],
    ["for another audience", { aud: "other" }, /its claim aud/],
    ["without an audience", { aud: undefined }, /its claim aud/],
    ["that has expired", { exp: -31 }, /expired/],
    ["without an end", { exp: undefined }, /its claim exp/],
    ["that begins later", { nbf: 31 }, /its claim nbf/],
    ["without a subject", { sub: undefined }, /claim sub must be a name/],
    ["with a list as subject", { sub: ["a"] }, /claim sub must be a name/],
    ["with a line break in its subject", { sub: "a\nb" }, /claim sub must be a name/],
  ];
  for (const [name, claims, problem] of refused) {
    it(`${name} is refused`, async () => {
      await using at = await bench();
      // Times are relative to now.
      const absolute = Object.fromEntries(
        Object.entries(claims).map((
          [claim, value],
        ) => [claim, typeof value === "number" ? value + at.nowS : value]),
      );
      const token = await at.provider.token("one", { sub: "alice", ...absolute });
      const error = await failureOf(Promise.resolve().then(() => at.find(token)), "auth-rejected");
      assert.match(error.message, problem);
      assert.ok(!JSON.stringify([error, error.stack]).includes(token.split(".")[1] ?? ""));
    });
  }

  it("may be 30 seconds off", async () => {
    await using at = await bench();
    for (const claims of [{ exp: at.nowS - 29 }, { nbf: at.nowS + 29 }]) {
      assert.equal((await at.find(await at.provider.token("one", { sub: "bob", ...claims }))).id, "jwt:bob");
    }
  });

  it("that nobody signed is refused, however it says so", async () => {
    await using at = await bench();
    const claims = { iss: at.provider.issuer, aud: "loom", sub: "alice", exp: at.nowS + 300 };
    const [jwk] = at.provider.published;
    assert.ok(jwk);
    const stranger = await generateKeyPair("ES256");
    const good = await at.provider.token("one", { sub: "alice" });
    const [head = "", , signature = ""] = good.split(".");
    const otherClaims = Buffer.from(JSON.stringify({ ...claims, sub: "root" })).toString("base64url");
    const forged: Readonly<Record<string, string>> = {
      "alg none": new UnsecuredJWT(claims).encode(),
      "a secret that is public": await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "one" })
        .sign(new TextEncoder().encode(JSON.stringify(jwk))),
      "another key of that name": await new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "one" })
        .sign(stranger.privateKey),
      "an unknown key": await new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "two" })
        .sign(stranger.privateKey),
      "another algorithm of that key": good.replace(
        head,
        Buffer.from('{"alg":"RS256","kid":"one"}').toString("base64url"),
      ),
      "changed claims": `${head}.${otherClaims}.${signature}`,
      "no JSON": "a.b.c",
      "empty parts": "..",
      "too much": `${head}.${"A".repeat(20_000)}.${signature}`,
    };
    assert.equal((await at.find(good)).id, "jwt:alice");
    for (const [name, token] of Object.entries(forged)) {
      const error = await failureOf(Promise.resolve().then(() => at.find(token)), "auth-rejected");
      assert.equal(error.status, 401, name);
    }
  });

  it("signed with a shared secret is refused, even if the provider publishes that", async () => {
    await using at = await bench();
    const secret = new TextEncoder().encode("a secret that everybody can read now");
    at.provider.published.push({ kty: "oct", kid: "shared", alg: "HS256", k: base64url.encode(secret) });
    const token = await new SignJWT({
      iss: at.provider.issuer,
      aud: "loom",
      sub: "alice",
      exp: at.nowS + 300,
    })
      .setProtectedHeader({ alg: "HS256", kid: "shared" }).sign(secret);
    const error = await failureOf(Promise.resolve().then(() => at.find(token)), "auth-rejected");
    assert.match(error.message, /algorithm is not allowed/);
  });

  it("is verified once, and again after five minutes or its end", async () => {
    await using at = await bench();
    const short = await at.provider.token("one", { sub: "alice", exp: at.nowS + 60 });
    const long = await at.provider.token("one", { sub: "alice", exp: at.nowS + 3600 });
    const first = at.find(short);
    assert.ok(first instanceof Promise);
    await first;
    await at.find(long);
    assert.ok(!(at.find(short) instanceof Promise), "no turn of the event loop");
    assert.equal(at.find(short), await first);
    await at.kit.clock.advance(60_000);
    assert.ok(at.find(short) instanceof Promise, "its end has come");
    await at.kit.clock.advance(31_000);
    await failureOf(Promise.resolve().then(() => at.find(short)), "auth-rejected");
    await at.kit.clock.advance(300_000 - 91_000);
    const again = at.find(long);
    assert.ok(again instanceof Promise, "five minutes have passed");
    assert.equal((await again).id, "jwt:alice");
  });

  it("counts only as a Bearer token, and beside keys", async () => {
    await using at = await bench();
    const token = await at.provider.token("one", { sub: "alice" });
    await failureOf(() => at.kit.keyring.find({ "x-api-key": token }), "auth-rejected");
    assert.equal(at.kit.who(plain), "plain");
    await failureOf(() => at.find("unknown-key-0123456789"), "auth-rejected");
    assert.deepEqual(at.provider.asked, [], "nobody had to be asked");
  });
});

describe("the identity provider", () => {
  it("is asked once for its keys, at an address that is found or given", async () => {
    await using at = await bench();
    const tokens = await Promise.all(["a", "b", "c"].map((sub) => at.provider.token("one", { sub })));
    await Promise.all(tokens.map(at.find));
    assert.deepEqual(at.provider.asked, ["/.well-known/openid-configuration", "/keys"]);
    await using given = await bench();
    using kit = await keyringOf({
      jwt: { issuer: given.provider.issuer, audience: "loom", jwksUrl: `${given.provider.issuer}/keys` },
    });
    await kit.keyring.find({ authorization: `Bearer ${await given.provider.token("one", { sub: "a" })}` });
    assert.deepEqual(given.provider.asked, ["/keys"]);
  });

  it("that is down from the beginning: keys work, tokens are neither good nor bad", async () => {
    await using at = await bench();
    const token = await at.provider.token("one", { sub: "alice" });
    await at.provider.stop();
    const error = await failureOf(Promise.resolve().then(() => at.find(token)), "connection-failed");
    assert.equal(error.status, 503);
    assert.ok(!JSON.stringify(error).includes(token));
    assert.equal(at.kit.who(plain), "plain");
  });

  it("that fails is left alone for a moment, and asked again then", async () => {
    await using at = await bench();
    const token = await at.provider.token("one", { sub: "alice" });
    at.provider.failure = { status: 500, body: "no" };
    for (let round = 0; round < 3; round++) {
      await failureOf(Promise.resolve().then(() => at.find(token)), "connection-failed");
    }
    assert.equal(at.provider.asked.length, 1);
    at.provider.failure = undefined;
    await at.kit.clock.advance(5000);
    assert.equal((await at.find(token)).id, "jwt:alice");
  });

  it("that goes away: what it signed before is still good", async () => {
    await using at = await bench();
    await at.find(await at.provider.token("one", { sub: "alice" }));
    await at.provider.stop();
    assert.equal((await at.find(await at.provider.token("one", { sub: "bob" }))).id, "jwt:bob");
  });

  const documents: readonly (readonly [string, Record<string, unknown>])[] = [
    ["another issuer", { issuer: "https://other.test" }],
    ["no keys", { jwks_uri: undefined }],
    ["keys without TLS", { jwks_uri: "http://idp.test/keys" }],
    ["keys in a file", { jwks_uri: "file:///etc/passwd" }],
  ];
  for (const [name, document] of documents) {
    it(`whose discovery names ${name} is not believed`, async () => {
      await using at = await bench();
      at.provider.document = document;
      const token = await at.provider.token("one", { sub: "alice" });
      await failureOf(Promise.resolve().then(() => at.find(token)), "connection-failed");
      assert.deepEqual(at.provider.asked, ["/.well-known/openid-configuration"]);
    });
  }

  for (const body of ["<html>", "{}", '{"keys": 5}', "x".repeat(300_000)]) {
    it(`that answers ${body.slice(0, 12)} is as good as down`, async () => {
      await using at = await bench();
      at.provider.failure = { status: 200, body };
      const token = await at.provider.token("one", { sub: "alice" });
      await failureOf(Promise.resolve().then(() => at.find(token)), "connection-failed");
    });
  }
});
