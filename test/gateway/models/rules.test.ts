/** Conditional routing through a gateway: the first rule that fits says where a call goes, by the names that callers use too. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createGateway, type Gateway, type RoutingRule } from "../../../src/gateway.ts";
import type { Loom } from "../../../src/index.ts";
import { bareLoom } from "../../support/looms.ts";

const keys = {
  list: [
    { key: "rules-key-of-alice-01", id: "k1", user: "alice", team: "a", tags: ["batch"] },
    { key: "rules-key-of-bob-0001", id: "k2", user: "bob", team: "b" },
  ],
};

const models = {
  mapping: { fast: { sandbox: "sandbox-small" }, good: { sandbox: "sandbox-large" } },
  providers: [{ name: "sandbox", models: ["sandbox-*"] }],
};

const rules: readonly RoutingRule[] = [
  { when: { header: { "x-tier": "gold*" } }, use: ["good"] },
  { when: { tag: "batch", model: "fast" }, use: ["sandbox/sandbox-large"] },
  { when: { model: ["fast"], minTokens: 1_000 }, use: ["nobody/has-this", "good"] },
  { when: { user: "bob", maxTokens: 5 }, use: ["sandbox-large"] },
  { when: { key: "k2", team: "b", model: "broken" }, use: ["nobody/has-this"] },
];

const [alice, bob] = ["rules-key-of-alice-01", "rules-key-of-bob-0001"] as const;
const long = "many words ".repeat(1_000);

const cases: readonly (readonly [string, string, string, string, Record<string, string>, string])[] = [
  ["no rule", alice, "good", "Tell me something about it", {}, "sandbox-large"],
  [
    "no rule, the cheap one",
    bob,
    "fast",
    "Tell me something about the weather in spring",
    {},
    "sandbox-small",
  ],
  [
    "a header by wildcard, to a mapped name",
    bob,
    "fast",
    "Tell me something else",
    { "x-tier": "golden" },
    "sandbox-large",
  ],
  [
    "a header that does not fit",
    bob,
    "fast",
    "Tell me something about anything",
    { "x-tier": "iron" },
    "sandbox-small",
  ],
  [
    "a tag of the key, to a provider's model",
    alice,
    "fast",
    "Tell me something about it",
    {},
    "sandbox-large",
  ],
  ["tokens from, passing over what nobody has", bob, "fast", long, {}, "sandbox-large"],
  ["tokens up to, to a bare name", bob, "fast", "Hi", {}, "sandbox-large"],
];

describe("routing rules", () => {
  let loom: Loom;
  let gateway: Gateway;
  before(() => {
    loom = bareLoom({ limits: {} });
    gateway = createGateway(loom, { keys, models, rules });
  });
  after(async () => {
    await gateway.close();
    await loom.close();
  });

  const ask = (key: string, model: string, content: string, headers: Record<string, string> = {}) =>
    gateway.fetch(
      new Request("http://localhost/v1/chat/completions", {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${key}`, ...headers },
        body: JSON.stringify({ model, messages: [{ role: "user", content }] }),
      }),
    );

  for (const [name, key, model, content, headers, expected] of cases) {
    test(name, async () => {
      const answer = await ask(key, model, content, headers);
      assert.equal(answer.status, 200, await answer.clone().text());
      assert.equal(answer.headers.get("x-loom-model"), expected);
    });
  }

  test("names what nobody has, when nothing else is left", async () => {
    const answer = await ask(bob, "broken", "Tell me something about it");
    assert.equal(answer.status, 404);
    assert.match((await answer.json()).error.message, /nobody\/has-this/);
  });
});
