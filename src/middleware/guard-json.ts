/** Small questions about JSON text, for what is cut out of the arguments of tool calls, and put back there. */

/** A value as it stands within a JSON string, without the quotes. */
export function written(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** What a piece of a JSON string says; the piece itself, where it is none. */
export function unescaped(piece: string): string {
  if (!piece.includes("\\")) return piece;
  try {
    return JSON.parse(`"${piece}"`) as string;
  } catch {
    return piece;
  }
}

/** Whether a place of a JSON text lies within one of its strings. */
export function insideString(text: string, place: number): boolean {
  let inside = false;
  for (let index = 0; index < place; index++) {
    const letter = text[index];
    if (letter === "\\" && inside) index++;
    else if (letter === '"') inside = !inside;
  }
  return inside;
}
