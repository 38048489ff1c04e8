/** The room's own door: catalogs, lookups and prices from one place. Reaches neither the YAML library nor zod. */

export { Catalog, type ModelFilter } from "./catalog.ts";
export {
  defaultRates,
  type LocalCurrency,
  localCurrency,
  type LocalCurrencyOptions,
  toCost,
  toNanoUsd,
  toUsd,
} from "./currency.ts";
export { ratesFor } from "./effective-rates.ts";
export { bill, estimate } from "./price.ts";
export { type CurrencyRates, keyOfRate, rateNames } from "./rates.ts";
export type { ModelRegistration, OpenAICompatibleVendor } from "./registration.ts";
export { reprice, type Repriced, type TokenTotals } from "./reprice.ts";
export { lookup, match, notFound } from "./resolve.ts";
export type { CatalogOptions } from "./source.ts";
