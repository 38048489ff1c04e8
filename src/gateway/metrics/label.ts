/** Label values: what callers and vendors name things, made fit for a page of metrics. */

/** What stands for every value beyond the bound of a family. */
export const other = "other";

/** Longer names are cut: nobody reads them, and they would be repeated in every line. */
const maxLength = 128;

// deno-lint-ignore no-control-regex -- these are what is taken out
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** A value without control characters and broken surrogates. Quotes and backslashes stay; the exposition escapes them. */
export function label(raw: string): string {
  const short = raw.length <= maxLength ? raw : `${raw.slice(0, maxLength - 1)}…`;
  return short.toWellFormed().replace(control, "\ufffd");
}
