/** The query string of `GET /ai/usage`, and the forms of its answer. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  csv,
  readUsageQuery,
  usageJson,
  type UsageQuestion,
  type UsageRow,
} from "../../../src/gateway/usage/index.ts";
import { failureOf } from "../../support/failure.ts";

const nowMs = Date.parse("2026-11-21T12:00:00Z");
const read = (text: string): UsageQuestion => readUsageQuery(new URLSearchParams(text), nowMs);
const dayMs = 86_400_000;

describe("readUsageQuery", () => {
  const good: readonly (readonly [text: string, expected: object])[] = [
    ["", { fromMs: nowMs - 30 * dayMs, toMs: nowMs, groupBy: [], filter: {} }],
    ["from=2026-11-01&to=2026-12-01", {
      fromMs: Date.parse("2026-11-01T00:00:00Z"),
      toMs: Date.parse("2026-12-01T00:00:00Z"),
      groupBy: [],
      filter: {},
    }],
    ["from=2026-11-01T10:00", {
      fromMs: Date.parse("2026-11-01T10:00:00Z"),
      toMs: nowMs,
      groupBy: [],
      filter: {},
    }],
    ["from=2026-11-01T10:00:00+02:00", {
      fromMs: Date.parse("2026-11-01T08:00:00Z"),
      toMs: nowMs,
      groupBy: [],
      filter: {},
    }],
    ["last=24h", { fromMs: nowMs - dayMs, toMs: nowMs, groupBy: [], filter: {} }],
    ["last=7d&group_by=team,model&group_by=team", {
      fromMs: nowMs - 7 * dayMs,
      toMs: nowMs,
      groupBy: ["team", "model"],
      filter: {},
    }],
    ["last=2w&key=k1&key=k,2&tag=&wire_format=openai-chat", {
      fromMs: nowMs - 14 * dayMs,
      toMs: nowMs,
      groupBy: [],
      filter: { key: ["k1", "k,2"], tag: [""], format: ["openai-chat"] },
    }],
  ];
  for (const [text, query] of good) {
    it(`reads ${text || "nothing"}`, () => assert.deepEqual(read(text), { query, as: "json" }));
  }

  it("reads format=csv", () => assert.equal(read("format=csv").as, "csv"));

  const bad: readonly (readonly [text: string, path: string, says: RegExp])[] = [
    [
      "from=yesterday",
      "from",
      /^from wants a date or time in ISO 8601, such as 2026-11-01 .*, not "yesterday"$/,
    ],
    ["from=2026-02-31", "from", /from wants a date/],
    ["to=2026-13-01", "to", /to wants a date/],
    ["from=1767225600000", "from", /from wants a date/],
    ["from=2026-11-02&to=2026-11-01", "from", /from is not before the end/],
    ["from=2026-11-02&from=2026-11-01", "from", /more than once/],
    ["last=fortnight", "last", /last wants .* such as 24h, 7d or 30d, not "fortnight"/],
    ["last=0h", "last", /last wants/],
    ["last=7d&from=2026-11-01", "last", /does not go together/],
    ["group_by=teams", "group_by", /group_by knows no "teams"; did you mean team\?/],
    ["group_by=zzzzzzzz", "group_by", /known: key, user, team/],
    ["groupby=team", "groupby", /groupby is no parameter of this address; did you mean group_by\?/],
    ["format=cvs", "format", /format is json or csv, not "cvs"/],
    [`${"key=a&".repeat(101)}`, "key", /more than 100 values/],
  ];
  for (const [text, path, says] of bad) {
    it(`refuses ${text.slice(0, 40)}`, async () => {
      const error = await failureOf(() => read(text), "invalid-request");
      assert.equal(error.data.path, path);
      assert.match(error.message, says);
    });
  }
});

const figures = {
  requests: 2,
  errors: 0,
  cacheHits: 1,
  inputTokens: 10,
  outputTokens: 5,
  cachedTokens: 0,
  reasoningTokens: 0,
  totalTokens: 15,
  costUsd: 0.000_000_1,
  unpricedRequests: 0,
  savedUsd: 1.5,
};

describe("usageJson", () => {
  it("says what was asked for, and the rows in snake_case", () => {
    const { query } = read("last=24h&group_by=team");
    assert.deepEqual(usageJson(query, [{ team: "a", ...figures }]), {
      from: "2026-11-20T12:00:00.000Z",
      to: "2026-11-21T12:00:00.000Z",
      group_by: ["team"],
      rows: [{
        team: "a",
        requests: 2,
        errors: 0,
        cache_hits: 1,
        input_tokens: 10,
        output_tokens: 5,
        cached_tokens: 0,
        reasoning_tokens: 0,
        total_tokens: 15,
        cost_usd: 0.000_000_1,
        unpriced_requests: 0,
        saved_usd: 1.5,
      }],
    });
  });
});

describe("csv", () => {
  const line = (row: Partial<UsageRow>) => csv([{ ...figures, ...row }], ["user"]).split("\r\n")[1];

  it("has headings, also over nothing", () => {
    const headings =
      "user,requests,errors,cache_hits,input_tokens,output_tokens,cached_tokens,reasoning_tokens,total_tokens,cost_usd,unpriced_requests,saved_usd\r\n";
    assert.equal(csv([], ["user"]), headings);
    assert.equal(line({ user: "alice" }), "alice,2,0,1,10,5,0,0,15,0.0000001,0,1.5");
  });

  const names: readonly (readonly [name: string, cell: string])[] = [
    ["", ""],
    ["a b", "a b"],
    ["a,b", '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ["two\nlines", '"two\nlines"'],
    ["=1+1", `"'=1+1"`],
    ["+1", `"'+1"`],
    ["-1", `"'-1"`],
    ["@SUM(A1)", `"'@SUM(A1)"`],
    ["\t=1", `"'\t=1"`],
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    [" =1", `"' =1"`],
  ];
  for (const [name, cell] of names) {
    it(`writes ${JSON.stringify(name)} so that it stays a text`, () => {
      const rest = ",2,0,1,10,5,0,0,15,0.0000001,0,1.5\r\n";
      assert.ok(csv([{ ...figures, user: name }], ["user"]).endsWith(`\r\n${cell}${rest}`));
    });
  }

  it("writes no exponents", () =>
    assert.ok(!/e[-+]/.test(csv([{ ...figures, costUsd: 1e-9, savedUsd: 1e15 }]))));
});
