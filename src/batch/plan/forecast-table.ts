/** A forecast for people. */

import { basename } from "node:path";
import { bytes, count, dollars, span } from "./figures.ts";
import type { Forecast, NamedRow } from "./forecast.ts";

/** Limits of so many rows or bytes are none. */
const unbounded = 1e12;

/** Several lines, without a line end after the last one. */
export function forecastTable(forecast: Forecast): string {
  const { file, provider, model, output } = forecast;
  const there = output.exists ? " (is there already: --force replaces it)" : "";
  const sections: readonly (readonly [label: string, lines: readonly string[]])[] = [
    ["File", [file]],
    ["Model", [`${provider}/${model}`]],
    ["Rows", rowLines(forecast)],
    ["Tokens", tokenLines(forecast)],
    ["Longest", contextLines(forecast)],
    ["Cost", costLines(forecast)],
    ["Time", timeLines(forecast)],
    ["Batches", [batchLine(forecast)]],
    ["Output", [`${output.path}${there}`]],
  ];
  return [
    "Nothing was sent, nothing was spent. What a run would do:",
    ...sections.flatMap(([label, lines]) =>
      lines.map((line, index) => `  ${(index === 0 ? label : "").padEnd(9)}${line}`)
    ),
  ].join("\n");
}

function rowLines({ file, rows, problems }: Forecast): readonly string[] {
  const lines = [`${count(rows.toAsk)} to ask, of ${count(rows.total)} in ${basename(file)}`];
  if (rows.selected < rows.total) lines.push(`${count(rows.selected)} selected by --limit or --sample`);
  if (rows.answered !== null && rows.answered > 0) {
    lines.push(`${count(rows.answered)} answered by an earlier run`);
  }
  if (rows.cached !== null && rows.cached > 0) lines.push(`${count(rows.cached)} in the cache on disk`);
  if (rows.duplicates > 0) {
    const least = rows.duplicatesAtLeast ? "at least " : "";
    lines.push(
      `${least}${count(rows.duplicates)} ask what an earlier row asks; --dedupe pays equal rows once`,
    );
  }
  if (rows.unusable > 0) {
    lines.push(`${count(rows.unusable)} without a prompt, which are not asked:`);
    lines.push(...problems.map((problem) => `  ${problem}`), ...more(rows.unusable, problems.length));
  }
  return lines;
}

function tokenLines({ tokens }: Forecast): readonly string[] {
  const { input, exact, encoding, output, outputPerRow, outputFrom } = tokens;
  const each = `${count(outputPerRow)} a row`;
  const why = {
    params: `${each}, the most that the params allow`,
    answers: `${each}, the mean of the rows answered so far`,
    guess: `${each}, a guess: a limit in --params, such as {"max_tokens": 200}, bounds it`,
    given: `${each}, as given`,
  }[outputFrom];
  return [
    `${exact ? "" : "about "}${count(input)} in (${exact ? "counted" : "estimated"} with ${encoding})`,
    `${outputFrom === "params" ? "at most" : "about"} ${count(output)} out (${why})`,
  ];
}

function contextLines({ context, tokens }: Forecast): readonly string[] {
  const { longest, tooLong, tooLongRows } = context;
  if (longest === null) return ["no row to ask"];
  const window = context.tokens === null
    ? "how many fit is not known"
    : `${count(context.tokens)} fit into a call`;
  const lines = [`${named(longest, tokens.exact)}; ${window}`];
  if (tooLong === 0) return lines;
  lines.push(`${count(tooLong)} too long, which the vendor will refuse:`);
  lines.push(
    ...tooLongRows.map((row) => `  ${named(row, tokens.exact)}`),
    ...more(tooLong, tooLongRows.length),
  );
  return lines;
}

function costLines({ cost, batch, provider, model, time }: Forecast): readonly string[] {
  const { liveUsd, batchUsd, batchIsCheaper } = cost;
  if (liveUsd === null) return [`unknown: the catalog has no price of ${provider}/${model}`];
  const live = `live ${dollars(liveUsd)}`;
  if (batch === null || time.batchMs === null) return [live];
  if (batchUsd === null) return [`${live}, batch unknown: the catalog has no price of it`];
  const same = batchIsCheaper || liveUsd === 0 ? "" : ": the catalog knows no lower price of batches here";
  return [`${live}, batch ${dollars(batchUsd)}${same}`];
}

function timeLines({ time }: Forecast): readonly string[] {
  const { workers, rowMs, rowMsFrom, liveMs, batchMs } = time;
  const how = rowMsFrom === "given" ? "as given" : "assumed";
  const lines = [
    `live about ${span(liveMs)} (${count(workers)} workers, ${(rowMs / 1_000).toFixed(1)} s a row, ${how};` +
    " the limits of the account may make it longer)",
  ];
  if (batchMs !== null) lines.push(`batch up to ${span(batchMs)}, as vendors promise`);
  return lines;
}

function batchLine({ batch, provider }: Forecast): string {
  if (batch === null) return `${provider} takes no batches of this; --sync asks live`;
  const { parts, maxRows, maxBytes } = batch;
  // A vendor that only counts bytes says so with a number that nobody reaches.
  const most = [
    ...maxRows < unbounded ? [`${count(maxRows)} rows`] : [],
    ...maxBytes < unbounded ? [bytes(maxBytes)] : [],
  ];
  const limits = most.length === 0 ? "" : `; the vendor takes at most ${most.join(" and ")} at once`;
  return `${count(parts)} (${bytes(batch.bytes)}${limits})`;
}

function named({ row, id, line, tokens }: NamedRow, exact: boolean): string {
  return `row ${row} (id ${id}, line ${line}) with ${exact ? "" : "about "}${count(tokens)} tokens`;
}

function more(all: number, shown: number): readonly string[] {
  return all > shown ? [`  and ${count(all - shown)} more`] : [];
}
