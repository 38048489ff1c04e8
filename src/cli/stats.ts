/** `loom stats`: what the recorded calls of a time come to, by provider or by whatever else they have. */

import type { Command } from "commander";
import type { CallTotals } from "../contract/history.ts";
import { dimensionOf, filterOf, type HistoryFlags, historyFlags, openHistory } from "./history.ts";
import { print } from "./print.ts";
import { spanSince } from "./since.ts";
import { amount, dollars, milliseconds, type TextColumn, textTable } from "./text-table.ts";

interface StatsFlags extends HistoryFlags {
  readonly since: string;
  readonly by: string;
  readonly json?: boolean;
}

type Named = CallTotals & { readonly name: string };

/** More would be no table that anybody reads. */
const maxRows = 200;

export function statsCommand(program: Command): void {
  historyFlags(
    program.command("stats")
      .description("sum up recorded calls: requests, errors, latency, tokens, cost, savings")
      .option("--since <time>", "how far back: 30m, 24h, 7d, or a moment", "24h")
      .option("--by <name>", "a row for each provider, model, team, key, user, tag, error …", "provider")
      .option("--json", "print JSON"),
  ).action(async ({ file, filter, since, by: given, json = false }: StatsFlags) => {
    const by = dimensionOf("by", given);
    const [span, wanted] = [spanSince(since, Date.now()), filterOf(filter)];
    await using opened = await openHistory(file);
    const [totals, rows] = await Promise.all([
      opened.history.totals(span, wanted),
      opened.history.breakdown(span, by, wanted, maxRows),
    ]);
    await print(
      json
        ? JSON.stringify(
          {
            from: iso(span.fromMs),
            to: iso(span.toMs),
            by,
            totals: totalsJson(totals),
            rows: rows.map(rowJson),
          },
          null,
          2,
        ) + "\n"
        : statsTable(by, since, totals, rows),
    );
  });
}

const iso = (ms: number) => new Date(ms).toISOString();

const rowJson = ({ name, ...totals }: Named) => ({ name, ...totalsJson(totals) });

/** Under names that say their units. */
export function totalsJson(totals: CallTotals): Record<string, number | null> {
  const { latency, firstPart } = totals;
  return {
    requests: totals.requests,
    failed: totals.failed,
    cancelled: totals.cancelled,
    retries: totals.retries,
    failovers: totals.failovers,
    cache_hits: totals.cacheHits,
    cache_asked: totals.cacheAsked,
    deduplicated: totals.deduplicated,
    p50_ms: latency.p50Ms,
    p95_ms: latency.p95Ms,
    p99_ms: latency.p99Ms,
    first_part_p50_ms: firstPart.count === 0 ? null : firstPart.p50Ms,
    first_part_p95_ms: firstPart.count === 0 ? null : firstPart.p95Ms,
    tokens_in: totals.inputTokens,
    tokens_out: totals.outputTokens,
    tokens_cached: totals.cachedTokens,
    cost_usd: totals.costNanoUsd / 1e9,
    saved_usd: totals.savedNanoUsd / 1e9,
    unpriced: totals.unpriced,
  };
}

const columns: readonly TextColumn<Named>[] = [
  { heading: "REQUESTS", cell: ({ requests }) => amount(requests) },
  { heading: "ERRORS", cell: ({ failed, requests }) => share(failed, requests) },
  { heading: "P50", cell: ({ latency }) => milliseconds(latency.p50Ms) },
  { heading: "P95", cell: ({ latency }) => milliseconds(latency.p95Ms) },
  {
    heading: "FIRST P50",
    cell: ({ firstPart }) => firstPart.count === 0 ? "" : milliseconds(firstPart.p50Ms),
  },
  {
    heading: "CACHE HITS",
    cell: ({ cacheHits, cacheAsked }) => cacheAsked === 0 ? "" : share(cacheHits, cacheAsked),
  },
  { heading: "TOK IN", cell: ({ inputTokens }) => amount(inputTokens) },
  { heading: "TOK OUT", cell: ({ outputTokens }) => amount(outputTokens) },
  // A sum without calls whose price nobody knows is no whole sum.
  {
    heading: "COST",
    cell: ({ costNanoUsd, unpriced }) => dollars(costNanoUsd / 1e9) + (unpriced > 0 ? "+?" : ""),
  },
  { heading: "SAVED", cell: ({ savedNanoUsd }) => savedNanoUsd === 0 ? "" : dollars(savedNanoUsd / 1e9) },
];

export function statsTable(by: string, since: string, totals: CallTotals, rows: readonly Named[]): string {
  if (totals.requests === 0) return `no calls since ${since}\n`;
  const named = rows.map((row) => row.name === "" ? { ...row, name: "-" } : row);
  const name: TextColumn<Named> = { heading: by.toUpperCase(), left: true, cell: ({ name }) => name };
  const lines = textTable([name, ...columns], [...named, { ...totals, name: "all" }]);
  const unpriced = totals.unpriced === 0 ? [] : [`+? ${totals.unpriced} calls have no known price`];
  return [...lines, ...unpriced, ""].join("\n");
}

function share(part: number, whole: number): string {
  return whole <= 0 ? "-" : `${Number((part / whole * 100).toFixed(1))}%`;
}
