/** What-if: the recorded traffic of a time at the prices of other models. */

import type { CallFilter, CallHistory, CallTotals, TimeSpan } from "../contract/history.ts";
import type { ModelEntry } from "../contract/catalog.ts";
import type { Modality } from "../contract/call.ts";
import { type Catalog, match, notFound, reprice } from "../catalog/index.ts";

export interface WhatIfQuery {
  readonly span: TimeSpan;
  /** `provider/model`, or names that one vendor has. */
  readonly models: readonly string[];
  readonly filter?: CallFilter;
  /** Whose calls are priced anew; a modality in `filter` gives way to it. Default `text`. */
  readonly modality?: Modality;
}

/** What was recorded, and what it would have cost elsewhere. Money is whole nano-USD. */
export interface WhatIf {
  readonly modality: Modality;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  /** What was paid, failed attempts included. */
  readonly costNanoUsd: number;
  /** Calls whose price is not known; they are missing in `costNanoUsd`. */
  readonly unpriced: number;
  /** By model as it was used, dearest first. */
  readonly used: readonly (CallTotals & { readonly name: string })[];
  /** In the order in which they were asked for. */
  readonly models: readonly WhatIfModel[];
}

export interface WhatIfModel {
  /** `provider/model`. */
  readonly name: string;
  /** `null`: the catalog does not say. */
  readonly nanoUsd: number | null;
  /** Why there is no price. */
  readonly reason?: string;
  /** ISO date from which its vendor no longer serves it. */
  readonly deprecated?: string;
}

/** Of these, calls without tokens are those that failed or cost nothing. */
const billedByTokens: readonly Modality[] = ["text", "embedding"];

/** Beyond it the rest is one entry; nobody uses so many models. */
const maxModels = 1000;

/** @throws LoomError `model-not-found`, with near names */
export async function whatIf(
  history: CallHistory,
  catalog: Catalog,
  { span, models, filter, modality = "text" }: WhatIfQuery,
): Promise<WhatIf> {
  await catalog.load();
  const entries: ModelEntry[] = [];
  for (const name of models) {
    const [entry] = await match(catalog, undefined, name, modality);
    if (entry === undefined) throw await notFound(catalog, undefined, name, modality);
    entries.push(entry);
  }
  const wanted = { ...filter, modality: [modality] };
  const [totals, used] = await Promise.all([
    history.totals(span, wanted),
    history.breakdown(span, "model", wanted, maxModels),
  ]);
  const { requests, inputTokens, outputTokens, cachedTokens, costNanoUsd, unpriced } = totals;
  return {
    modality,
    requests,
    inputTokens,
    outputTokens,
    cachedTokens,
    costNanoUsd,
    unpriced,
    used,
    models: entries.map((entry) => whatIfModel(entry, used, inputTokens + outputTokens)),
  };
}

function whatIfModel(entry: ModelEntry, used: WhatIf["used"], tokens: number): WhatIfModel {
  const { provider, id, modality, price, priceUnknown, deprecated } = entry;
  const name = `${provider}/${id}`;
  // Pictures, seconds and characters are not in the sums; calls that have nothing else are not free for that.
  if (tokens === 0 && used.length > 0 && !billedByTokens.includes(modality)) {
    return {
      name,
      nanoUsd: null,
      reason: "these calls are not billed by tokens, and only those are summed up",
    };
  }
  const { nanoUsd } = reprice(used, price);
  return {
    name,
    nanoUsd,
    ...(nanoUsd === null && { reason: priceUnknown ?? "the catalog has no price for these tokens" }),
    ...(deprecated !== undefined && { deprecated }),
  };
}
