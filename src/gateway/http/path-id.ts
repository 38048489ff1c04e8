/** Paths with one piece that varies: `/v1/models/{id}`, `/ai/keys/{id}/rotate`. */

/**
 * What `{id}` of a pattern is in a path, decoded; the empty text where the pattern has none; `undefined`: it does not fit.
 *
 * @param slashes whether an id at the end of the path may hold slashes, as names of models do
 */
export function idInPath(pattern: string, path: string, slashes: boolean): string | undefined {
  const at = pattern.indexOf("{id}");
  if (at === -1) return pattern === path ? "" : undefined;
  const [before, after] = [pattern.slice(0, at), pattern.slice(at + 4)];
  if (!path.startsWith(before) || !path.endsWith(after)) return undefined;
  const id = path.slice(before.length, path.length - after.length);
  if (id === "" || !(slashes && after === "") && id.includes("/")) return undefined;
  try {
    return decodeURIComponent(id);
  } catch {
    return undefined;
  }
}
