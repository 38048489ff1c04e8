/** docs/providers.md says what is true: it is what the providers themselves answer. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { generateProviders } from "../generate/providers.ts";

describe("docs/providers.md", () => {
  it("is what every provider answers; npm run generate writes it anew", async () => {
    const [[path, page] = ["", ""]] = Object.entries(await generateProviders());
    const there = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");
    assert.equal(there, page);
  });
});
