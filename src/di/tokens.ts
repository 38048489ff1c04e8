/** The tokens of the services that Loom itself provides. */

import type {
  CatalogReader,
  Clock,
  Dialects,
  Environment,
  Http,
  Keys,
  Logger,
  Random,
} from "../contract/services.ts";
import type { Token } from "../contract/plugin.ts";
import type { Store } from "../contract/storage.ts";
import { token } from "./token.ts";

/** HTTP to vendors. */
export const HTTP: Token<Http> = token<Http>("http");
/** Time. */
export const CLOCK: Token<Clock> = token<Clock>("clock");
/** Randomness, for jitter and ids. */
export const RANDOM: Token<Random> = token<Random>("random");
/** Diagnostics. */
export const LOGGER: Token<Logger> = token<Logger>("logger");
/** Keys of vendors. */
export const KEYS: Token<Keys> = token<Keys>("keys");
/** Environment variables. */
export const ENVIRONMENT: Token<Environment> = token<Environment>("environment");
/** Models and prices. */
export const CATALOG: Token<CatalogReader> = token<CatalogReader>("catalog");
/** Wire formats, for provider plugins that speak a known one. */
export const DIALECTS: Token<Dialects> = token<Dialects>("dialects");
/** Shared state; that of this process alone, when no store is configured. */
export const STORE: Token<Store> = token<Store>("store");
