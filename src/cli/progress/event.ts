/** The events of `--json`: one JSON object a line, for scripts. Their fields are documented in `docs/datasets.md`. */

import type { JsonObject } from "../../contract/json.ts";
import type { Figures } from "./figures.ts";

/** How far a stage is: the fields of `begin`, `progress` and `end`. */
export function figuresEvent(event: "begin" | "progress" | "end", figures: Figures): JsonObject {
  return {
    event,
    label: figures.label,
    unit: figures.unit,
    done: figures.done,
    total: figures.total,
    fraction: rounded(figures.fraction, 4),
    ok: figures.ok,
    failed: figures.failed,
    cache_hits: figures.cacheHits,
    cost_usd: figures.costUsd,
    input_tokens: figures.inputTokens,
    estimated_total: figures.estimatedTotal,
    workers: figures.workers,
    per_second: rounded(figures.perSecond, 2),
    elapsed_ms: Math.round(figures.elapsedMs),
    eta_ms: rounded(figures.etaMs, 0),
  };
}

export function noteEvent(text: string, data: JsonObject | undefined): JsonObject {
  return { event: "note", text, data };
}

function rounded(value: number | undefined, digits: number): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(digits));
}
