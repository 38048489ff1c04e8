/** Reads what Cohere counted. */

import { asCount, asFields, type Fields, type Usage } from "../../../src/plugin.ts";

/**
 * The usage of a chat. `tokens` is what the model read and wrote, with the instructions that Cohere puts around the
 * conversation; `billed_units` leaves those out. Every other vendor reports the former, and `cached_tokens` is a part of it, so
 * that is what counts here; what is billed stands beside it, for the price.
 */
export function chatUsage(value: unknown): Usage | undefined {
  const usage = asFields(value);
  const billed = asFields(usage?.["billed_units"]);
  const counted = asFields(usage?.["tokens"]) ?? billed;
  if (usage === undefined || counted === undefined) return undefined;
  const cachedTokens = asCount(usage["cached_tokens"]) ?? 0;
  const input = asCount(counted["input_tokens"]) ?? 0;
  const billedInputTokens = asCount(billed?.["input_tokens"]);
  const billedOutputTokens = asCount(billed?.["output_tokens"]);
  return counts(cachedTokens > input ? input + cachedTokens : input, asCount(counted["output_tokens"]) ?? 0, {
    cachedTokens,
    ...(billedInputTokens !== undefined && { billedInputTokens }),
    ...(billedOutputTokens !== undefined && { billedOutputTokens }),
  });
}

/** The usage of an embedding or a ranking, under `meta`. Both are counted in what is billed; images are tokens too. */
export function metaUsage(body: Fields): Usage | undefined {
  const meta = asFields(body["meta"]);
  const billed = asFields(meta?.["billed_units"]);
  const tokens = asFields(meta?.["tokens"]);
  if (billed === undefined && tokens === undefined) return undefined;
  const images = asCount(billed?.["image_tokens"]) ?? 0;
  const input = asCount(billed?.["input_tokens"]) ?? asCount(tokens?.["input_tokens"]) ?? 0;
  const queries = asCount(billed?.["search_units"]);
  return {
    ...counts(input + images, asCount(tokens?.["output_tokens"]) ?? 0, {}),
    ...(images > 0 && { inputImageTokens: images }),
    ...(queries !== undefined && { queries }),
  };
}

function counts(inputTokens: number, outputTokens: number, more: Partial<Usage>): Usage {
  return {
    inputTokens,
    outputTokens,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    totalTokens: inputTokens + outputTokens,
    ...more,
  };
}
