/** The SQL of a question. Names come from closed lists, values are bound; nothing that a caller wrote is in the text. */

import type { Filter, Grouping, UsageQuery } from "./rows.ts";

const sums = [
  "requests",
  "errors",
  "cache_hits",
  "input_tokens",
  "output_tokens",
  "cached_tokens",
  "reasoning_tokens",
  "cost_nano_usd",
  "saved_nano_usd",
  "unpriced_requests",
];

const expressions: Readonly<Record<Grouping, string>> = {
  key: "key",
  user: "user",
  team: "team",
  model: "model",
  provider: "provider",
  format: "format",
  tag: "coalesce(one_tag.value, '')",
  day: "strftime('%Y-%m-%d', hour * 3600, 'unixepoch')",
  hour: "strftime('%Y-%m-%dT%H:00:00Z', hour * 3600, 'unixepoch')",
};

/** @returns SQL that wants the first hour and the hour after the last one, then `values` */
export function selectOf(
  { groupBy = [], filter = {} }: Pick<UsageQuery, "groupBy" | "filter">,
): { readonly sql: string; readonly values: readonly string[] } {
  const groups = [...new Set(groupBy)];
  // Rows are multiplied by their tags only when tags are asked for: a call with two tags is still one call.
  const tagged = groups.includes("tag");
  const conditions = ["hour >= ?", "hour < ?"];
  const values: string[] = [];
  for (const [name, wanted] of Object.entries(filter) as [Filter, readonly string[]][]) {
    const marks = wanted.map(() => "?").join(", ");
    conditions.push(
      name !== "tag"
        ? `${expressions[name]} IN (${marks})`
        : tagged
        ? `${expressions.tag} IN (${marks})`
        : `EXISTS (SELECT 1 FROM json_each(${listed}) AS one_tag WHERE ${expressions.tag} IN (${marks}))`,
    );
    values.push(...wanted);
  }
  const by = groups.map((name) => `${expressions[name]} AS by_${name}`);
  const sql = [
    // As fractions, since sums of whole numbers fail when they grow too large for a number.
    `SELECT ${[...by, ...sums.map((name) => `total(${name}) AS ${name}`)].join(", ")}`,
    `FROM gateway_usage${tagged ? ` JOIN json_each(${listed}) AS one_tag` : ""}`,
    `WHERE ${conditions.join(" AND ")}`,
    ...(groups.length === 0 ? [] : [`GROUP BY ${groups.map((name) => `by_${name}`).join(", ")}`]),
  ].join(" ");
  return { sql, values };
}

/** A call without tags is one with the empty tag. */
const listed = `iif(tags = '', '[""]', tags)`;
