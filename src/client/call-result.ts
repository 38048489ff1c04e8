/** The result of a call that has ended: its parts, its account, its checked output, and which candidate answered. */

import type { Context } from "../contract/context.ts";
import type { Cost } from "../contract/cost.ts";
import type { Part } from "../contract/part.ts";
import type { Reply } from "../contract/reply.ts";
import type { Result, RouterReport } from "../contract/result.ts";
import { LoomError, toLoomError } from "../errors/index.ts";
import { collect } from "../kernel/index.ts";
import type { Running } from "./engine.ts";
import { parseOutput } from "./output.ts";
import { textOf, toResult } from "./result.ts";

/** Waits for a call's end. */
export async function wholeResult({ ctx, reply: coming }: Running): Promise<Result> {
  const reply = await coming;
  const result = resultOf(ctx, reply, reply.parts ?? await collect(reply));
  return result instanceof Promise ? await result : result;
}

/** A promise only where an output schema must be asked. */
export function resultOf(ctx: Context, reply: Reply, parts: readonly Part[]): Result | Promise<Result> {
  const { call, ledger } = ctx;
  if (call.output === undefined) return makeResult(ctx, reply, parts, undefined);
  const text = textOf(parts);
  const declined = text === "" && parts.some(({ type }) => type === "tool-call" || type === "refusal");
  if (declined) return makeResult(ctx, reply, parts, undefined);
  return parseOutput(call.output, text).then(
    (output) => makeResult(ctx, reply, parts, output),
    (error) => {
      if (LoomError.is(error)) error.trace ??= ledger.receipt();
      throw error;
    },
  );
}

function makeResult(ctx: Context, reply: Reply, parts: readonly Part[], output: unknown): Result {
  const { call, ledger } = ctx;
  try {
    return toResult(parts, {
      modality: call.modality,
      provider: reply.target.provider,
      model: reply.target.model,
      receipt: ledger.receipt(),
      cost: ledger.cost as Cost,
      streamed: call.stream,
      output,
      ...(call.candidates.length === 1 ? undefined : { router: routerReport(ctx, reply) }),
    });
  } catch (fault) {
    const error = toLoomError(fault, "making the result");
    error.trace ??= ledger.receipt();
    throw error;
  }
}

function routerReport({ ledger }: Context, { target }: Reply): RouterReport {
  const used = `${target.provider}/${target.model}`;
  const tried = new Set(ledger.attempts.map(({ provider, model }) => `${provider}/${model}`));
  tried.add(used);
  return { used, tried: [...tried] };
}
