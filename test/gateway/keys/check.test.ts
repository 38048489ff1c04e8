/** What is wrong with keys is said at the start, by its place, and without quoting them. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { faultsOfKeys } from "../../../src/gateway/keys/check.ts";
import { digestOf } from "../../../src/gateway/keys/digest.ts";
import type { KeysOptions } from "../../../src/gateway/options.ts";
import { failureOf } from "../../support/failure.ts";
import { keyringOf } from "../support/keyrings.ts";

const key = "good-key-0123456789";
const other = "other-key-0123456789";

/** Options as somebody may write them in JavaScript, the fault's path, and what is said. */
const faults: readonly (readonly [options: object, path: string, problem: RegExp])[] = [
  [{ list: [{ key }, { key: other }, { key: "short" }] }, "keys[2].key", /at least 16 characters, but has 5/],
  [{ list: [{ key }, { key }] }, "keys[1].key", /same key as keys\[0\]/],
  [{ list: [{ key }, { hash: `sha256:${digestOf(key)}` }] }, "keys[1].hash", /same key as keys\[0\]/],
  [{ list: [{ key, id: "x" }, { key: other, id: "x" }] }, "keys[1].id", /"x" is the id of keys\[0\]/],
  [{ list: [{ key, hash: `sha256:${digestOf(key)}` }] }, "keys[0].key", /exactly one, but there are both/],
  [{ list: [{}] }, "keys[0].key", /exactly one, but there are neither/],
  [{ list: [{ hash: "sha256:abc" }] }, "keys[0].hash", /64 hex digits/],
  [{ list: [{ hash: digestOf(key) }] }, "keys[0].hash", /64 hex digits/],
  [{ list: [{ key: "with a space in it 123" }] }, "keys[0].key", /printable ASCII/],
  [{ list: [{ key: "with,a,comma,in,it,123" }] }, "keys[0].key", /printable ASCII/],
  [{ list: [{ key: 1234567890123456 }] }, "keys[0].key", /must be a text/],
  [{ list: [{ key, expiresAt: "tomorrow" }] }, "keys[0].expiresAt", /ISO 8601/],
  [{ list: [{ key, expiresAt: "2026-13-01" }] }, "keys[0].expiresAt", /ISO 8601/],
  [{ list: [{ key, expiresAt: 5 }] }, "keys[0].expiresAt", /ISO 8601/],
  [{ list: [{ key, requestsPerMinute: -1 }] }, "keys[0].requestsPerMinute", /whole number above 0/],
  [{ list: [{ key, tokensPerMinute: 1.5 }] }, "keys[0].tokensPerMinute", /whole number above 0/],
  [{ list: [{ key, concurrentRequests: "3" }] }, "keys[0].concurrentRequests", /whole number above 0/],
  [{ list: [{ key, budgets: { limitUsd: 1, per: "day" } }] }, "keys[0].budgets", /must be a list/],
  [
    { list: [{ key, budgets: [{ limitUsd: -1, per: "day" }] }] },
    "keys[0].budgets[0].limitUsd",
    /amount from 0/,
  ],
  [
    { list: [{ key, budgets: [{ limitUsd: NaN, per: "day" }] }] },
    "keys[0].budgets[0].limitUsd",
    /amount from 0/,
  ],
  [
    { list: [{ key, budgets: [{ limitUsd: 1, per: "hour" }] }] },
    "keys[0].budgets[0].per",
    /one of day, week/,
  ],
  [{ list: [{ key, budgets: [{ limit: 1, per: "day" }] }] }, "keys[0].budgets[0].limit", /not known/],
  [{ list: [{ key, rpm: 1 }] }, "keys[0].rpm", /is not known/],
  [{ list: [{ key, model: ["a"] }] }, "keys[0].model", /did you mean models/],
  [{ list: [{ key, models: "gpt-*" }] }, "keys[0].models", /list of names/],
  [{ list: [{ key, tags: [1] }] }, "keys[0].tags", /list of names/],
  [{ list: [{ key, user: "" }] }, "keys[0].user", /printable/],
  [{ list: [{ key, id: "a\nb" }] }, "keys[0].id", /printable/],
  [{ list: [{ key, mayRoute: "yes" }] }, "keys[0].mayRoute", /true or false/],
  [{ list: [{ key, allowUnknownPrice: 1 }] }, "keys[0].allowUnknownPrice", /true or false/],
  [{ list: [key] }, "keys[0]", /must be an object/],
  [{ list: { key } }, "keys.list", /must be a list/],
  [{ file: "" }, "keys.file", /path of a file/],
  [{ lists: [] }, "keys.lists", /did you mean list/],
  [{ teams: { a: { requestsPerMinute: 0 } } }, "keys.teams.a.requestsPerMinute", /whole number/],
  [{ users: { bob: { models: ["a"] } } }, "keys.users.bob.models", /not known/],
  [{ users: { bob: 5 } }, "keys.users.bob", /object of limits/],
  [{ jwt: {} }, "keys.jwt.issuer", /https/],
  [{ jwt: { issuer: "http://idp.test", audience: "a" } }, "keys.jwt.issuer", /https/],
  [{ jwt: { issuer: "https://u:p@idp.test", audience: "a" } }, "keys.jwt.issuer", /https/],
  [{ jwt: { issuer: "https://idp.test" } }, "keys.jwt.audience", /meant for/],
  [{ jwt: { issuer: "https://idp.test", audience: "a", jwksUrl: "ftp://x" } }, "keys.jwt.jwksUrl", /https/],
  [
    { jwt: { issuer: "https://idp.test", audience: "a", limits: { rpm: 1 } } },
    "keys.jwt.limits.rpm",
    /not known/,
  ],
  [{ jwt: { issuer: "https://idp.test", audience: "a", secret: "x" } }, "keys.jwt.secret", /not known/],
];

describe("wrong keys", () => {
  for (const [options, path, problem] of faults) {
    it(`${path} ${problem.source}`, async () => {
      const error = await failureOf(keyringOf(options as KeysOptions), "config-invalid");
      assert.equal(error.data.path, path);
      assert.match(error.message, problem);
      assert.ok(error.message.startsWith(path), error.message);
      for (const secret of [key, other, "short", digestOf(key)]) assert.ok(!error.message.includes(secret));
    });
  }

  it("are all found at once", () => {
    const options = { list: [{ key: "short" }, { key, requestsPerMinute: -1, models: [""] }], file: "" };
    assert.deepEqual(faultsOfKeys(options).map(({ path }) => path), [
      "keys.file",
      "keys[0].key",
      "keys[1].models",
      "keys[1].requestsPerMinute",
    ]);
  });

  it("are not: users and teams that no key has, dates with and without time", async () => {
    using kit = await keyringOf({
      list: ["2027-01-31", "2027-01-31T12:00Z", "2027-01-31T12:00:00.5+02:00"].map((expiresAt, index) => ({
        key: `${key}-${index}`,
        expiresAt,
      })),
      users: { nobody: { requestsPerMinute: 1 } },
    });
    assert.equal(kit.keyring.open, false);
  });
});
