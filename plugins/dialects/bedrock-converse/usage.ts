/** Reads what Bedrock counted. */

import { asCount, asFields, asList, asText, type Fields, type Usage } from "../../../src/plugin.ts";

/** The usage of a body or of a stream's `metadata`. Bedrock counts what it read from and wrote to its cache beside the input. */
export function usageOf(body: Fields): Usage | undefined {
  const usage = asFields(body["usage"]);
  if (usage === undefined) return undefined;
  const cachedTokens = asCount(usage["cacheReadInputTokens"]) ?? asCount(usage["cacheReadInputTokenCount"]) ??
    0;
  const cacheWriteTokens = asCount(usage["cacheWriteInputTokens"]) ??
    asCount(usage["cacheWriteInputTokenCount"]) ?? 0;
  const inputTokens = (asCount(usage["inputTokens"]) ?? 0) + cachedTokens + cacheWriteTokens;
  const outputTokens = asCount(usage["outputTokens"]) ?? 0;
  const hour = hourTokens(usage);
  const serviceTier = asText(asFields(body["serviceTier"])?.["type"]);
  return {
    inputTokens,
    outputTokens,
    cachedTokens,
    cacheWriteTokens,
    reasoningTokens: 0,
    totalTokens: inputTokens + outputTokens,
    ...(hour > 0 && { cacheWrite1hTokens: hour }),
    ...(serviceTier !== undefined && { serviceTier }),
  };
}

function hourTokens(usage: Fields): number {
  let tokens = 0;
  for (const entry of asList(usage["cacheDetails"]) ?? []) {
    const detail = asFields(entry);
    if (/^(1h|T1H)$/i.test(asText(detail?.["ttl"]) ?? "")) tokens += asCount(detail?.["inputTokens"]) ?? 0;
  }
  return tokens;
}
