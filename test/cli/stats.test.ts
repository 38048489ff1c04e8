/** `loom stats`: sums by provider and by whatever else calls have, as a table and as JSON. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { spanSince } from "../../src/cli/since.ts";
import { amount, dollars, textTable } from "../../src/cli/text-table.ts";
import { loom } from "./loom-command.ts";
import { recorded } from "./recorded.ts";

const calls = [
  { team: "a", atMs: Date.now() - 3 * 86_400_000 },
  { team: "a", savedUsd: 0.5, cache: "hit" },
  { team: "a", status: "failed", errorCode: "timed-out", costUsd: null },
  { team: "b", provider: "other" },
] as const;

describe("loom stats", () => {
  it("prints a table, and the same as JSON", async () => {
    await using folder = await recorded(calls);
    const [table, json, week, none] = await Promise.all([
      loom(["stats"], folder.path),
      loom(["stats", "--by", "team", "--json"], folder.path),
      loom(["stats", "--since", "7d", "--filter", "provider=acme"], folder.path),
      loom(["stats", "--filter", "team=nobody"], folder.path),
    ]);
    assert.deepEqual([table.code, table.stderr], [0, ""]);
    const [heading = "", acme = "", other = "", all = "", note] = table.stdout.split("\n");
    assert.match(
      heading,
      /^PROVIDER +REQUESTS +ERRORS +P50 +P95 +FIRST P50 +CACHE HITS +TOK IN +TOK OUT +COST +SAVED$/,
    );
    assert.match(
      acme,
      /^acme +2 +50% +[78]\d\d ms +[78]\d\d ms +1\d\d ms +50% +200 +40 +\$0\.00123\+\? +\$0\.50$/,
    );
    assert.match(other, /^other +1 +0% /);
    assert.match(all, /^all +3 +33\.3% /);
    assert.equal(note, "+? 1 calls have no known price");
    const { by, totals, rows } = JSON.parse(json.stdout) as {
      readonly by: string;
      readonly totals: Readonly<Record<string, number>>;
      readonly rows: readonly Readonly<Record<string, number | string>>[];
    };
    assert.equal(by, "team");
    assert.deepEqual([totals["requests"], totals["unpriced"], totals["cost_usd"]], [3, 1, 0.00246]);
    assert.deepEqual(rows.map(({ name, requests }) => [name, requests]).sort(), [["a", 2], ["b", 1]]);
    assert.match(week.stdout, /\nall +3 /);
    assert.deepEqual([none.code, none.stdout], [0, "no calls since 24h\n"]);
  });

  it("says which words it knows", async () => {
    await using folder = await recorded([]);
    const { code, stderr } = await loom(["stats", "--by", "vendor"], folder.path);
    assert.equal(code, 65);
    assert.match(stderr, /^loom: --by: calls have no "vendor"; /);
  });
});

describe("--since", () => {
  const nowMs = Date.parse("2026-11-21T12:00:00Z");
  for (const [given, ago] of [["90s", 90_000], ["1.5h", 5_400_000], ["2w", 1_209_600_000]] as const) {
    it(`reads ${given}`, () => {
      assert.deepEqual(spanSince(given, nowMs), { fromMs: nowMs - ago, toMs: nowMs + 1 });
    });
  }
  it("reads a moment", () => {
    assert.equal(spanSince("2026-11-21T08:00Z", nowMs).fromMs, nowMs - 4 * 3_600_000);
  });
  for (const given of ["", "0m", "5", "1y", "2027-01-01", "2026-13-01", "1e9d"]) {
    it(`refuses ${JSON.stringify(given)}`, () =>
      assert.throws(() => spanSince(given, nowMs), /--since wants/));
  }
});

describe("a table of text", () => {
  it("leaves empty columns out, sets figures right, and cuts what is too long", () => {
    const lines = textTable<readonly [string, string, string]>([
      { heading: "NAME", left: true, cell: ([name]) => name },
      { heading: "NONE", cell: ([, none]) => none },
      { heading: "N", cell: ([, , figure]) => figure },
    ], [["a\n", "", "1"], ["b".repeat(100), "", "22"]]);
    assert.deepEqual(lines, [
      `NAME${" ".repeat(56)}   N`,
      `a?${" ".repeat(58)}   1`,
      `${"b".repeat(59)}…  22`,
    ]);
  });

  const figures: readonly (readonly [string, string])[] = [
    [amount(0.25), "0.25"],
    [amount(4100), "4.1k"],
    [amount(2_500_000), "2.5M"],
    [amount(1.2e9), "1.2G"],
    [dollars(0), "$0.00"],
    [dollars(12.345), "$12.35"],
    [dollars(0.00123), "$0.00123"],
    [dollars(-0.5), "-$0.50"],
    [dollars(1e-9), "<$0.000001"],
  ];
  for (const [shown, expected] of figures) it(`writes ${expected}`, () => assert.equal(shown, expected));
});
