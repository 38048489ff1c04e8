/** What each answer of the vendors in these tests costs, and prompts that are reserved at exactly that. */

export const inputTokens = 1_000;
export const outputTokens = 100;
/** Pieces of a streamed answer. */
export const words = 5;

/** By the catalog's prices of gpt-4o-mini; in whole nano-USD, so that sums are exact. */
export function nanoUsdOf(tokens: number): number {
  return inputTokens * 150 + tokens * 600;
}

/** Of a whole answer, which is also what is reserved for one. */
export const answerNanoUsd: number = nanoUsdOf(outputTokens);

/** The first words are for the vendor: which request it is, and how long to take. The rest makes up 1,000 tokens. */
export function promptOf(id: string, waitMs: number): string {
  const perMessage = 4;
  return `${id} ${waitMs} `.padEnd((inputTokens - perMessage) * 4, "x");
}
