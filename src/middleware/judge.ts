/** Asks a call's own validator about a whole answer. */

import type { Accept } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { Part } from "../contract/part.ts";
import { orCancelled } from "../kernel/index.ts";

/** Makes of an answer's parts what the caller would get; DESIGN section 5's result. */
export type ToResult = (ctx: Attempting, parts: readonly Part[]) => unknown;

/** What became of an answer. `result` is there when one could be made of it. */
export type Verdict =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly reason: string; readonly result?: unknown };

/** Longest reason that is kept, in characters; a validator may put an answer into it. */
const maxReasonChars = 500;

/**
 * Judges. A validator that throws has rejected the answer: what was paid for is not lost behind its fault.
 *
 * @throws the reason of a cancellation, even when the validator never settles
 */
export async function judge(
  ctx: Attempting,
  accept: Accept,
  parts: readonly Part[],
  toResult: ToResult,
): Promise<Verdict> {
  let result: unknown;
  try {
    const made = toResult(ctx, parts);
    result = isPromise(made) ? await orCancelled(made, ctx.cancellation) : made;
  } catch (error) {
    ctx.cancellation.throwIfCancelled();
    return rejected(`no result could be made of the answer: ${messageOf(error)}`);
  }
  try {
    const asked = accept(result as never);
    const said: unknown = isPromise(asked) ? await orCancelled(asked, ctx.cancellation) : asked;
    if (said === true) return { accepted: true };
    return { ...rejected(reasonOf(said)), result };
  } catch (error) {
    ctx.cancellation.throwIfCancelled();
    return { ...rejected(`the validator threw: ${messageOf(error)}`), result };
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

function rejected(reason: string): { readonly accepted: false; readonly reason: string } {
  return { accepted: false, reason: reason.slice(0, maxReasonChars) };
}

function reasonOf(said: unknown): string {
  if (said === false) return "the validator said no";
  if (typeof said === "string") return said === "" ? "the validator said no" : said;
  return `the validator returned ${
    said === null ? "null" : typeof said
  }; it must return true, false or a reason`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
