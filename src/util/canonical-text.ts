/** A text that is the same for equal JSON values, whatever the order of their keys, and different for all others. */

/**
 * Writes JSON with sorted keys; `undefined` fields are left out as JSON.stringify does. Long strings are written as their
 * length and themselves (`#5:hello`), which is as unambiguous as quoting them, and spares a pass over each prompt.
 *
 * @throws TypeError on cycles and on values that JSON cannot hold
 */
export function canonicalText(value: unknown): string {
  return write(value, 0);
}

/** Deeper than any honest call; a guard against cycles and hostile nesting. */
const maxDepth = 200;

/** Strings from this length on are not quoted. */
const longChars = 64;

function write(value: unknown, depth: number): string {
  if (typeof value === "string") {
    // Lone surrogates would all look alike once the text is hashed as UTF-8; quoting keeps them apart.
    return value.length < longChars || !value.isWellFormed()
      ? JSON.stringify(value)
      : `#${value.length}:${value}`;
  }
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "null";
  if (typeof value !== "object") throw new TypeError(`a ${typeof value} has no place in JSON`);
  if (depth >= maxDepth) throw new TypeError(`nested deeper than ${maxDepth} levels, or in a circle`);
  if (Array.isArray(value)) {
    let text = "[";
    for (let index = 0; index < value.length; index++) {
      if (index > 0) text += ",";
      text += write(value[index], depth + 1);
    }
    return text + "]";
  }
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") {
    return write((value as { toJSON(): unknown }).toJSON(), depth + 1);
  }
  const fields = value as Record<string, unknown>;
  let text = "{";
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key];
    if (field === undefined) continue;
    if (text.length > 1) text += ",";
    text += JSON.stringify(key) + ":" + write(field, depth + 1);
  }
  return text + "}";
}
