/** Who calls: the places a key may be in, and everything that is refused. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RequestHeaders } from "../../../src/gateway/keys/presented.ts";
import { digestBytes, digestOf, newSecret, sameDigest } from "../../../src/gateway/keys/digest.ts";
import type { KeyOptions, Principal } from "../../../src/gateway/options.ts";
import { failureOf } from "../../support/failure.ts";
import { keyringOf } from "../support/keyrings.ts";

const alice = "alice-key-0123456789";
const bob = "bob-key-0123456789abc";
const list: readonly KeyOptions[] = [
  { key: alice, id: "alice", user: "alice", team: "a" },
  { hash: `sha256:${digestOf(bob).toUpperCase()}`, user: "bob", team: "a" },
  { key: "disabled-key-0123456789", disabled: true },
  { key: "expiring-key-0123456789", expiresAt: "2026-01-02" },
];

describe("a gateway key", () => {
  const found: readonly (readonly [string, RequestHeaders])[] = [
    ["Authorization: Bearer", { authorization: `Bearer ${alice}` }],
    ["authorization in any case", { authorization: `bEARER ${alice}` }],
    ["authorization with spaces", { authorization: `Bearer   ${alice} ` }],
    ["x-api-key", { "x-api-key": alice }],
    ["api-key", { "api-key": alice }],
    ["a list of one", { authorization: [`Bearer ${alice}`] }],
    ["the same key twice", { authorization: `Bearer ${alice}`, "x-api-key": alice, "api-key": alice }],
    ["an empty header beside it", { authorization: "", "x-api-key": alice }],
  ];
  for (const [name, headers] of found) {
    it(`is found in ${name}`, async () => {
      using kit = await keyringOf({ list });
      const principal = kit.keyring.find(headers);
      assert.ok(!(principal instanceof Promise), "no turn of the event loop");
      assert.equal(principal.id, "alice");
    });
  }

  const refused: readonly (readonly [string, RequestHeaders, RegExp])[] = [
    ["no header", {}, /missing/],
    ["empty headers", { authorization: "", "x-api-key": "" }, /missing/],
    ["another scheme", { authorization: `Basic ${alice}` }, /not of the form/],
    ["no scheme", { authorization: alice }, /not of the form/],
    ["a scheme without a key", { authorization: "Bearer " }, /not of the form/],
    ["an unknown key", { authorization: "Bearer unknown-key-0123456789" }, /not known/],
    ["a digest in place of the key", { "x-api-key": digestOf(alice) }, /not known/],
    ["a key with more behind it", { "x-api-key": `${alice}x` }, /not known/],
    ["two different keys", { authorization: `Bearer ${alice}`, "x-api-key": bob }, /two different/],
    ["two other keys", { "x-api-key": alice, "api-key": bob }, /two different/],
    ["a header twice", { authorization: [`Bearer ${alice}`, `Bearer ${bob}`] }, /more than once/],
    ["a header twice, joined", { "x-api-key": `${alice}, ${alice}` }, /more than once/],
    ["an empty list", { "x-api-key": [] }, /more than once/],
    ["a disabled key", { "x-api-key": "disabled-key-0123456789" }, /disabled/],
  ];
  for (const [name, headers, message] of refused) {
    it(`is refused for ${name}`, async () => {
      using kit = await keyringOf({ list });
      const error = await failureOf(() => kit.keyring.find(headers), "auth-rejected");
      assert.equal(error.status, 401);
      assert.match(error.message, message);
      const said = JSON.stringify([error, error.stack, String(error.cause), kit.logged]);
      for (const secret of [alice, bob, "disabled-key", "unknown-key", digestOf(alice), digestOf(bob)]) {
        assert.ok(!said.includes(secret), `says ${secret}`);
      }
    });
  }

  it("ends at its date, to the millisecond", async () => {
    using kit = await keyringOf({ list });
    const key = "expiring-key-0123456789";
    await kit.clock.advance(86_400_000 - 1);
    assert.equal(kit.who(key), digestOf(key).slice(0, 8));
    await kit.clock.advance(1);
    assert.match((await failureOf(() => kit.who(key), "auth-rejected")).message, /expired/);
  });

  it("given as a hash is known by the first digits of it", async () => {
    using kit = await keyringOf({ list });
    assert.equal(kit.who(bob), digestOf(bob).slice(0, 8));
  });

  it("is nowhere in what the keyring holds", async () => {
    using kit = await keyringOf({ list });
    kit.who(alice);
    const seen = new Set<unknown>();
    const walk = (value: unknown): string[] => {
      if (typeof value === "string") return [value];
      if (typeof value !== "object" || value === null || seen.has(value)) return [];
      seen.add(value);
      const entries = value instanceof Map ? [...value.entries()].flat() : Object.values(value);
      return entries.flatMap(walk);
    };
    assert.ok(!walk(kit.keyring).join("\n").includes(alice));
    assert.ok(!JSON.stringify(kit.keyring.fixed()).includes(alice));
  });
});

describe("digests", () => {
  it("are compared as a whole, whatever their length", () => {
    const digest = digestOf("a");
    assert.equal(sameDigest(digest, digestBytes(digest)), true);
    assert.equal(sameDigest(digest, digestBytes(digestOf("b"))), false);
    assert.equal(sameDigest(digest.slice(1), digestBytes(digest)), false);
    assert.equal(sameDigest("", digestBytes("")), true);
  });

  it("belong to secrets of 32 random characters that differ", () => {
    const secrets = new Set(Array.from({ length: 1000 }, newSecret));
    assert.equal(secrets.size, 1000);
    for (const secret of secrets) assert.match(secret, /^loom-[A-Za-z0-9_-]{32}$/);
  });
});

describe("without keys", () => {
  for (const options of [undefined, {}, { list: [] }, { teams: { a: { requestsPerMinute: 1 } } }]) {
    it(`everybody is anonymous, whatever they send: ${JSON.stringify(options)}`, async () => {
      using kit = await keyringOf(options);
      assert.equal(kit.keyring.open, true);
      for (const headers of [{}, { authorization: "Basic x" }, { "x-api-key": ["a", "b"] }]) {
        assert.deepEqual(kit.keyring.find(headers), { id: "anonymous", mayRoute: true, allowances: [] });
      }
    });
  }
});

describe("a principal", () => {
  it("has the allowances of key, user and team, which keys of a team share", async () => {
    using kit = await keyringOf({
      list: [
        { ...list[0], requestsPerMinute: 5, budgets: [{ limitUsd: 1, per: "day" }], mayRoute: true },
        { ...list[1], models: ["gpt-*"], tags: ["x"] },
      ],
      users: { alice: { tokensPerMinute: 7 } },
      teams: { a: { concurrentRequests: 3, allowUnknownPrice: true }, b: { concurrentRequests: 1 } },
    });
    assert.deepEqual(kit.keyring.find({ "x-api-key": alice }), {
      id: "alice",
      user: "alice",
      team: "a",
      mayRoute: true,
      allowances: [
        { scope: "key:alice", requestsPerMinute: 5, budgets: [{ limitUsd: 1, per: "day" }] },
        { scope: "user:alice", tokensPerMinute: 7 },
        { scope: "team:a", concurrentRequests: 3, allowUnknownPrice: true },
      ],
    });
    assert.deepEqual(kit.keyring.find({ "x-api-key": bob }), {
      id: digestOf(bob).slice(0, 8),
      user: "bob",
      team: "a",
      tags: ["x"],
      models: ["gpt-*"],
      mayRoute: false,
      allowances: [{ scope: "team:a", concurrentRequests: 3, allowUnknownPrice: true }],
    });
  });

  it("is made once, and nobody can change it", async () => {
    using kit = await keyringOf({ list: [{ key: alice, models: ["a"], requestsPerMinute: 1 }] });
    const principal = kit.keyring.find({ "x-api-key": alice }) as Principal;
    assert.equal(kit.keyring.find({ "x-api-key": alice }), principal);
    const parts = [principal, principal.models, principal.allowances, principal.allowances[0]];
    assert.deepEqual(parts.map(Object.isFrozen), [true, true, true, true]);
  });

  it("of a team named like what every object has is in no team with limits", async () => {
    using kit = await keyringOf({
      list: [{ key: alice, team: "__proto__", user: "constructor" }],
      teams: {},
    });
    assert.deepEqual((kit.keyring.find({ "x-api-key": alice }) as Principal).allowances, []);
  });
});
