/** Near names, for messages of the kind "did you mean". For error paths only: it looks at every candidate. */

/** Longer names are compared by their beginning alone; bounds the work that a hostile name can cause. */
const maxLength = 80;

/**
 * Gives up to `limit` of `candidates` that look like `name`, nearest first: few typing mistakes, or one within the other.
 *
 * @example
 * ```ts
 * nearest("gpt-4o-mni", ["gpt-4o", "gpt-4o-mini", "o3"]); // ["gpt-4o-mini", "gpt-4o"]
 * ```
 */
export function nearest(name: string, candidates: Iterable<string>, limit: number = 3): readonly string[] {
  const wanted = name.slice(0, maxLength).toLowerCase();
  if (wanted === "") return [];
  const near: { readonly candidate: string; readonly score: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const score = distance(wanted, candidate.slice(0, maxLength).toLowerCase());
    if (score !== undefined) near.push({ candidate, score });
  }
  near.sort((a, b) => a.score - b.score || (a.candidate < b.candidate ? -1 : 1));
  return near.slice(0, limit).map((hit) => hit.candidate);
}

/** Number of edits; for one name within the other at most 3 and a little; `undefined`: nothing alike. */
function distance(wanted: string, candidate: string): number | undefined {
  const allowed = Math.max(1, Math.floor(Math.min(wanted.length, candidate.length) / 3));
  const edits = editDistance(wanted, candidate, allowed);
  const within = wanted.length >= 3 && candidate.length >= 3 &&
    (candidate.includes(wanted) || wanted.includes(candidate));
  if (!within) return edits;
  const contained = 3 + Math.abs(wanted.length - candidate.length) / 100;
  return edits === undefined ? contained : Math.min(edits, contained);
}

/** Insertions, deletions, replacements and swaps of neighbours; `undefined` when there are more than `allowed`. */
export function editDistance(a: string, b: string, allowed: number): number | undefined {
  if (Math.abs(a.length - b.length) > allowed) return undefined;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    let smallest = row;
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      }
      current.push(cost);
      smallest = Math.min(smallest, cost);
    }
    if (smallest > allowed) return undefined;
    beforeLast = last;
    last = current;
  }
  const edits = at(last, b.length);
  return edits <= allowed ? edits : undefined;
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
