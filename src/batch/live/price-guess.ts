/** What a prompt may cost at the job's models, for a budget that must hold before the answer is there. */

import { loomError } from "../../errors/index.ts";
import type { Loom } from "../../index.ts";
import { estimateTokens } from "../../util/estimate-tokens.ts";
import { candidateOf } from "../ask/ask-prompt.ts";
import type { AskSpec } from "../ask/ask-spec.ts";
import { assumedOutput } from "../plan/assumed-output.ts";
import { rowPrices } from "../plan/row-price.ts";

/** Tokens that roles and separators add, and how far the guess from a text's length may be off. */
const [frameTokens, margin] = [16, 1.25];

/** @throws LoomError `invalid-request`, when a model has no price that a limit could be held against */
export async function priceGuess(loom: Loom, spec: AskSpec): Promise<(prompt: string) => number> {
  const { provider, model, params = {}, system = "", schema } = spec;
  const { findTarget } = (await loom.engine()).opened;
  const candidates = [{ provider, model }, ...(spec.fallback ?? []).map(candidateOf)];
  const targets = await Promise.all(
    candidates.map((candidate) => findTarget(candidate, { modality: "text", params })),
  );
  const prices = targets.map((target) =>
    rowPrices(target, assumedOutput(target, undefined, undefined).outputPerRow)
  );
  for (const [index, price] of prices.entries()) {
    if (price(1_000).live !== null) continue;
    const name = `${targets[index]?.provider}/${targets[index]?.model}`;
    throw loomError(
      "invalid-request",
      `--max-cost-usd cannot be kept: no price of ${name} is known; leave the limit out, or ask a model that loom models shows with a price`,
      { path: "max-cost-usd" },
    );
  }
  const shared = frameTokens + estimateTokens(system) +
    (schema === undefined ? 0 : estimateTokens(JSON.stringify(schema)));
  return (prompt) => {
    const tokens = Math.ceil((shared + estimateTokens(prompt)) * margin);
    let dearest = 0;
    for (const price of prices) dearest = Math.max(dearest, price(tokens).live ?? 0);
    return dearest / 1e9;
  };
}
