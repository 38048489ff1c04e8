/** What is reserved for a call whose true use is not known yet: enough that limits hold, not so much that it starves others. */

import type { Call } from "../contract/call.ts";
import type { Bill, Price, PriceFacts } from "../contract/cost.ts";
import type { Target } from "../contract/target.ts";
import { estimateInputTokens } from "../util/estimate-input.ts";
import { factsOf } from "./cost.ts";
import { worstUsage } from "./estimate-usage.ts";
import type { Rule } from "./limit-rules.ts";

/** Prices usage in whole nano-USD. */
export type PriceUsage = (
  price: Price | undefined,
  usage: ReturnType<typeof worstUsage>,
  facts?: PriceFacts,
) => Bill;

/** Output that is assumed where the call does not bound it. */
const assumedOutputTokens = 1_024;
/** The vendors' names for most output tokens, and for how many answers are wanted at once. */
const outputBounds = [
  "max_tokens",
  "max_completion_tokens",
  "max_output_tokens",
  "maxOutputTokens",
  "maxTokens",
];
const answerCounts = ["n", "best_of", "candidateCount"];
const maxAnswers = 128;

/** What a call may use at its dearest target. */
export interface Estimate {
  readonly tokens: Amount;
  readonly nanoUsd: Amount;
  /** Targets that have no price for something the call is going to use. */
  readonly unpriced: readonly Target[];
}

interface Amount {
  /** With the guess at an output that the call does not bound, or bounds by more than is reserved. */
  readonly total: number;
  /** Without that guess. Reckoned only when somebody asks, which few do. */
  readonly certain: () => number;
}

/** What one target may take, in tokens: with what is guessed of its output, and without. */
interface Possible {
  readonly target: Target;
  readonly reserved: number;
  readonly certain: number;
}

/**
 * Estimates input and output. The output is what the call asks for, within what the model can; asked for nothing, 1,024
 * tokens; and `mostOutputTokens` at most.
 */
export function estimateCall(
  call: Call,
  targets: readonly Target[],
  mostOutputTokens: number,
  bill: PriceUsage | undefined,
): Estimate {
  const inputTokens = estimateInputTokens(call);
  const possible = targets.map((target) => possibleOutput(call, target, mostOutputTokens));
  const unpriced: Target[] = [];
  const cost = (target: Target, outputTokens: number) =>
    bill?.(target.price, worstUsage(call, target, inputTokens, outputTokens), factsOf(call, target)).nanoUsd;
  let [tokens, nanoUsd] = [inputTokens, 0];
  for (const { target, reserved } of possible) {
    tokens = Math.max(tokens, inputTokens + reserved);
    if (bill === undefined) continue;
    const most = cost(target, reserved) ?? null;
    if (most === null) unpriced.push(target);
    else nanoUsd = Math.max(nanoUsd, most);
  }
  const dearest = (of: (one: Possible) => number) =>
    possible.reduce((most, one) => Math.max(most, of(one)), 0);
  return {
    tokens: { total: tokens, certain: () => inputTokens + dearest(({ certain }) => certain) },
    nanoUsd: { total: nanoUsd, certain: () => dearest(({ target, certain }) => cost(target, certain) ?? 0) },
    unpriced,
  };
}

function possibleOutput(call: Call, target: Target, mostOutputTokens: number): Possible {
  const { tokens, guessed } = call.modality === "text" ? wantedOutput(target) : noOutput;
  const reserved = Math.min(tokens, mostOutputTokens);
  return { target, reserved, certain: guessed || reserved < tokens ? 0 : reserved };
}

/**
 * How much of a rule's bound a call reserves. A guess at its output takes no more than half of the bound, so that nobody is
 * refused for good who may use little; what the input takes, and output that the call itself bounds, is reserved in full.
 */
export function amountFor({ kind, max }: Rule, estimate: Estimate | undefined): number {
  if (kind === "requests" || kind === "concurrent" || estimate === undefined) return 1;
  const { total, certain } = kind === "tokens" ? estimate.tokens : estimate.nanoUsd;
  const half = Math.floor((kind === "tokens" ? max : max * 1e9) / 2);
  return total <= half ? total : Math.max(1, certain(), half);
}

interface Output {
  readonly tokens: number;
  readonly guessed: boolean;
}

const noOutput: Output = { tokens: 0, guessed: false };

/** A bound below 1, or that is no number, is none: it neither refunds nor lets anything pass unreserved. */
function wantedOutput({ params, maxOutputTokens = Infinity }: Target): Output {
  let asked = 0;
  for (const name of outputBounds) asked = Math.max(asked, above1(params[name]));
  let answers = 1;
  for (const name of answerCounts) answers = Math.max(answers, above1(params[name]));
  const one = Math.min(asked === 0 ? assumedOutputTokens : asked, maxOutputTokens);
  return { tokens: one * Math.min(answers, maxAnswers), guessed: asked === 0 };
}

function above1(value: unknown): number {
  return typeof value === "number" && value >= 1 ? Math.ceil(value) : 0;
}
