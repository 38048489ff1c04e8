/** `loom whatif`: what the recorded traffic would have cost on other models of the catalog. */

import type { Command } from "commander";
import { Loom } from "../client/loom.ts";
import { type WhatIf, whatIf } from "../client/what-if.ts";
import { modalities } from "../util/modalities.ts";
import { filterOf, type HistoryFlags, historyFlags, openHistory, wrong } from "./history.ts";
import { print } from "./print.ts";
import { spanSince } from "./since.ts";
import { amount, dollars, type TextColumn, textTable } from "./text-table.ts";

interface WhatIfFlags extends HistoryFlags {
  readonly model: readonly string[];
  readonly since: string;
  readonly modality: string;
  readonly config?: string;
  readonly json?: boolean;
}

export function whatifCommand(program: Command): void {
  historyFlags(
    program.command("whatif")
      .description("price the recorded calls again, as if other models had answered them")
      .requiredOption("-m, --model <provider/model...>", "what they are priced on; several may be given")
      .option("--since <time>", "how far back: 30m, 24h, 7d, or a moment", "7d")
      .option("--modality <name>", "which calls", "text")
      .option("-c, --config <file>", "a loom.yaml, whose catalog counts too")
      .option("--json", "print JSON"),
  ).action(async ({ file, filter, model, since, modality: given, config, json = false }: WhatIfFlags) => {
    const modality = modalities.find((one) => one === given);
    if (modality === undefined) throw wrong("modality", `--modality wants one of ${modalities.join(", ")}`);
    const query = { span: spanSince(since, Date.now()), models: model, filter: filterOf(filter), modality };
    await using opened = await openHistory(file);
    await using own = config === undefined ? undefined : await Loom.fromConfig(config);
    const { catalog } = own ?? opened.loom;
    const found = await whatIf(opened.history, catalog, query);
    await print(json ? JSON.stringify(whatIfJson(found), null, 2) + "\n" : whatIfTable(found, since));
  });
}

function whatIfJson(found: WhatIf): Record<string, unknown> {
  return {
    modality: found.modality,
    requests: found.requests,
    tokens_in: found.inputTokens,
    tokens_out: found.outputTokens,
    tokens_cached: found.cachedTokens,
    cost_usd: found.costNanoUsd / 1e9,
    unpriced: found.unpriced,
    models: found.models.map(({ name, nanoUsd, reason, deprecated }) => ({
      name,
      cost_usd: nanoUsd === null ? null : nanoUsd / 1e9,
      difference_usd: nanoUsd === null ? null : (nanoUsd - found.costNanoUsd) / 1e9,
      reason,
      deprecated,
    })),
    used: found.used.map(({ name, requests, inputTokens, outputTokens, costNanoUsd }) => ({
      name,
      requests,
      tokens_in: inputTokens,
      tokens_out: outputTokens,
      cost_usd: costNanoUsd / 1e9,
    })),
  };
}

interface Line {
  readonly name: string;
  readonly cost: string;
  readonly change: string;
  readonly note: string;
}

const columns: readonly TextColumn<Line>[] = [
  { heading: "MODEL", left: true, cell: ({ name }) => name },
  { heading: "COST", cell: ({ cost }) => cost },
  { heading: "CHANGE", cell: ({ change }) => change },
  { heading: "NOTE", left: true, long: true, cell: ({ note }) => note },
];

export function whatIfTable(found: WhatIf, since: string): string {
  const { requests, inputTokens, outputTokens, costNanoUsd, unpriced, modality } = found;
  if (requests === 0) return `no ${modality} calls since ${since}\n`;
  const note = unpriced === 0 ? "" : `${unpriced} calls have no known price and are missing`;
  const paid = { name: "as it was", cost: dollars(costNanoUsd / 1e9), change: "", note };
  const others = found.models.map(({ name, nanoUsd, reason = "", deprecated }): Line => ({
    name,
    cost: nanoUsd === null ? "unknown" : dollars(nanoUsd / 1e9),
    change: nanoUsd === null ? "" : change(nanoUsd, costNanoUsd),
    note: [reason, deprecated === undefined ? "" : `not served from ${deprecated} on`].filter(Boolean).join(
      "; ",
    ),
  }));
  const head = `${amount(requests)} ${modality} calls since ${since}: ${amount(inputTokens)} tokens in, ` +
    `${amount(outputTokens)} out`;
  return [head, "", ...textTable(columns, [paid, ...others]), ""].join("\n");
}

function change(nanoUsd: number, paid: number): string {
  const difference = (nanoUsd - paid) / 1e9;
  const usd = `${difference > 0 ? "+" : ""}${dollars(difference)}`;
  if (paid === 0) return usd;
  const percent = Math.round((nanoUsd / paid - 1) * 100);
  return `${usd} (${percent > 0 ? "+" : ""}${percent}%)`;
}
