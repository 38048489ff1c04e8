/** Questions about parts that more than one link of the chain asks. */

import type { Part, PartType } from "../contract/part.ts";

const silent: ReadonlySet<PartType> = new Set(["response", "usage", "warning", "raw", "finish"]);

/** Whether the caller would see this part as the beginning of an answer: the commit point. Empty texts are not. */
export function isContent(part: Part): boolean {
  if (part.type === "text" || part.type === "reasoning" || part.type === "refusal") return part.text !== "";
  return !silent.has(part.type);
}
