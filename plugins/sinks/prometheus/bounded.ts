/** Names from callers and vendors as labels: short, and so many that no caller can fill the memory. */

const maxNames = 500;
const longestName = 128;

/** Gives a function that says under which name something is counted; beyond the bound that is `other`. */
export function bounded(): (kind: string, name: string) => string {
  const seen = new Map<string, Set<string>>();
  return (kind, given) => {
    // deno-lint-ignore no-control-regex -- these are what is taken out
    const name = given.slice(0, longestName).replace(/[\u0000-\u001f\u007f]/g, "");
    let names = seen.get(kind);
    if (names === undefined) seen.set(kind, names = new Set());
    if (names.has(name)) return name;
    if (names.size >= maxNames) return "other";
    names.add(name);
    return name;
  };
}
