/** Reads token counts. */

import { asCount, asFields, asList, asText, type Fields, type Usage } from "../../../src/plugin.ts";
import { isThird } from "./family.ts";

/**
 * `undefined`: nothing is counted yet; streams on Vertex name only the traffic's type until the end.
 *
 * @param queries searches that the answer names
 */
export function readUsage(body: Fields, queries: number): Usage | undefined {
  const usage = asFields(body["usageMetadata"]);
  if (usage === undefined) return undefined;
  const prompt = asCount(usage["promptTokenCount"]);
  const candidates = asCount(usage["candidatesTokenCount"]);
  const thoughts = asCount(usage["thoughtsTokenCount"]) ?? 0;
  const total = asCount(usage["totalTokenCount"]);
  if (prompt === undefined && candidates === undefined && total === undefined) return undefined;

  // What Google's own tools found is read by the model too, and counted beside the prompt; thinking beside the answer.
  const inputTokens = (prompt ?? 0) + (asCount(usage["toolUsePromptTokenCount"]) ?? 0);
  const said = candidates ?? Math.max(0, (total ?? 0) - inputTokens - thoughts);
  const outputTokens = said + thoughts;
  const input = new Details(usage["promptTokensDetails"], usage["toolUsePromptTokensDetails"]);
  const output = new Details(usage["candidatesTokensDetails"]);
  const serviceTier = tierOf(usage);
  return {
    inputTokens,
    outputTokens,
    cachedTokens: Math.min(asCount(usage["cachedContentTokenCount"]) ?? 0, inputTokens),
    cacheWriteTokens: 0,
    reasoningTokens: thoughts,
    totalTokens: inputTokens + outputTokens,
    ...input.named("inputAudioTokens", "inputImageTokens"),
    ...output.named("outputAudioTokens", "outputImageTokens"),
    ...(queries > 0 && { queries }),
    ...(serviceTier !== undefined && { serviceTier }),
  };
}

/** Counts by kind: `[{ modality: "IMAGE", tokenCount: 1120 }]`. */
class Details {
  readonly #lists: readonly unknown[];

  constructor(...lists: readonly unknown[]) {
    this.#lists = lists;
  }

  named<A extends string, I extends string>(audio: A, image: I): Partial<Record<A | I, number>> {
    const found: Partial<Record<string, number>> = {};
    for (const [modality, name] of [["AUDIO", audio], ["IMAGE", image]] as const) {
      const tokens = this.#of(modality);
      if (tokens > 0) found[name] = tokens;
    }
    return found as Partial<Record<A | I, number>>;
  }

  #of(modality: string): number {
    let tokens = 0;
    for (const list of this.#lists) {
      for (const entry of asList(list) ?? []) {
        const detail = asFields(entry);
        if (detail?.["modality"] === modality) tokens += asCount(detail["tokenCount"]) ?? 0;
      }
    }
    return tokens;
  }
}

/** `serviceTier` on the Developer API; on Vertex the traffic's type says it: `ON_DEMAND_FLEX`, `PROVISIONED_THROUGHPUT`. */
function tierOf(usage: Fields): string | undefined {
  const tier = asText(usage["serviceTier"])?.toLowerCase().replace(/^service_tier_/, "");
  if (tier !== undefined && tier !== "unspecified") return tier;
  switch (usage["trafficType"]) {
    case "ON_DEMAND":
      return "standard";
    case "ON_DEMAND_FLEX":
      return "flex";
    case "ON_DEMAND_PRIORITY":
      return "priority";
  }
  return undefined;
}

/** Searches as Google charges for them: each from generation 3 on, before that the prompt that led to any. */
export function billedQueries(queries: number, upstreamModel: string): number {
  return queries > 0 && !isThird(upstreamModel) ? 1 : queries;
}
