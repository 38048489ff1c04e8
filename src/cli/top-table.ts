/** The picture of `loom top`: a line about the gateway and a table of its providers, as wide as the terminal. */

import type { ProviderStats, Stats } from "../gateway/metrics/index.ts";
import { type Sample, type Span, spanOf } from "./top-sample.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** One column. The higher its rank, the sooner it gives way in a narrow terminal. */
interface Column {
  readonly heading: string;
  readonly rank: number;
  readonly left?: true;
  readonly cell: (provider: Line) => string;
}

/** Everything known of one provider. */
interface Line {
  readonly name: string;
  readonly status: string;
  readonly seconds: number;
  /** Of the span. */
  readonly recent: ProviderStats | undefined;
  /** Since the start. */
  readonly total: ProviderStats | undefined;
}

const columns: readonly Column[] = [
  { heading: "PROVIDER", rank: 0, left: true, cell: ({ name }) => name },
  { heading: "STATUS", rank: 1, left: true, cell: ({ status }) => status },
  { heading: "REQ/S", rank: 2, cell: ({ recent, seconds }) => amount((recent?.requests ?? 0) / seconds) },
  { heading: "ERRORS", rank: 3, cell: ({ recent }) => share(recent?.errors ?? 0, recent?.requests ?? 0) },
  { heading: "LATENCY", rank: 4, cell: ({ recent }) => latency(recent) },
  { heading: "TOK/S IN", rank: 6, cell: ({ recent, seconds }) => amount((recent?.tokens_in ?? 0) / seconds) },
  {
    heading: "TOK/S OUT",
    rank: 7,
    cell: ({ recent, seconds }) => amount((recent?.tokens_out ?? 0) / seconds),
  },
  { heading: "COST", rank: 5, cell: ({ total }) => money(total?.cost_usd ?? 0) },
  { heading: "REQUESTS", rank: 8, cell: ({ total }) => amount(total?.requests ?? 0) },
];

/** Names beyond this are cut. */
const maxName = 28;

/**
 * The lines of the picture, none wider than the terminal and no more than it has rows.
 *
 * @param before the sample before; without one the rates are those since the gateway's start
 */
export function topTable(now: Sample, before: Sample | undefined, size: Size): readonly string[] {
  const span = spanOf(now.stats, before?.stats);
  const lines = linesOf(now, span);
  const shown = fitting(lines, size.columns);
  const head = summary(now.stats, span, before !== undefined, size.columns);
  const body = lines.length === 0 ? ["no provider was asked for anything yet"] : render(shown, lines);
  const picture = [...head, "", ...body];
  const rows = Math.max(3, size.rows);
  const cut = picture.length <= rows
    ? picture
    : [...picture.slice(0, rows - 1), `… ${picture.length - rows + 1} more`];
  return cut.map((line) => line.slice(0, size.columns).trimEnd());
}

function linesOf({ stats, providers }: Sample, span: Span): readonly Line[] {
  const names = new Set([...providers.map(({ name }) => name), ...stats.providers.map(({ name }) => name)]);
  const lines = [...names].map((name) => ({
    name: plain(name),
    status: plain(providers.find((one) => one.name === name)?.status ?? "-"),
    seconds: span.seconds,
    recent: span.providers.get(name),
    total: stats.providers.find((one) => one.name === name),
  }));
  // The busy ones first; those at rest by what they did before, so that the order does not jump about.
  return lines.sort((a, b) =>
    (b.recent?.requests ?? 0) - (a.recent?.requests ?? 0) ||
    (b.total?.requests ?? 0) - (a.total?.requests ?? 0) || (a.name < b.name ? -1 : 1)
  );
}

/** What is said of the gateway as a whole, in as many lines as it takes. */
function summary(stats: Stats, span: Span, live: boolean, width: number): readonly string[] {
  const { seconds } = span;
  const facts = [
    `up ${duration(stats.uptime_s)}`,
    `${stats.in_flight} in flight`,
    `${amount(span.requests / seconds)} req/s`,
    `${amount(span.tokens / seconds)} tok/s`,
    `${money(span.costUsd / seconds * 3600)}/h`,
    `${share(span.errors, span.requests)} errors`,
    `${share(span.hits, span.hits + span.misses)} cache hits`,
    `${amount(stats.requests)} requests, ${money(stats.cost_usd)} in all`,
    ...(live ? [] : ["rates since the start"]),
  ];
  const lines: string[] = [];
  for (const fact of facts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 3 + fact.length <= width) {
      lines[lines.length - 1] = `${last} · ${fact}`;
    } else lines.push(fact);
  }
  return lines;
}

function fitting(lines: readonly Line[], width: number): readonly Column[] {
  let shown = columns;
  while (shown.length > 1 && widthsOf(shown, lines).reduce((sum, one) => sum + one + 2, -2) > width) {
    const last = Math.max(...shown.map(({ rank }) => rank));
    shown = shown.filter(({ rank }) => rank !== last);
  }
  return shown;
}

function widthsOf(shown: readonly Column[], lines: readonly Line[]): readonly number[] {
  return shown.map(({ heading, cell }) =>
    Math.max(heading.length, ...lines.map((line) => cell(line).length))
  );
}

function render(shown: readonly Column[], lines: readonly Line[]): readonly string[] {
  const widths = widthsOf(shown, lines);
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => {
      const width = widths[index] ?? 0;
      return shown[index]?.left === true ? cell.padEnd(width) : cell.padStart(width);
    }).join("  ");
  return [
    line(shown.map(({ heading }) => heading)),
    ...lines.map((one) => line(shown.map(({ cell }) => cell(one)))),
  ];
}

/** Without what would move the cursor or change colours. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what is taken out
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
  return clean.length <= maxName ? clean : `${clean.slice(0, maxName - 1)}…`;
}

function latency(recent: ProviderStats | undefined): string {
  if (recent === undefined || recent.answered <= 0) return "-";
  const ms = recent.answered_s / recent.answered * 1000;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function share(part: number, whole: number): string {
  return whole <= 0 ? "-" : `${Number((part / whole * 100).toFixed(1))}%`;
}

/** 0.25, 12.3, 4.1k, 2.5M. */
function amount(value: number): string {
  if (value >= 999_950) return `${(value / 1_000_000).toFixed(1)}M`;
  if (value >= 1000) return `${(value / 1000).toFixed(1)}k`;
  return String(Number(value.toFixed(value < 10 ? 2 : 1)));
}

function money(usd: number): string {
  if (usd > 0 && usd < 0.01) return "<$0.01";
  return `$${usd.toFixed(2)}`;
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.floor(seconds)}s`;
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? `${hours}h${String(minutes % 60).padStart(2, "0")}m`
    : `${Math.floor(hours / 24)}d${hours % 24}h`;
}
