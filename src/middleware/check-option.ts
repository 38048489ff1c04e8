/** Checks the options of built-in stages where they are given, so that a wrong one fails at start and by name. */

import { loomError } from "../errors/index.ts";

export interface NumberRange {
  readonly min: number;
  /** Default: none. */
  readonly max?: number;
  /** Only whole numbers. */
  readonly whole?: boolean;
}

/**
 * Gives the option, or its default when it was left out.
 *
 * @param path the option's full name, such as `retry.maxAttempts`
 * @throws LoomError `config-invalid`, naming path, value and range
 */
export function numberOption(
  path: string,
  value: number | undefined,
  fallback: number,
  range: NumberRange,
): number {
  if (value === undefined) return fallback;
  const { min, max = Infinity, whole = false } = range;
  const fits = typeof value === "number" && value >= min && value <= max &&
    (!whole || Number.isInteger(value));
  if (fits) return value;
  const kind = whole ? "a whole number" : "a number";
  const bounds = max === Infinity ? `of ${min} or more` : `from ${min} to ${max}`;
  throw loomError("config-invalid", `${path} must be ${kind} ${bounds}, not ${JSON.stringify(value)}`, {
    path,
  });
}
