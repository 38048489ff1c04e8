/** Routers: the forms a candidate may have, and the wrong ones by name. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Router, type RouterOptions } from "../../src/client/router.ts";
import type { LoomError } from "../../src/errors/index.ts";

describe("Router", () => {
  it("takes texts, tuples and objects, in order", () => {
    const router = new Router({
      candidates: [
        "acme/m1",
        ["acme", "text", "m2"],
        ["acme", "text", "m3", { temperature: 0 }],
        { provider: "acme", model: "m4", params: { seed: 1 } },
        { model: "m5", modality: "image" },
      ],
    });
    assert.deepEqual(router.candidates, [
      { model: "acme/m1" },
      { provider: "acme", modality: "text", model: "m2" },
      { provider: "acme", modality: "text", model: "m3", params: { temperature: 0 } },
      { provider: "acme", model: "m4", params: { seed: 1 } },
      { model: "m5", modality: "image" },
    ]);
    assert.deepEqual([router.validator, router.withEquivalents], [undefined, false]);
  });

  it("keeps its validator", () => {
    const validator = () => "too short";
    assert.equal(new Router({ candidates: ["a/b"], validator }).validator, validator);
  });

  it("is not changed by what becomes of the caller's list", () => {
    const candidates = ["a/b"];
    const router = new Router({ candidates });
    candidates.push("c/d");
    assert.equal(router.candidates.length, 1);
  });

  it("failover() takes one candidate and leaves the rest to the catalog", () => {
    const router = Router.failover({ provider: "acme", modality: "text", model: "m1" });
    assert.ok(router instanceof Router);
    assert.equal(router.withEquivalents, true);
    assert.deepEqual(router.candidates, [{ provider: "acme", modality: "text", model: "m1" }]);
  });

  for (
    const [title, options, path, message] of [
      ["nothing", undefined, "candidates", /must be a list/],
      ["no candidates", {}, "candidates", /must be a list/],
      ["a candidate that is no list", { candidates: "a/b" }, "candidates", /must be a list/],
      ["an empty list", { candidates: [] }, "candidates", /is empty/],
      ["a candidate of another kind", { candidates: ["a/b", 5] }, "candidates[1]", /tuple/],
      ["a candidate of null", { candidates: [null] }, "candidates[0]", /tuple/],
      ["an empty candidate", { candidates: [""] }, "candidates[0]", /provider\/model/],
      [
        "a tuple that is too short",
        { candidates: [["acme", "m1"]] },
        "candidates[0]",
        /\[provider, modality, model\]/,
      ],
      [
        "a tuple with an unknown modality",
        { candidates: [["acme", "m1", "text"]] },
        "candidates[0]",
        /modality.*text, image/,
      ],
      [
        "a tuple whose params are none",
        { candidates: [["a", "text", "m", 5]] },
        "candidates[0].params",
        /object/,
      ],
      [
        "an object without a model",
        { candidates: [{ provider: "acme" }] },
        "candidates[0]",
        /\{ provider, modality, model, params \}/,
      ],
      [
        "an object with an unknown field",
        { candidates: [{ model: "m", temperature: 0 }] },
        "candidates[0].temperature",
        /params/,
      ],
      [
        "an object whose provider is none",
        { candidates: [{ model: "m", provider: 5 }] },
        "candidates[0].provider",
        /string/,
      ],
      [
        "an object with an unknown modality",
        { candidates: [{ model: "m", modality: "x" }] },
        "candidates[0]",
        /modality/,
      ],
      [
        "an object whose params are none",
        { candidates: [{ model: "m", params: [] }] },
        "candidates[0].params",
        /object/,
      ],
      [
        "a validator that is none",
        { candidates: ["a/b"], validator: true },
        "validator",
        /must be a function/,
      ],
    ] as const
  ) {
    it(`refuses ${title}`, () => {
      assert.throws(() => new Router(options as unknown as RouterOptions), (error: LoomError) => {
        assert.deepEqual([error.code, error.data], ["config-invalid", { path }], error.message);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it("failover() refuses what is no candidate", () => {
    assert.throws(() => Router.failover({ provider: "acme" } as never), { code: "config-invalid" });
    assert.throws(() => Router.failover(undefined as never), { code: "config-invalid" });
  });
});
