/** Names with `*` in them, matched piece by piece: no regular expressions, and nothing is ever gone back to. */

export type Matches = (text: string) => boolean;

/**
 * Makes a test of whole texts, case included. `*` stands for any characters, also none; everything else for itself.
 *
 * @example
 * ```ts
 * wildcard("gpt-*")("gpt-4o"); // true
 * ```
 */
export function wildcard(pattern: string): Matches {
  if (!pattern.includes("*")) return (text) => text === pattern;
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop() ?? "";
  const between = others.filter((piece) => piece !== "");
  const shortest = first.length + last.length;
  return (text) => {
    if (text.length < shortest || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const piece of between) {
      // The earliest place leaves the most room for the pieces that follow.
      const found = text.indexOf(piece, at);
      if (found === -1 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}

/** As `wildcard`, for texts that fit at least one of the patterns. */
export function wildcards(patterns: readonly string[]): Matches {
  const exact = new Set<string>();
  const open: Matches[] = [];
  for (const pattern of patterns) {
    if (pattern.includes("*")) open.push(wildcard(pattern));
    else exact.add(pattern);
  }
  return (text) => exact.has(text) || open.some((matches) => matches(text));
}
