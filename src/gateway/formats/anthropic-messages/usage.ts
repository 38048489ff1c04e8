/** Token counts as Anthropic's API says them: cached input stands beside `input_tokens`, not in it. */

import type { Json, Usage } from "../../../contract/index.ts";

const uncounted = {
  input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: 0,
};

/** @param usage absent: nothing was counted */
export function usageOf(usage: Usage | undefined): Readonly<Record<string, Json>> {
  if (usage === undefined) return uncounted;
  const { inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens } = usage;
  const { cacheWrite1hTokens, serviceTier, queries } = usage;
  return {
    input_tokens: Math.max(0, inputTokens - cachedTokens - cacheWriteTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedTokens,
    ...(cacheWrite1hTokens !== undefined && {
      cache_creation: {
        ephemeral_5m_input_tokens: Math.max(0, cacheWriteTokens - cacheWrite1hTokens),
        ephemeral_1h_input_tokens: cacheWrite1hTokens,
      },
    }),
    output_tokens: outputTokens,
    ...(reasoningTokens > 0 && { output_tokens_details: { thinking_tokens: reasoningTokens } }),
    ...(queries !== undefined && { server_tool_use: { web_search_requests: queries } }),
    ...(serviceTier !== undefined && { service_tier: serviceTier }),
  };
}
