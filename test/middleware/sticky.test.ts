/** Sticky routing: which calls belong together, and for how long. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../src/contract/call.ts";
import { stickiness, type StickyOptions } from "../../src/middleware/sticky.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { fakePlanned } from "../../src/testing/fake-context.ts";

const system = { role: "system", content: "You are a fox." } as const;
const first = { role: "user", content: "Hello." } as const;
const more = [{ role: "assistant", content: "Yip." }, { role: "user", content: "And then?" }] as const;
const long = "x".repeat(5_000);

function keyOf(call: Partial<Call>, options: StickyOptions = {}): string | undefined {
  return stickiness(options, fakeClock()).keyOf(fakePlanned({ call }));
}

describe("a sticky key", () => {
  const same: [string, Partial<Call>, Partial<Call>][] = [
    ["later turns", { messages: [system, first] }, { messages: [system, first, ...more] }],
    ["who asks", { messages: [first], user: "a" }, { messages: [first], user: "b" }],
    ["whether it streams", { messages: [first], stream: true }, { messages: [first] }],
    ["params", { messages: [first], params: { temperature: 1 } }, { messages: [first] }],
  ];
  for (const [what, one, other] of same) {
    it(`does not depend on ${what}`, () => {
      assert.ok(keyOf(one) !== undefined);
      assert.equal(keyOf(one), keyOf(other));
    });
  }

  const different: [string, Partial<Call>, Partial<Call>][] = [
    ["the tenant", { tenant: "a" }, { tenant: "b" }],
    ["the system prompt", { messages: [system, first] }, { messages: [first] }],
    ["the first turn", { messages: [system, first] }, { messages: [system, { ...first, content: "Bye." }] }],
    ["the model", { candidates: [{ model: "a" }] }, { candidates: [{ model: "b" }] }],
    ["the length of a long prompt", { messages: [{ ...first, content: long }] }, {
      messages: [{ ...first, content: `${long}x` }],
    }],
    ["texts in parts", { messages: [{ role: "user", content: [{ type: "text", text: "a" }] }] }, {
      messages: [{ role: "user", content: [{ type: "text", text: "b" }] }],
    }],
  ];
  for (const [what, one, other] of different) {
    it(`depends on ${what}`, () => assert.notEqual(keyOf(one), keyOf(other)));
  }

  it("is there only for calls with turns, and by user only for those who say who they are", () => {
    assert.equal(keyOf({ modality: "embedding", messages: [], input: ["a"] }), undefined);
    assert.equal(keyOf({ messages: [system] }), undefined);
    assert.equal(keyOf({}, { by: "user" }), undefined);
    const mine = keyOf({ user: "me", messages: [first] }, { by: "user" });
    assert.ok(mine !== undefined);
    assert.equal(keyOf({ user: "me", messages: [system] }, { by: "user" }), mine);
    assert.notEqual(keyOf({ user: "me", tenant: "t" }, { by: "user" }), mine);
  });

  it("keeps nothing of a prompt", () => {
    assert.match(keyOf({ messages: [system, first] }) ?? "", /^[0-9a-f]{40}$/);
  });
});

describe("what a key remembers", () => {
  const { plan: { targets } } = fakePlanned({
    targets: [{ provider: "a" }, { provider: "b" }, { provider: "b", upstreamModel: "other" }],
  });
  const [a, b] = targets;

  it("is the target that served it last, while that is in the plan", () => {
    const sticky = stickiness({}, fakeClock());
    assert.equal(sticky.find("k", targets), undefined);
    sticky.served("k", a);
    sticky.served("k", { ...b as typeof a });
    assert.equal(sticky.find("k", targets), b);
    assert.equal(sticky.find("k", [a]), undefined);
    assert.equal(sticky.find("other", targets), undefined);
  });

  it("is forgotten when nobody comes back in time, and not before", async () => {
    const clock = fakeClock();
    const sticky = stickiness({ ttlMs: 1_000 }, clock);
    sticky.served("k", a);
    await clock.advance(1_000);
    assert.equal(sticky.find("k", targets), a);
    sticky.served("k", a);
    await clock.advance(1_000);
    assert.equal(sticky.find("k", targets), a, "each call begins the time anew");
    await clock.advance(1);
    assert.equal(sticky.find("k", targets), undefined);
  });

  it("is bounded in number", () => {
    const sticky = stickiness({}, fakeClock());
    for (let index = 0; index <= 10_000; index++) sticky.served(`k${index}`, a);
    assert.equal(sticky.find("k0", targets), undefined);
    assert.equal(sticky.find("k10000", targets), a);
  });

  it("refuses a time that is none", () => {
    assert.throws(
      () => stickiness({ ttlMs: 0 }, fakeClock()),
      /routing\.sticky\.ttlMs must be a number from 1/,
    );
  });
});
