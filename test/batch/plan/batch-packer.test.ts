/** A vendor's limits cut rows into batches: by number, by bytes as they are sent, never by both at once. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { batchPacker, packer } from "../../../src/batch/plan/batch-packer.ts";
import { Loom } from "../../../src/index.ts";

const cases: readonly (readonly [
  name: string,
  limits: { readonly maxRows: number; readonly maxBytes: number },
  prompts: readonly string[],
  parts: number,
  bytes: number,
])[] = [
  ["nothing", { maxRows: 2, maxBytes: 100 }, [], 0, 0],
  ["as many rows as fit", { maxRows: 2, maxBytes: 100 }, ["a", "b"], 1, 26],
  ["one row more", { maxRows: 2, maxBytes: 100 }, ["a", "b", "c"], 2, 39],
  ["as many bytes as fit", { maxRows: 9, maxBytes: 26 }, ["a", "b"], 1, 26],
  ["one byte more", { maxRows: 9, maxBytes: 25 }, ["a", "b"], 2, 26],
  // In JSON a quote and a line end take two bytes, an umlaut two.
  ["what JSON makes of a text", { maxRows: 9, maxBytes: 100 }, ['"\nü'], 1, 18],
  ["a row that is too large alone", { maxRows: 9, maxBytes: 10 }, ["a", "b"], 2, 26],
];

describe("the parts of a batch", () => {
  for (const [name, limits, prompts, parts, bytes] of cases) {
    it(`count ${name}`, () => {
      const packing = packer(limits, 10);
      for (const prompt of prompts) packing.add(prompt);
      assert.deepEqual(packing.forecast(), { parts, bytes, ...limits });
    });
  }

  it("come from the vendor's own limits and rows", async () => {
    await using loom = new Loom({ apiKeys: { OPENAI_API_KEY: "k" }, pluginFolder: false });
    const packing = await batchPacker(loom, { provider: "openai", model: "gpt-4o-mini", column: "prompt" });
    packing?.add("Say hi");
    const forecast = packing?.forecast();
    assert.deepEqual([forecast?.parts, forecast?.maxRows, forecast?.maxBytes], [1, 50_000, 200_000_000]);
    const sent = {
      custom_id: "row-9999999",
      method: "POST",
      url: "/v1/chat/completions",
      body: { model: "gpt-4o-mini", messages: [{ role: "user", content: "Say hi" }] },
    };
    // One line of the file, with its end.
    assert.equal(forecast?.bytes, JSON.stringify(sent).length + 1);
  });

  it("are none where the vendor takes no batches", async () => {
    await using loom = new Loom({ pluginFolder: false });
    const spec = { provider: "sandbox", model: "sandbox-small", column: "prompt" };
    assert.equal(await batchPacker(loom, spec), undefined);
  });
});
