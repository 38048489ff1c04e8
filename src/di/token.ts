/** Typed injection tokens: registered symbols, so that two copies of the package agree on them. */

import type { Token } from "../contract/plugin.ts";

/**
 * Makes the token of a service. The same name gives the same token everywhere.
 *
 * @example
 * ```ts
 * import { token } from "loom-router/plugin";
 * interface Mailer { send(text: string): void }
 * export const MAILER = token<Mailer>("acme.mailer");
 * ```
 */
export function token<T>(name: string): Token<T> {
  return Symbol.for(`loom.${name}`) as Token<T>;
}
