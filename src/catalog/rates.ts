/** Prices as people write them (an amount in some currency) and as Loom keeps them (nano-USD). */

import type { Rates } from "../contract/cost.ts";

/** USD per unit of a currency, by lower-case ISO 4217 code. */
export type CurrencyRates = Readonly<Record<string, number>>;

/** Dearer than anything real; up to here the arithmetic of `price.ts` is exact for a million units. */
export const maxUsd = 1_000_000;

/** The word of the YAML keys for each rate, and whether it counts per 1M units. */
const words: readonly (readonly [word: string, rate: keyof Rates, per1m: boolean])[] = [
  ["input", "input", true],
  ["cached_input", "cachedInput", true],
  ["cache_write", "cacheWrite", true],
  ["cache_write_1h", "cacheWrite1h", true],
  ["output", "output", true],
  ["reasoning", "reasoning", true],
  ["input_audio", "inputAudio", true],
  ["cached_input_audio", "cachedInputAudio", true],
  ["output_audio", "outputAudio", true],
  ["input_image", "inputImage", true],
  ["output_image", "outputImage", true],
  ["image", "image", false],
  ["second", "second", false],
  ["character", "character", true],
  ["query", "query", false],
  ["request", "request", false],
];

/** Every rate, in the order of the keys. */
export const rateNames: readonly (keyof Rates)[] = words.map(([, rate]) => rate);

/** Every price key in USD, for messages. */
export const priceKeys: readonly string[] = words.map(([word, , per1m]) =>
  per1m ? `${word}_usd_per_1m` : `${word}_usd`
);

/** The key of a rate in USD, for example `input_usd_per_1m`. */
export function keyOfRate(rate: keyof Rates): string {
  return priceKeys[rateNames.indexOf(rate)] ?? rate;
}

/** What a key such as `input_inr_per_1m` or `image_usd` prices; `undefined`: it is no price key. */
export function readPriceKey(
  key: string,
): { readonly rate: keyof Rates; readonly currency: string } | undefined {
  for (const [word, rate, per1m] of words) {
    const rest = key.startsWith(word + "_") ? key.slice(word.length + 1) : undefined;
    const currency = per1m ? rest?.match(/^([a-z]{3})_per_1m$/)?.[1] : rest?.match(/^([a-z]{3})$/)?.[1];
    if (currency !== undefined) return { rate, currency };
  }
  return undefined;
}

/** `amount` in a currency worth `usdPerUnit`, in whole nano-USD. */
export function nanoRate(amount: number, usdPerUnit: number): number {
  return Math.round(amount * usdPerUnit * 1e9);
}
