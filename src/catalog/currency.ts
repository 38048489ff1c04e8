/** Money at the edge: nano-USD inside, numbers in USD and in the local currency outside. */

import type { Bill, Cost } from "../contract/cost.ts";
import { loomError } from "../errors/index.ts";

/** The currency that costs are shown in beside USD. */
export interface LocalCurrency {
  /** ISO 4217, upper case. */
  readonly code: string;
  /** US dollars per unit of it. */
  readonly usdPerUnit: number;
}

export interface LocalCurrencyOptions {
  /** ISO 4217 code. Default `INR`. */
  readonly localCurrency?: string | undefined;
  /** US dollars per unit of the local currency. Needed for every currency but INR and USD. */
  readonly localToUsd?: number | undefined;
}

/** USD per unit, by lower-case code: rates that hold unless the options say otherwise. */
export const defaultRates: Readonly<Record<string, number>> = Object.freeze({ usd: 1, inr: 0.012 });

/** @throws LoomError `config-invalid` for a code that is none, a rate that is none, or a currency without a rate */
export function localCurrency(options: LocalCurrencyOptions = {}): LocalCurrency {
  const given = options.localCurrency ?? "INR";
  if (typeof given !== "string" || !/^[A-Za-z]{3}$/.test(given)) {
    throw loomError(
      "config-invalid",
      `localCurrency must be a three-letter ISO 4217 code such as "EUR", but is ${JSON.stringify(given)}`,
      { path: "localCurrency" },
    );
  }
  const code = given.toUpperCase();
  const rate = options.localToUsd ?? defaultRates[code.toLowerCase()];
  if (rate === undefined) {
    throw loomError(
      "config-invalid",
      `localCurrency is ${code} but its rate is unknown: set localToUsd to US dollars per ${code}, for example 1.08`,
      { path: "localToUsd" },
    );
  }
  if (code === "USD" && rate !== 1) {
    throw loomError("config-invalid", `localToUsd must be 1 for localCurrency USD, but is ${rate}`, {
      path: "localToUsd",
    });
  }
  return { code, usdPerUnit: checkRate(rate, "localToUsd") };
}

/** @throws LoomError `config-invalid` naming `path`, unless `rate` is a number above 0 */
export function checkRate(rate: unknown, path: string): number {
  if (typeof rate === "number" && rate > 0 && rate < Infinity) return rate;
  throw loomError(
    "config-invalid",
    `${path} must be a number above 0 (US dollars per unit), but is ${JSON.stringify(rate) ?? String(rate)}`,
    { path },
  );
}

/** USD as a number; `null` stays `null`. */
export function toUsd(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : nanoUsd / 1e9;
}

/** USD amount in whole nano-USD. */
export function toNanoUsd(usd: number): number {
  return Math.round(usd * 1e9);
}

/**
 * A bill as the caller sees it. `savedNanoUsd` is what the naive call would have cost on top; `null`: unknown.
 */
export function toCost(owed: Bill, savedNanoUsd: number | null, currency: LocalCurrency): Cost {
  const usd = toUsd(owed.nanoUsd);
  return {
    usd,
    local: usd === null ? null : usd / currency.usdPerUnit,
    localCurrency: currency.code,
    savedUsd: toUsd(savedNanoUsd),
    breakdown: owed.lines.map((line) => ({ item: line.item, units: line.units, usd: line.nanoUsd / 1e9 })),
  };
}
