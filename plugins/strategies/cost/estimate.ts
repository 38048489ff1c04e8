/** What a call would cost at a target, by its estimated size. */

import {
  type Call,
  estimateInputTokens,
  estimateOutputTokens,
  type Price,
  type Rates,
  type Target,
} from "../../../src/plugin.ts";

/** How much a call asks for, as far as that does not depend on the target. */
export interface Amounts {
  readonly modality: Call["modality"];
  readonly inputTokens: number;
  readonly characters: number;
}

/** Taken for granted where a call does not say: vendors make films of 4 to 8 seconds; recordings are compared by the minute. */
const assumedVideoSeconds = 8;
const assumedSoundSeconds = 60;

const pictureCounts = ["n", "num_images", "sampleCount", "numberOfImages"];
const durations = ["seconds", "duration", "durationSeconds", "duration_seconds"];

export function amountsOf(call: Call): Amounts {
  return {
    modality: call.modality,
    inputTokens: estimateInputTokens(call),
    characters: call.modality === "speech" ? (call.prompt ?? "").length : 0,
  };
}

/** In nano-USD. `undefined`: the price lacks what calls of this kind mostly cost. Discounts for cached input are left out. */
export function estimateNanoUsd(price: Price, amounts: Amounts, target: Target): number | undefined {
  const rates = atSize(price, amounts.inputTokens);
  const fee = rates.request ?? 0;
  const perMillion = (rate: number, units: number) => rate * units / 1e6;
  const { input } = rates;
  const inputCost = input === undefined ? undefined : perMillion(input, amounts.inputTokens);
  switch (amounts.modality) {
    case "text":
      if (inputCost === undefined || rates.output === undefined) return undefined;
      return fee + inputCost + perMillion(rates.output, estimateOutputTokens(target));
    case "image":
      return plus(fee + (inputCost ?? 0), rates.image, numberIn(target, pictureCounts) ?? 1);
    case "video":
      return plus(fee, rates.second, numberIn(target, durations) ?? assumedVideoSeconds);
    case "transcription":
      return plus(fee, rates.second, assumedSoundSeconds);
    case "speech":
      return plus(fee, rates.character, amounts.characters / 1e6);
    case "rerank":
      return rates.query === undefined
        ? inputCost === undefined ? undefined : fee + inputCost
        : fee + rates.query;
    default:
      return inputCost === undefined ? rates.request : fee + inputCost;
  }
}

function plus(base: number, rate: number | undefined, units: number): number | undefined {
  return rate === undefined ? undefined : base + rate * units;
}

/** The rates of a call of this size: those of the last step that it is above, over the base. */
function atSize(price: Price, inputTokens: number): Rates {
  const step = price.steps?.findLast(({ aboveInputTokens, inclusive }) =>
    inclusive === true ? inputTokens >= aboveInputTokens : inputTokens > aboveInputTokens
  );
  return step === undefined ? price : { ...price, ...step };
}

function numberIn({ params }: Target, names: readonly string[]): number | undefined {
  return names.map((name) => Number(params[name])).find((value) => value > 0 && value < Infinity);
}
