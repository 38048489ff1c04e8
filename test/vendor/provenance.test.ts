/** What one provider made and no other understands: left out elsewhere, and said so. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Notice } from "../../src/contract/dialect.ts";
import type { ReasoningContent } from "../../src/contract/message.ts";
import { fakeAttempting } from "../../src/testing/fake-context.ts";
import { isForeign, unbound } from "../../src/vendor/index.ts";

const ctx = fakeAttempting();
const thought: ReasoningContent = { type: "reasoning", text: "so", signature: "s1", extra: { a: 1 } };

describe("unbound()", () => {
  it("leaves alone what the provider made itself, and what nobody is known to have made", () => {
    for (const part of [thought, { ...thought, madeBy: "acme" }]) {
      const notices: Notice[] = [];
      assert.equal(unbound(part, ctx, notices), part);
      assert.deepEqual(notices, []);
    }
  });

  it("takes signature and vendor fields off what another made, once with a word", () => {
    const notices: Notice[] = [];
    assert.deepEqual(unbound({ ...thought, madeBy: "other" }, ctx, notices), {
      type: "reasoning",
      text: "so",
      madeBy: "other",
    });
    assert.deepEqual(notices.map(({ code }) => code), ["vendor-bound-dropped"]);
    assert.match(notices[0]?.message ?? "", /signature of a reasoning part was made by other/);
  });

  it("has nothing to say of a plain part, wherever it was made", () => {
    const notices: Notice[] = [];
    const plain = { type: "text" as const, text: "hi", madeBy: "other" };
    assert.equal(unbound(plain, ctx, notices), plain);
    assert.deepEqual(notices, []);
    assert.equal(isForeign(plain, ctx), true);
  });
});
