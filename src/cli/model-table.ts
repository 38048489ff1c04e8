/** Models as a table of plain text, without colours, so that it reads the same in a terminal and in a pipe. */

import type { ModelEntry } from "../contract/catalog.ts";
import type { Price, Rates } from "../contract/cost.ts";

/** How each rate is shown: its word, and per what. Tokens go first, as in the order of a bill. */
const shown: readonly (readonly [rate: keyof Rates, word: string])[] = [
  ["input", "in"],
  ["cachedInput", "cached"],
  ["output", "out"],
  ["inputAudio", "audio in"],
  ["outputAudio", "audio out"],
  ["inputImage", "image in"],
  ["outputImage", "image out"],
  ["image", "/image"],
  ["second", "/second"],
  ["character", "/1M characters"],
  ["query", "/query"],
  ["request", "/request"],
];

const headings = ["MODEL", "MODALITY", "CONTEXT", "USD (tokens: per 1M)", "STATUS", "CAPABILITIES"];

/**
 * One line a model. `+` after a price: longer inputs, sizes or tiers have prices of their own, which `--json` shows.
 *
 * @param today ISO date; models that ended by then are marked as retired
 */
export function modelTable(models: readonly ModelEntry[], today: string): string {
  if (models.length === 0) return "No models are listed; the provider may take any name.\n";
  const rows = models.map((entry) => [
    `${entry.provider}/${entry.id}`,
    entry.modality,
    entry.contextTokens === undefined ? "-" : tokens(entry.contextTokens),
    entry.price === undefined ? `unknown${reason(entry)}` : prices(entry.price, entry.modality),
    ending(entry, today),
    entry.capabilities?.join(" ") ?? "-",
  ]);
  const widths = headings.map((heading, column) =>
    Math.min(60, Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)))
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
  const count = `${models.length} ${models.length === 1 ? "model" : "models"}`;
  return [line(headings), ...rows.map(line), "", count, ""].join("\n");
}

function reason({ priceUnknown }: ModelEntry): string {
  return priceUnknown === undefined ? "" : `: ${priceUnknown}`;
}

function ending({ deprecated }: ModelEntry, today: string): string {
  if (deprecated === undefined) return "-";
  return deprecated <= today ? `retired ${deprecated}` : `deprecated, until ${deprecated}`;
}

/** The rates that decide: searches are left out of text models, whose tokens cost more than their rare searches. */
function prices(price: Price, modality: ModelEntry["modality"]): string {
  const parts = shown.flatMap(([rate, word]) => {
    const nanoUsd = price[rate];
    if (nanoUsd === undefined || (rate === "query" && modality === "text")) return [];
    return word.startsWith("/") ? [`${usd(nanoUsd)}${word}`] : [`${word} ${usd(nanoUsd)}`];
  });
  if (parts.length === 0) return fromVariants(price);
  if (parts.every((part) => / 0$|^0\//.test(part))) return "free";
  const more = price.steps !== undefined || price.variants !== undefined;
  return parts.join(", ") + (more ? " +" : "");
}

/** A price that has rates in variants alone: from the cheapest to the dearest. */
function fromVariants({ variants = [] }: Price): string {
  const images = variants.flatMap(({ image }) => image === undefined ? [] : [image]);
  return images.length === 0 ? "-" : `${usd(Math.min(...images))}-${usd(Math.max(...images))}/image`;
}

/** USD with no more digits than needed: 0.15, 3, 0.0001. */
function usd(nanoUsd: number): string {
  return String(Number((nanoUsd / 1e9).toPrecision(4)));
}

/** 128000 -> 128k, 1048576 -> 1.05M. */
function tokens(count: number): string {
  if (count >= 1_000_000) return `${Number((count / 1_000_000).toPrecision(3))}M`;
  return count >= 1000 ? `${Math.round(count / 1000)}k` : String(count);
}
