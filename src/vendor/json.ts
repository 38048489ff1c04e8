/** Reads JSON that nobody has checked: every question answers `undefined` where the value is of another kind. */

/** A JSON object of unknown content. */
export type Fields = Readonly<Record<string, unknown>>;

export function asFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

export function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** A string that says something. */
export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A string or a finite number, as text: error codes come as both. */
export function asWord(value: unknown): string | undefined {
  return typeof value === "number" && Number.isFinite(value) ? String(value) : asText(value);
}

/** A count that may be written as text. Negative and senseless ones are 0. */
export function asCount(value: unknown): number | undefined {
  if (typeof value !== "number" && (typeof value !== "string" || value.trim() === "")) return undefined;
  const count = Math.round(Number(value));
  return Number.isFinite(count) && count > 0 ? count : 0;
}

/** A place in a list or a text: a whole number from 0, below `bound`. */
export function asIndex(value: unknown, bound: number = Number.MAX_SAFE_INTEGER): number | undefined {
  return Number.isSafeInteger(value) && value as number >= 0 && value as number < bound
    ? value as number
    : undefined;
}

/** Splits `data:image/png;base64,…`; `undefined` for any other address. */
export function dataUri(url: string): { readonly mimeType: string; readonly dataB64: string } | undefined {
  if (!url.startsWith("data:")) return undefined;
  const comma = url.indexOf(",");
  const head = url.slice("data:".length, comma);
  if (comma === -1 || !head.endsWith(";base64")) return undefined;
  return { mimeType: head.slice(0, -";base64".length), dataB64: url.slice(comma + 1) };
}
