/** Small parts of answers, the same for whole ones and streams. */

import type { Citation, Part, ToolCallPart, Usage } from "../../../contract/index.ts";
import { extraContent } from "./read-assistant.ts";
import type { Annotation, ImagePart, MessageCall, UsageFields } from "./shapes.ts";

/** The totals mean the same here; sound and pictures are told where there are any. */
export function usageFields(usage: Usage): UsageFields {
  const { cachedTokens, cacheWriteTokens, reasoningTokens } = usage;
  const { inputAudioTokens, inputImageTokens, outputAudioTokens } = usage;
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.totalTokens,
    prompt_tokens_details: {
      cached_tokens: cachedTokens,
      ...(cacheWriteTokens > 0 && { cache_write_tokens: cacheWriteTokens }),
      ...(inputAudioTokens !== undefined && { audio_tokens: inputAudioTokens }),
      ...(inputImageTokens !== undefined && { image_tokens: inputImageTokens }),
    },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      ...(outputAudioTokens !== undefined && { audio_tokens: outputAudioTokens }),
    },
  };
}

/** `undefined`: the source has no address, which is all that this format knows. */
export function annotationOf({ url, title, start, end }: Citation): Annotation | undefined {
  if (url === undefined) return undefined;
  return {
    type: "url_citation",
    url_citation: { start_index: start ?? 0, end_index: end ?? 0, title: title ?? url, url },
  };
}

/** `undefined`: there is neither an address nor a picture. */
export function imageOf(part: Extract<Part, { type: "image" }>, index: number): ImagePart | undefined {
  const { url, dataB64, mimeType = "image/png" } = part;
  const address = dataB64 === undefined ? url : `data:${mimeType};base64,${dataB64}`;
  return address === undefined ? undefined : { type: "image_url", index, image_url: { url: address } };
}

/** @param provider who made the call, so that what is tied to its maker goes back there only */
export function callOf(part: ToolCallPart, provider: string, isCustom: boolean): MessageCall {
  const { id, name, arguments: text, extra } = part;
  if (isCustom || extra?.["type"] === "custom") return { id, type: "custom", custom: { name, input: text } };
  const call: MessageCall = { id, type: "function", function: { name, arguments: text } };
  return extra === undefined ? call : { ...call, extra_content: extraContent(provider, extra) };
}
