/** What a vendor's judge says of texts: flagged or not, by category. */

import { asFields, type ManifestMedia, type Part } from "../../../src/plugin.ts";
import { firstOf } from "./places.ts";

/** One judgement for each text, in their order. A vendor that names no verdict has flagged what any category flags. */
export function judgements(items: readonly unknown[], { reply = {} }: ManifestMedia): readonly Part[] {
  const readScores = firstOf(reply.score ?? "/category_scores");
  return items.flatMap((item, index): readonly Part[] => {
    const judged = asFields(item);
    if (judged === undefined) return [];
    const categories = only(judged["categories"], isBoolean);
    const { flagged } = judged;
    if (!isBoolean(flagged) && Object.keys(categories).length === 0) return [];
    return [{
      type: "moderation",
      index,
      flagged: isBoolean(flagged) ? flagged : Object.values(categories).includes(true),
      categories,
      scores: only(readScores(item), isNumber),
    }];
  });
}

/** Categories that do not apply to a text come as null. */
function only<T>(fields: unknown, fits: (value: unknown) => value is T): Record<string, T> {
  const entries = Object.entries(asFields(fields) ?? {});
  return Object.fromEntries(entries.filter((entry): entry is [string, T] => fits(entry[1])));
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
