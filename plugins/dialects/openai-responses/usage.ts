/** Reads token counts, searches and service tier of a response. */

import {
  asCount,
  asFields,
  asList,
  asText,
  type Fields,
  jsonPointer,
  type Manifest,
  type Usage,
} from "../../../src/plugin.ts";

/** Reads the usage of a response object. `undefined`: there is none yet. */
export type UsageReader = (response: Fields) => Usage | undefined;

export function usageReader(manifest: Manifest): UsageReader {
  const { costUsd, costUnitsPerUsd = 1, reasoningApart } = manifest.usage ?? {};
  const cost = costUsd === undefined ? undefined : jsonPointer(costUsd);

  return (response) => {
    const usage = asFields(response["usage"]);
    if (usage === undefined) return undefined;
    const input = asCount(usage["input_tokens"]) ?? asCount(usage["prompt_tokens"]);
    const output = asCount(usage["output_tokens"]) ?? asCount(usage["completion_tokens"]);
    if (input === undefined && output === undefined && usage["total_tokens"] === undefined) return undefined;
    const total = asCount(usage["total_tokens"]);
    const read = asFields(usage["input_tokens_details"]) ?? asFields(usage["prompt_tokens_details"]);
    const made = asFields(usage["output_tokens_details"]) ?? asFields(usage["completion_tokens_details"]);
    const cachedTokens = asCount(read?.["cached_tokens"]) ?? 0;
    const cacheWriteTokens = asCount(read?.["cache_write_tokens"]) ??
      asCount(read?.["cache_creation_input_tokens"]) ?? 0;
    const reasoningTokens = asCount(made?.["reasoning_tokens"]) ?? 0;
    const fresh = input ?? 0;
    const said = output ?? Math.max(0, (total ?? 0) - fresh);
    // Parts larger than their whole prove that the vendor counts them beside it.
    const inputTokens = cachedTokens + cacheWriteTokens > fresh
      ? fresh + cachedTokens + cacheWriteTokens
      : fresh;
    const apart = reasoningApart === true ||
      reasoningTokens > 0 && total === fresh + said + reasoningTokens ||
      reasoningTokens > said && total === undefined;
    // Some are off by one, so that the part is larger than the whole.
    const outputTokens = apart ? said + reasoningTokens : Math.max(said, reasoningTokens);
    const queries = searches(response, usage);
    const tier = asText(response["service_tier"]);
    const charged = cost === undefined ? Number.NaN : Number(cost(usage) ?? Number.NaN);
    return {
      inputTokens,
      outputTokens,
      cachedTokens,
      cacheWriteTokens,
      reasoningTokens,
      totalTokens: inputTokens + outputTokens,
      ...counted("inputAudioTokens", read?.["audio_tokens"]),
      ...counted("inputImageTokens", read?.["image_tokens"]),
      ...counted("outputAudioTokens", made?.["audio_tokens"]),
      ...counted("outputImageTokens", made?.["image_tokens"]),
      ...(queries > 0 && { queries }),
      // `auto` is what was asked for, not what was used.
      ...(tier !== undefined && tier !== "auto" && { serviceTier: tier }),
      ...(Number.isFinite(charged) && charged >= 0 && { vendorCostUsd: charged / costUnitsPerUsd }),
    };
  };
}

function counted(name: keyof Usage, value: unknown): Partial<Usage> {
  const count = asCount(value) ?? 0;
  return count > 0 ? { [name]: count } : {};
}

/** OpenAI, Perplexity and xAI count their searches; elsewhere the calls are counted that looked something up. */
function searches(response: Fields, usage: Fields): number {
  const counted = asCount(asFields(asFields(response["tool_usage"])?.["web_search"])?.["num_requests"]) ?? 0;
  if (counted > 0) return counted;
  const invoked = asCount(asFields(asFields(usage["tool_calls_details"])?.["search_web"])?.["invocation"]) ??
    0;
  if (invoked > 0) return invoked;
  const details = asFields(usage["server_side_tool_usage_details"]);
  const named = (asCount(details?.["web_search_calls"]) ?? 0) + (asCount(details?.["x_search_calls"]) ?? 0);
  if (named > 0) return named;
  return (asList(response["output"]) ?? []).filter((entry) => {
    const item = asFields(entry);
    if (item?.["type"] === "x_search_call") return true;
    if (item?.["type"] !== "web_search_call") return false;
    const action = asFields(item["action"])?.["type"];
    return action === undefined || action === "search";
  }).length;
}
