/** What a catalog is made from: its options, and the YAML file or text. */

import { loomError } from "../errors/index.ts";
import { checkRate, localCurrency, type LocalCurrencyOptions } from "./currency.ts";
import type { CurrencyRates } from "./rates.ts";

export interface CatalogOptions extends LocalCurrencyOptions {
  /** USD per unit, by ISO 4217 code, for prices written in other currencies: `{ eur: 1.08 }`. INR is 0.012 by default. */
  readonly rates?: Readonly<Record<string, number>>;
  /** Whether the models that ship with Loom are known too. Default true. */
  readonly bundled?: boolean;
}

/** Where a catalog's own YAML comes from. */
export type Source = { readonly file: string | URL } | { readonly text: string; readonly file: string };

/** The name that errors show. */
export function sourceName(source: Source): string {
  return source.file instanceof URL ? source.file.pathname : source.file;
}

/** @throws LoomError `config-invalid` when the file cannot be read */
export async function readSource(source: Source): Promise<string> {
  if ("text" in source) return source.text;
  const name = sourceName(source);
  const { readFile } = await import("node:fs/promises");
  try {
    return await readFile(source.file, "utf8");
  } catch (error) {
    const problem = (error as { code?: unknown }).code === "ENOENT"
      ? "there is no such file"
      : (error as Error).message;
    throw loomError(
      "config-invalid",
      `cannot read the catalog ${name}: ${problem}`,
      { path: "catalog", file: name },
      { cause: error },
    );
  }
}

/** The exchange rates that the options hold. @throws LoomError `config-invalid` naming the option */
export function ratesOf(options: CatalogOptions): CurrencyRates {
  const rates: Record<string, number> = {};
  for (const [code, rate] of Object.entries(options.rates ?? {})) {
    if (!/^[A-Za-z]{3}$/.test(code)) {
      throw loomError("config-invalid", `rates.${code}: "${code}" is not a three-letter ISO 4217 code`, {
        path: `rates.${code}`,
      });
    }
    rates[code.toLowerCase()] = checkRate(rate, `rates.${code}`);
  }
  if (options.localCurrency !== undefined || options.localToUsd !== undefined) {
    const { code, usdPerUnit } = localCurrency(options);
    rates[code.toLowerCase()] = usdPerUnit;
  }
  return rates;
}
