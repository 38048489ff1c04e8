/** What a media call consumed: what the vendor counted, and where it counted nothing, what went in and came out. */

import {
  asCount,
  type Manifest,
  type ManifestMedia,
  type MediaModality,
  type Usage,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { firstOf, type Place } from "./places.ts";

/**
 * @param body the whole answer
 * @param begun the answer that began the job, if there was one
 * @param made how many results came
 */
export type MediaUsageReader = (
  body: unknown,
  head: WireReplyHead,
  made: number,
  begun?: unknown,
) => Usage | undefined;

const fields = {
  inputTokens: firstOf("/usage/input_tokens", "/usage/prompt_tokens"),
  outputTokens: firstOf("/usage/output_tokens", "/usage/completion_tokens"),
  totalTokens: firstOf("/usage/total_tokens"),
  cachedTokens: firstOf("/usage/input_tokens_details/cached_tokens"),
  inputImageTokens: firstOf("/usage/input_tokens_details/image_tokens"),
  outputImageTokens: firstOf("/usage/output_tokens_details/image_tokens"),
  inputAudioTokens: firstOf(
    "/usage/input_token_details/audio_tokens",
    "/usage/input_tokens_details/audio_tokens",
  ),
};

const seconds: Readonly<Record<"video" | "transcription", readonly string[]>> = {
  video: ["/seconds", "/duration", "/video/duration", "/usage/output_video_duration", "/usage/duration"],
  transcription: ["/usage/seconds", "/usage/prompt_audio_seconds", "/duration"],
};

/** Compiles the manifest's pointers over the places where most vendors count. */
export function mediaUsage(
  manifest: Manifest,
  modality: MediaModality,
  form: ManifestMedia,
): MediaUsageReader {
  const rules = form.reply?.usage ?? {};
  const inputTokens = firstOr(rules.inputTokens, fields.inputTokens);
  const outputTokens = firstOr(rules.outputTokens, fields.outputTokens);
  const units = unitsOf(modality, form);
  const cost = costOf(manifest, form);

  return (body, head, made, begun) => {
    const total = asCount(fields.totalTokens(body)) ?? 0;
    const output = asCount(outputTokens(body)) ?? 0;
    const input = asCount(inputTokens(body)) ?? Math.max(0, total - output);
    const optional = {
      inputImageTokens: asCount(fields.inputImageTokens(body)),
      outputImageTokens: asCount(fields.outputImageTokens(body)),
      inputAudioTokens: asCount(fields.inputAudioTokens(body)),
      ...units(body, head, made),
      vendorCostUsd: cost(body) ?? cost(begun),
    };
    const counted = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
    if (input + output === 0 && Object.keys(counted).length === 0) return undefined;
    return {
      inputTokens: input,
      outputTokens: output,
      cachedTokens: asCount(fields.cachedTokens(body)) ?? 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      totalTokens: input + output,
      ...counted,
    };
  };
}

type Units = Pick<Usage, "images" | "seconds" | "characters" | "queries">;

function unitsOf(
  modality: MediaModality,
  { reply: { usage: rules = {} } = {} }: ManifestMedia,
): (body: unknown, head: WireReplyHead, made: number) => { [K in keyof Units]: Units[K] | undefined } {
  switch (modality) {
    case "image": {
      const said = firstOf(rules.images);
      return (body, _, made) => ({ images: asCount(said(body)) ?? (made > 0 ? made : undefined) });
    }
    case "video": {
      const said = firstOf(rules.seconds, ...seconds.video);
      return (body, { ctx }) => ({
        seconds: asAmount(said(body)) ??
          asAmount(ctx.target.params["duration"] ?? ctx.target.params["seconds"]),
      });
    }
    case "transcription": {
      const said = firstOf(rules.seconds, ...seconds.transcription);
      return (body) => ({ seconds: asAmount(said(body)) });
    }
    case "speech": {
      const said = firstOf(rules.characters);
      // What was sent to be read is what is billed.
      return (body, { ctx }) => ({ characters: asCount(said(body)) ?? [...ctx.call.prompt ?? ""].length });
    }
    case "moderation":
      return () => ({});
    case "rerank": {
      const said = firstOf(rules.queries, "/meta/billed_units/search_units");
      return (body) => ({ queries: asCount(said(body)) ?? 1 });
    }
  }
}

/** What the vendor says the call cost, in USD. */
function costOf(
  { usage: whole = {} }: Manifest,
  { reply }: ManifestMedia,
): (body: unknown) => number | undefined {
  const own = reply?.usage ?? {};
  const shared = whole.costUsd === undefined ? undefined : `${whole.at ?? "/usage"}${whole.costUsd}`;
  const read = firstOf(own.costUsd ?? shared);
  const perUsd = (own.costUsd === undefined ? whole.costUnitsPerUsd : own.costUnitsPerUsd) ?? 1;
  return (body) => {
    const said = asAmount(read(body));
    return said === undefined ? undefined : said / perUsd;
  };
}

function firstOr(pointer: string | undefined, otherwise: Place): Place {
  const own = firstOf(pointer);
  return (body) => own(body) ?? otherwise(body);
}

/** A number, with its fraction, that may be written as text. */
function asAmount(value: unknown): number | undefined {
  if (typeof value !== "number" && (typeof value !== "string" || value.trim() === "")) return undefined;
  const amount = Number(value);
  return Number.isFinite(amount) && amount >= 0 ? amount : undefined;
}
