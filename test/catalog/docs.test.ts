/** docs/catalog.md is complete: every price key, every fact of `when`, and a format that compiles. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { compileCatalog } from "../../src/catalog/compile.ts";
import { keyOfRate, rateNames } from "../../src/catalog/index.ts";

const page = await readFile(new URL("../../docs/catalog.md", import.meta.url), "utf8");

describe("docs/catalog.md", () => {
  it("names every price key", () => {
    for (const rate of rateNames) assert.ok(page.includes(`\`${keyOfRate(rate)}\``), keyOfRate(rate));
  });

  it("shows a format that compiles", async () => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const [vendor] = await compileCatalog(yaml, "docs/catalog.md", { usd: 1 });
    assert.deepEqual(vendor?.models.map(({ id }) => id), ["acme-large", "acme-picture", "acme-film"]);
    assert.equal(vendor?.models[2]?.priceUnknown, "only by contract");
    assert.equal(vendor?.models[0]?.price?.batchDiscount, 0.5);
  });
});
