import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { files } from "../../src/dashboard/page/_index.ts";
import { generateDashboard } from "./dashboard.ts";

test("src/dashboard/page/_index.ts is what the page's folder gives (else: npm run generate)", async () => {
  for (const [path, content] of Object.entries(await generateDashboard())) {
    const written = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");
    assert.equal(written, content, `${path} is stale; run npm run generate`);
  }
});

test("the page refers to nothing that is not served with it", () => {
  const served = new Set([...Object.keys(files), "vendor/uplot.js", "vendor/uplot.css"]);
  for (const [name, text] of Object.entries(files)) {
    const named = [...text.matchAll(/(?:src|href)="([^"#]+)"|from "\.\/([^"]+)"/g)].map(([, one, other]) =>
      one ?? other
    );
    assert.deepEqual(named.filter((one) => one !== undefined && !served.has(one)), [], name);
    assert.doesNotMatch(text, /https?:\/\/(?!www\.w3\.org)/, `${name} names another site`);
  }
});
