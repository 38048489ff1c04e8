/** Params by model: what is refused, what is sent by default, and what takes the place of what. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Notice } from "../../src/contract/dialect.ts";
import type { Manifest } from "../../src/contract/manifest.ts";
import { parseManifest } from "../../src/discovery/manifest-schema.ts";
import { fakeTarget } from "../../src/testing/fake-context.ts";
import { modelParams } from "../../src/vendor/model-params.ts";
import { isStrictSchema, schemaName } from "../../src/vendor/strict-schema.ts";

const plain = {
  label: "Acme",
  dialect: "openai-chat",
  baseUrl: "https://api.acme.example/v1",
  auth: { type: "bearer", env: ["ACME_API_KEY"] },
};
const manifest: Manifest = parseManifest("acme", {
  ...plain,
  params: {
    models: [
      {
        match: "^t1",
        drop: ["temperature", "seed"],
        keepWithEffort: ["none"],
        default: { include: ["a"], x: 1 },
      },
      { match: "^t", drop: ["seed"] },
    ],
  },
}, "acme.yaml");

describe("modelParams", () => {
  const rows = [
    ["t1", { temperature: 0.5, y: 2 }, { include: ["a"], x: 1, y: 2 }, 1],
    ["t1", { temperature: 1, seed: null }, { include: ["a"], x: 1, temperature: 1 }, 1],
    ["t1", { temperature: 0.5, reasoning_effort: "none" }, {
      include: ["a"],
      x: 1,
      temperature: 0.5,
      reasoning_effort: "none",
    }, 0],
    ["t1", { temperature: 0.5, reasoning: { effort: "none" } }, {
      include: ["a"],
      x: 1,
      temperature: 0.5,
      reasoning: { effort: "none" },
    }, 0],
    ["t1", { include: ["b", "a"], x: 3 }, { include: ["a", "b"], x: 3 }, 0],
    ["t2", { temperature: 0.5, seed: 4 }, { temperature: 0.5 }, 1],
    ["other", { temperature: 0.5, seed: 4 }, { temperature: 0.5, seed: 4 }, 0],
  ] as const;
  for (const [model, params, expected, notices] of rows) {
    it(`${model} ${JSON.stringify(params)}`, () => {
      const told: Notice[] = [];
      assert.deepEqual(modelParams(manifest)(fakeTarget({ upstreamModel: model, params }), told), expected);
      assert.deepEqual(told.map(({ code }) => code), Array.from({ length: notices }, () => "param-dropped"));
    });
  }

  it("goes by the catalog's name too, for deployments are called anything", () => {
    const target = fakeTarget({ model: "t2", upstreamModel: "prod", params: { seed: 4 } });
    assert.deepEqual(modelParams(manifest)(target, []), {});
  });

  it("a pattern that is none is a fault of the manifest", () => {
    assert.throws(
      () => parseManifest("acme", { ...plain, params: { models: [{ match: "(" }] } }, "acme.yaml"),
      /params\.models\.0\.match: is not a regular expression/,
    );
  });
});

describe("strict schemas", () => {
  it("are closed, complete, and of known keywords", () => {
    const closed = {
      type: "object",
      properties: { a: { type: "string" } },
      required: ["a"],
      additionalProperties: false,
    };
    assert.equal(isStrictSchema(closed), true);
    assert.equal(isStrictSchema({ ...closed, required: [] }), false);
    assert.equal(isStrictSchema({ ...closed, additionalProperties: true }), false);
    assert.equal(isStrictSchema({ ...closed, minProperties: 1 }), false);
    assert.equal(isStrictSchema({ type: "array", items: closed }), false);
  });

  it("have names that the vendor takes", () => {
    assert.equal(schemaName("a place!"), "a_place_");
    assert.equal(schemaName(""), "output");
  });
});
