/** What a guard finds, as tests read it. */

import type { Find } from "../../eval/guards/guards.ts";

/** `KIND value` for each finding. */
export function found(find: Find, text: string, role?: "user" | "tool"): readonly string[] {
  return find(text, role).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);
}
