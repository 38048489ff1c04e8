/** Values as CSV writes them, per RFC 4180. */

import type { Json } from "../../../contract/json.ts";

/** What is no string is written as JSON, and `null` as nothing. */
export function csvValue(value: Json | undefined, delimiter: string): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (!/["\r\n]|^[ \t]|[ \t]$/.test(text) && !text.includes(delimiter)) return text;
  return `"${text.replaceAll('"', '""')}"`;
}
