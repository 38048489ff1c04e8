/** The tables of cells: looked up by what callers name, and bounded for that. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tables } from "../../../src/gateway/metrics/cells.ts";
import { families } from "../../../src/gateway/metrics/families.ts";

describe("tables", () => {
  it("give the same cells for the same names", () => {
    const cells = tables(families(10), 10);
    const acme = cells.provider("acme");
    assert.equal(cells.provider("acme"), acme);
    assert.equal(cells.target(acme, "m1"), cells.target(acme, "m1"));
    assert.notEqual(cells.target(acme, "m1"), cells.target(acme, "m2"));
    assert.equal(cells.key("k1", "a"), cells.key("k1", "a"));
    assert.notEqual(cells.key("k1", "a"), cells.key("k1", undefined));
  });

  it("stop growing, and still tell providers apart", () => {
    const cells = tables(families(10), 10);
    const [acme, zeta] = [cells.provider("acme"), cells.provider("zeta")];
    for (let index = 0; index < 100; index++) {
      cells.target(acme, `m${index}`);
      cells.target(zeta, `m${index}`);
      cells.provider(`p${index * 3}`);
      cells.provider(`p${index * 3 + 1}`);
      cells.provider(`p${index * 3 + 2}`);
    }
    assert.equal(acme.models.size + zeta.models.size, 12);
    assert.equal(cells.target(zeta, "m99").model, "other");
    assert.equal(cells.provider("p299").name, "other");
    assert.equal(cells.providers.size, 201);
    for (let index = 0; index < 100; index++) cells.key(`k${index}`, `t${index}`);
    assert.equal(cells.key("k50", "t50"), cells.key("k51", "t51"));
    assert.notEqual(cells.key("k5", "t5"), cells.key("k6", "t6"));
  });
});
