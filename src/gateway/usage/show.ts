/** Rows of usage as JSON and as CSV, in the snake_case of the wire. */

import type { Json } from "../../contract/index.ts";
import type { Grouping, UsageFigures, UsageQuery, UsageRow } from "./rows.ts";

const columns: readonly (readonly [column: string, figure: keyof UsageFigures])[] = [
  ["requests", "requests"],
  ["errors", "errors"],
  ["cache_hits", "cacheHits"],
  ["input_tokens", "inputTokens"],
  ["output_tokens", "outputTokens"],
  ["cached_tokens", "cachedTokens"],
  ["reasoning_tokens", "reasoningTokens"],
  ["total_tokens", "totalTokens"],
  ["cost_usd", "costUsd"],
  ["unpriced_requests", "unpricedRequests"],
  ["saved_usd", "savedUsd"],
];

/** The answer of `GET /ai/usage`. */
export function usageJson({ fromMs, toMs, groupBy = [] }: UsageQuery, rows: readonly UsageRow[]): Json {
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    group_by: groupBy,
    rows: rows.map((row) => ({
      ...Object.fromEntries(groupBy.map((group) => [group, row[group] ?? ""])),
      ...Object.fromEntries(columns.map(([column, figure]) => [column, row[figure]])),
    })),
  };
}

export const csvContentType = "text/csv; charset=utf-8; header=present";

/** RFC 4180, with a line of headings. */
export function csv(rows: readonly UsageRow[], groupBy: readonly Grouping[] = []): string {
  const lines = [[...groupBy, ...columns.map(([column]) => column)]];
  for (const row of rows) {
    lines.push([
      ...groupBy.map((group) => cell(row[group] ?? "")),
      ...columns.map(([, figure]) => figureText(row[figure])),
    ]);
  }
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}

/**
 * A name as a cell. Spreadsheets run what begins like a formula, and callers choose their own names, so such a one gets an
 * apostrophe in front, which spreadsheets do not show.
 */
function cell(name: string): string {
  const safe = /^\s*[=+\-@\t\r\n|]/.test(name) ? `'${name}` : name;
  return /[",\r\n;\t']|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Without exponents, which some readers take for text; money to the nano-USD. */
function figureText(figure: number): string {
  return Number.isInteger(figure) ? figure.toFixed(0) : figure.toFixed(9).replace(/0+$/, "");
}
