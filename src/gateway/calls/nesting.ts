/** How deep a JSON text may go: deeper ones overflow the stack of whoever writes them again, here or at the vendor. */

/** More than any request means; JSON Schemas of tools go some twenty deep. */
const maxDepth = 500;

/** Looks closely only at texts with so many brackets that they could be too deep. */
export function isTooDeep(text: string): boolean {
  if (opens(text, "{", maxDepth) + opens(text, "[", maxDepth) <= maxDepth) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) quoted = !quoted;
    else if (quoted) at += code === 0x5c ? 1 : 0;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}

/** How often a bracket occurs, counted no further than one beyond `most`. */
function opens(text: string, bracket: string, most: number): number {
  let count = 0;
  for (let at = text.indexOf(bracket); at !== -1 && count <= most; at = text.indexOf(bracket, at + 1)) {
    count++;
  }
  return count;
}
