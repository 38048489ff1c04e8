/** Reads token counts from the many places where vendors of this dialect put them. */

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

/** Finds the usage in a body or a chunk, and gives it one meaning. `undefined`: there is none yet. */
export type UsageReader = (body: Fields) => Usage | undefined;

type Count = (usage: Fields) => number | undefined;

/** Compiles the manifest's pointers; where they are silent or find nothing, the spellings seen in the wild are tried. */
export function usageReader(manifest: Manifest): UsageReader {
  const rules = manifest.usage ?? {};
  const at = rules.at === undefined ? undefined : jsonPointer(rules.at);
  const cached = preferred(rules.cachedInput, cachedTokens);
  const written = preferred(rules.cacheWrite, writtenTokens);
  const reasoning = preferred(rules.reasoning, reasoningTokens);
  const cost = rules.costUsd === undefined ? undefined : jsonPointer(rules.costUsd);
  const unitsPerUsd = rules.costUnitsPerUsd ?? 1;

  return (body) => {
    const usage = (at === undefined ? undefined : asFields(at(body))) ?? find(body);
    if (usage === undefined) return undefined;
    const prompt = asCount(usage["prompt_tokens"]) ?? asCount(usage["input_tokens"]);
    const completion = asCount(usage["completion_tokens"]) ?? asCount(usage["output_tokens"]);
    const total = asCount(usage["total_tokens"]);
    if (prompt === undefined && completion === undefined && total === undefined) return undefined;

    const cachedCount = cached(usage) ?? 0;
    const writtenCount = written(usage) ?? 0;
    const reasoningTold = reasoning(usage);
    // Embeddings read and write nothing; some hosts then count all tokens once.
    const fresh = prompt ?? (completion === undefined && body["data"] !== undefined ? total : undefined) ?? 0;
    const said = completion ?? Math.max(0, (total ?? 0) - fresh);
    // Google counts thinking in the total alone.
    const rest = (total ?? 0) - fresh - said;
    const hidden = reasoningTold === undefined && completion !== undefined && rest > 0 &&
      rest !== cachedCount + writtenCount;
    const reasoningCount = hidden ? rest : reasoningTold ?? 0;
    // Parts larger than their whole prove that the vendor counts them beside it.
    const inputTokens = cachedCount + writtenCount > fresh ? fresh + cachedCount + writtenCount : fresh;
    const apart = rules.reasoningApart === true ||
      reasoningCount > 0 && total === fresh + said + reasoningCount ||
      reasoningCount > said && total === undefined;
    // Some are off by one, so that the part is larger than the whole.
    const outputTokens = apart ? said + reasoningCount : Math.max(said, reasoningCount);
    const queries = asCount(usage["num_search_queries"]) ?? serverSearches(usage);
    const tier = asText(body["service_tier"]) ?? asText(usage["service_tier"]);
    const costUnits = cost === undefined ? undefined : Number(cost(usage) ?? Number.NaN);
    return {
      inputTokens,
      outputTokens,
      cachedTokens: cachedCount,
      cacheWriteTokens: writtenCount,
      reasoningTokens: reasoningCount,
      totalTokens: inputTokens + outputTokens,
      ...audioTokens(usage),
      ...(queries !== undefined && { queries }),
      // `auto` is what was asked for, not what was used.
      ...(tier !== undefined && tier !== "auto" && { serviceTier: tier }),
      ...(costUnits !== undefined && Number.isFinite(costUnits) && costUnits >= 0 &&
        { vendorCostUsd: costUnits / unitsPerUsd }),
    };
  };
}

/** Searches that OpenRouter ran: two spellings. */
function serverSearches(usage: Fields): number | undefined {
  const used = asFields(usage["server_tool_use_details"]) ?? asFields(usage["server_tool_use"]);
  return asCount(used?.["web_search_requests"]);
}

function audioTokens(usage: Fields): Partial<Usage> {
  const input = asCount(asFields(usage["prompt_tokens_details"])?.["audio_tokens"]) ?? 0;
  const output = asCount(asFields(usage["completion_tokens_details"])?.["audio_tokens"]) ?? 0;
  return {
    ...(input > 0 && { inputAudioTokens: input }),
    ...(output > 0 && { outputAudioTokens: output }),
  };
}

function preferred(pointer: string | undefined, otherwise: Count): Count {
  if (pointer === undefined) return otherwise;
  const read = jsonPointer(pointer);
  return (usage) => asCount(read(usage)) ?? otherwise(usage);
}

/** Groq's streams hide it in `x_groq`, Moonshot's in the choice. */
function find(body: Fields): Fields | undefined {
  return asFields(body["usage"]) ?? asFields(asFields(body["x_groq"])?.["usage"]) ??
    asFields(asFields(asList(body["choices"])?.[0])?.["usage"]);
}

/** `prompt_token_details` and `num_cached_tokens` are Mistral's, `cached_tokens` Moonshot's, the next DeepSeek's, the last that of gateways to Anthropic. */
function cachedTokens(usage: Fields): number | undefined {
  const details = asFields(usage["prompt_tokens_details"]) ?? asFields(usage["input_tokens_details"]) ??
    asFields(usage["prompt_token_details"]);
  return asCount(details?.["cached_tokens"]) ?? asCount(usage["num_cached_tokens"]) ??
    asCount(usage["cached_tokens"]) ?? asCount(usage["prompt_cache_hit_tokens"]) ??
    asCount(usage["cache_read_input_tokens"]);
}

function writtenTokens(usage: Fields): number | undefined {
  const details = asFields(usage["prompt_tokens_details"]) ?? asFields(usage["input_tokens_details"]);
  return asCount(details?.["cache_write_tokens"]) ?? asCount(details?.["cache_creation_input_tokens"]) ??
    asCount(usage["cache_creation_input_tokens"]);
}

function reasoningTokens(usage: Fields): number | undefined {
  const details = asFields(usage["completion_tokens_details"]) ?? asFields(usage["output_tokens_details"]);
  return asCount(details?.["reasoning_tokens"]) ?? asCount(usage["reasoning_tokens"]);
}
