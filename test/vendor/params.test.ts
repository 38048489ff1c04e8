/** Params on their way out: renamed, left out, moved to a bound, each with a word to the caller. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Notice } from "../../src/contract/dialect.ts";
import type { ManifestParams } from "../../src/contract/manifest.ts";
import type { Params } from "../../src/contract/message.ts";
import { type Body, paramWriter } from "../../src/vendor/index.ts";
import { manifest } from "../support/wire-codec.ts";

const dialect = { own: new Set(["model", "cache_system"]), rename: { stop: "stop_sequences" } };

const rows: readonly (readonly [
  title: string,
  given: Params,
  rules: ManifestParams,
  body: Body,
  codes: readonly string[],
])[] = [
  ["what nobody has an opinion on passes untouched", { safe: { deep: [1] }, no: null }, {}, {
    safe: { deep: [1] },
    no: null,
  }, []],
  ["undefined is not there", { a: undefined }, {}, {}, []],
  ["the dialect's own names do not", { model: "x", cache_system: true }, {}, {}, []],
  [
    "portable names become the dialect's, or the manifest's",
    { stop: "a" },
    {},
    { stop_sequences: "a" },
    [],
  ],
  ["the manifest's win", { stop: "a" }, { rename: { stop: "halt" } }, { halt: "a" }, []],
  ["the vendor's own name wins over the portable one", { stop: "a", stop_sequences: ["b"] }, {}, {
    stop_sequences: ["b"],
  }, []],
  ["what the vendor refuses is left out", { seed: 1 }, { drop: ["seed"] }, {}, ["param-dropped"]],
  ["what is out of bounds moves to the bound", { temperature: 2 }, { clamp: { temperature: [0, 1] } }, {
    temperature: 1,
  }, ["param-clamped"]],
  ["defaults stand where nothing was said", { b: 1 }, { default: { a: 1, b: 2 } }, { a: 1, b: 1 }, []],
  ["what is bound to another vendor is left out", { cached_content: "cachedContents/1" }, {}, {}, [
    "vendor-bound-dropped",
  ]],
];

describe("paramWriter()", () => {
  for (const [title, given, params, expected, codes] of rows) {
    it(title, () => {
      const body: Body = {};
      const notices: Notice[] = [];
      paramWriter({ ...manifest(), params }, dialect)(given, body, notices);
      assert.deepEqual(body, expected);
      assert.deepEqual(notices.map(({ code }) => code), codes);
    });
  }
});
