/** The result of one attempt, as a router's validator sees it before the call has ended. */

import type { Attempting } from "../contract/context.ts";
import type { Part } from "../contract/part.ts";
import type { Cost } from "../contract/cost.ts";
import type { Result } from "../contract/result.ts";
import { parseOutput } from "./output.ts";
import { textOf, toResult } from "./result.ts";

/** Costs are summed when the call ends; until then they are unknown rather than 0. */
const notYet: Cost = { usd: null, local: null, localCurrency: "", savedUsd: null, breakdown: [] };

/** @throws LoomError `output-invalid`, when the answer does not fit the call's schema */
export async function resultOfAttempt(ctx: Attempting, parts: readonly Part[]): Promise<Result> {
  const { call, target } = ctx;
  return toResult(parts, {
    modality: call.modality,
    provider: target.provider,
    model: target.model,
    receipt: ctx.ledger.receipt(),
    cost: notYet,
    streamed: call.stream,
    ...(call.output === undefined ? {} : { output: await parseOutput(call.output, textOf(parts)) }),
  });
}
