/** Rankings: which document fits, and how well. */

import { asFields, type ManifestMedia, type Part, type WireReplyHead } from "../../../src/plugin.ts";
import { firstOf } from "./places.ts";

/** Places that are none of the documents', and those without a number, are left out. */
export function ranks(
  items: readonly unknown[],
  { ctx }: WireReplyHead,
  { reply = {} }: ManifestMedia,
): readonly Part[] {
  const readIndex = firstOf(reply.index ?? "/index");
  const readScore = firstOf(reply.score ?? "/relevance_score");
  const documents = ctx.call.input?.length ?? 0;
  return items.flatMap((item): readonly Part[] => {
    if (asFields(item) === undefined) return [];
    const index = readIndex(item);
    const score = Number(readScore(item) ?? Number.NaN);
    if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= documents) return [];
    return Number.isFinite(score) ? [{ type: "rank", index: index as number, score }] : [];
  });
}
