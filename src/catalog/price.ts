/** What a call cost: usage times rates, in whole nano-USD. Integers only, so that sums are exact. */

import type { Bill, CostLine, Price, PriceFacts, Rates } from "../contract/cost.ts";
import type { Usage } from "../contract/usage.ts";
import { ratesFor } from "./effective-rates.ts";

type Item = CostLine["item"];

const million = 1_000_000;

/** Counts beyond this are cut: up to here `count * remainder` stays below 2^53, so every product is exact. */
const maxCount = 9_000_000_000;

/**
 * Prices a usage. A unit that was used but has no rate makes the whole bill unknown (`nanoUsd: null`) and is named in
 * `unpriced`; units that were not used need no rate. What the vendor itself says it charged wins over everything.
 *
 * Tokens, images, seconds, characters and queries are different measures of the same work. A vendor may report several and
 * charge by one; so a measure for which the price has no rate at all is passed over when another one was charged, and a
 * rate per picture is not charged beside output tokens that have a rate. What has a rate always counts; queries without
 * one are never passed over, for they come on top of tokens.
 *
 * Contradictory counts are cut until the parts fit into their totals: nothing is negative, nothing is billed twice.
 *
 * @param facts what `when` of the price's variants may ask for
 */
export function bill(price: Price | undefined, usage: Usage, facts?: PriceFacts): Bill {
  const vendorUsd = usage.vendorCostUsd;
  if (vendorUsd !== undefined && vendorUsd >= 0 && vendorUsd < Infinity) {
    const nanoUsd = Math.round(vendorUsd * 1e9);
    return { nanoUsd, lines: [{ item: "vendor", units: 1, nanoUsd }], unpriced: [] };
  }
  const input = count(usage.billedInputTokens ?? usage.inputTokens);
  const output = count(usage.billedOutputTokens ?? usage.outputTokens);
  const images = count(usage.images);
  const milliseconds = count((usage.seconds ?? 0) * 1000);
  const characters = count(usage.characters);
  const queries = count(usage.queries);

  const rates = ratesFor(price, input, facts, usage.serviceTier);
  const measured = {
    tokens: input > 0 || output > 0,
    image: images > 0,
    second: milliseconds > 0,
    character: characters > 0,
  };
  const inputCharged = rates.input !== undefined || rates.inputAudio !== undefined;
  const outputCharged = rates.output !== undefined || rates.outputImage !== undefined ||
    rates.outputAudio !== undefined;
  const tokensCharged = inputCharged || outputCharged;
  const anyCharged = (measured.tokens && tokensCharged) || (measured.image && rates.image !== undefined) ||
    (measured.second && rates.second !== undefined) ||
    (measured.character && rates.character !== undefined) || (queries > 0 && rates.query !== undefined);
  const imageCharged = rates.image !== undefined && !(output > 0 && outputCharged);

  const tally = new Tally();
  if (tokensCharged || !anyCharged) {
    tallyInput(tally, usage, input, rates);
    // Output tokens of a vendor that charges for pictures alone are those pictures.
    if (outputCharged || !imageCharged || images === 0) tallyOutput(tally, usage, output, images, rates);
  }
  // Pictures priced by their tokens, of which none were counted, are not free.
  const uncounted = outputCharged && output === 0;
  if (imageCharged || uncounted || !anyCharged) tally.perUnit("image", images, rates.image);
  if (rates.second !== undefined || !anyCharged) tally.perSecond(milliseconds, rates.second);
  if (rates.character !== undefined || !anyCharged) {
    tally.perMillion("character", characters, rates.character);
  }
  tally.perUnit("query", queries, rates.query);
  if (rates.request !== undefined) tally.perUnit("request", 1, rates.request);
  return tally.bill();
}

/**
 * Input tokens, each in one line. Vendors do not say which of the cached tokens were sound or pictures; those are taken for
 * fresh as far as they fit beside what was cached, which never bills too little.
 */
function tallyInput(tally: Tally, usage: Usage, input: number, rates: Rates): void {
  // What is billed already leaves out what the vendor gives away; it does not say which of it was cached.
  const cached = usage.billedInputTokens === undefined ? Math.min(count(usage.cachedTokens), input) : 0;
  const written = Math.min(count(usage.cacheWriteTokens), input - cached);
  const written1h = Math.min(count(usage.cacheWrite1hTokens), written);
  const fresh = input - cached - written;
  const sound = Math.min(count(usage.inputAudioTokens), input);
  const freshSound = Math.min(sound, fresh);
  const cachedSound = Math.min(sound - freshSound, cached);
  const freshPictures = Math.min(count(usage.inputImageTokens), fresh - freshSound);
  const cachedRate = rates.cachedInput ?? rates.input;
  const writeRate = rates.cacheWrite ?? rates.input;
  tally.perMillion("input", fresh - freshSound - freshPictures, rates.input);
  tally.perMillion("input-audio", freshSound, rates.inputAudio ?? rates.input);
  tally.perMillion("input-image", freshPictures, rates.inputImage ?? rates.input);
  tally.perMillion("cached-input", cached - cachedSound, cachedRate);
  tally.perMillion(
    "cached-input-audio",
    cachedSound,
    rates.cachedInputAudio ?? rates.inputAudio ?? cachedRate,
  );
  tally.perMillion("cache-write", written - written1h, writeRate);
  tally.perMillion("cache-write-1h", written1h, rates.cacheWrite1h ?? writeRate);
}

