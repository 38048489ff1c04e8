/** A stream behind a guard, as the contract tells it: the last characters wait, and a finding that has not ended waits whole. */

import type { Finding } from "../../../src/plugin.ts";

/** What leaves, with `[KIND]` for each finding. */
export function passed(
  pieces: readonly string[],
  find: (text: string) => readonly Finding[],
  windowChars: number,
): string {
  let [kept, left, out] = ["", 0, ""];
  for (const [index, piece] of [...pieces, ""].entries()) {
    kept += piece;
    const last = index === pieces.length;
    const settled = last ? kept.length : kept.length - windowChars;
    if (settled <= left) continue;
    for (const { start, end, kind } of find(kept)) {
      if (end <= left || start >= settled) continue;
      // It may go on in the next piece.
      if (end === kept.length && !last) break;
      out += kept.slice(left, Math.max(left, start)) + (start >= left ? `[${kind}]` : "");
      left = end;
    }
    const open = last
      ? undefined
      : find(kept).find(({ end, start }) => end === kept.length && start < settled);
    const limit = Math.min(settled, open?.start ?? settled);
    if (limit > left) {
      out += kept.slice(left, limit);
      left = limit;
    }
    const from = Math.max(0, left - windowChars);
    kept = kept.slice(from);
    left -= from;
  }
  return out;
}