/** Output tokens, each in one line. Where pictures came and their tokens were not counted apart, all tokens were pictures. */
function tallyOutput(tally: Tally, usage: Usage, output: number, images: number, rates: Rates): void {
  const reasoning = Math.min(count(usage.reasoningTokens), output);
  const answer = output - reasoning;
  const sound = Math.min(count(usage.outputAudioTokens), answer);
  const allPictures = usage.outputImageTokens === undefined && images > 0 && rates.outputImage !== undefined;
  const pictures = Math.min(
    allPictures ? answer : count(usage.outputImageTokens),
    answer - sound,
  );
  tally.perMillion("output", answer - sound - pictures, rates.output);
  tally.perMillion("reasoning", reasoning, rates.reasoning ?? rates.output);
  tally.perMillion("output-audio", sound, rates.outputAudio ?? rates.output);
  tally.perMillion("output-image", pictures, rates.outputImage ?? rates.output);
}

/**
 * The most that a call can be expected to cost, in nano-USD, before it is sent: nothing comes from the vendor's cache and
 * the answer uses up `maxOutputTokens`, all of it at the dearer of the output and the reasoning rate.
 *
 * @returns `null` when a rate that is needed is unknown
 */
export function estimate(
  price: Price | undefined,
  inputTokens: number,
  maxOutputTokens: number,
  other: Pick<Usage, "images" | "seconds" | "characters" | "queries"> = {},
  facts?: PriceFacts,
): number | null {
  const rates = ratesFor(price, count(inputTokens), facts);
  const thinking = (rates.reasoning ?? 0) > (rates.output ?? 0) ? maxOutputTokens : 0;
  const usage: Usage = {
    ...other,
    inputTokens,
    outputTokens: maxOutputTokens,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: thinking,
    totalTokens: inputTokens + maxOutputTokens,
  };
  return bill(price, usage, facts).nanoUsd;
}

/**
 * `count` units at `rate` nano-USD per million, to the nearest nano-USD. The rate is split into whole nano-USD per unit
 * and a remainder, so that no product reaches 2^53.
 */
export function nanoPerMillion(count: number, rate: number): number {
  const whole = Math.floor(rate / million);
  const product = count * (rate - whole * million);
  let rest = Math.floor(product / million);
  // The division may round up to the next integer; the remainder, which is exact, tells.
  if (product - rest * million < 0) rest--;
  if (product - rest * million >= million / 2) rest++;
  return count * whole + rest;
}

/** A usable count: whole, not negative, not beyond the bound; anything else that a vendor may send is 0. */
function count(value: number | undefined): number {
  if (value === undefined || !(value > 0)) return 0;
  return value >= maxCount ? maxCount : Math.round(value);
}

class Tally {
  #nanoUsd = 0;
  readonly #lines: CostLine[] = [];
  #unpriced: Item[] | undefined;

  perMillion(item: Item, units: number, rate: number | undefined): void {
    if (units === 0) return;
    if (rate === undefined) this.#missing(item);
    else this.#add(item, units, nanoPerMillion(units, rate));
  }

  perUnit(item: Item, units: number, rate: number | undefined): void {
    if (units === 0) return;
    if (rate === undefined) this.#missing(item);
    else this.#add(item, units, units * rate);
  }

  /** Seconds come in fractions; they are counted in milliseconds. */
  perSecond(milliseconds: number, rate: number | undefined): void {
    if (milliseconds === 0) return;
    if (rate === undefined) this.#missing("second");
    else this.#add("second", milliseconds / 1000, nanoPerMillion(milliseconds, rate * 1000));
  }

  bill(): Bill {
    const unpriced = this.#unpriced ?? none;
    return { nanoUsd: unpriced.length === 0 ? this.#nanoUsd : null, lines: this.#lines, unpriced };
  }

  #add(item: Item, units: number, nanoUsd: number): void {
    this.#nanoUsd += nanoUsd;
    this.#lines.push({ item, units, nanoUsd });
  }

  #missing(item: Item): void {
    (this.#unpriced ??= []).push(item);
  }
}

const none: readonly Item[] = Object.freeze([]);
