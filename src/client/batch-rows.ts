/** The rows of a batch: requests become calls on the way in, answers become results on the way out. */

import type { BatchRow, BatchRowResult } from "../contract/batch.ts";
import type { Call } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { Bill } from "../contract/cost.ts";
import type { Part } from "../contract/part.ts";
import type { Result } from "../contract/result.ts";
import type { Target } from "../contract/target.ts";
import type { Usage } from "../contract/usage.ts";
import { bill } from "../catalog/index.ts";
import { LoomError, toLoomError } from "../errors/index.ts";
import { attempting, callContext, CallLedger, EventBus, planned, wholeReply } from "../kernel/index.ts";
import { withOwnSystem } from "../middleware/adapter.ts";
import { factsOf } from "../middleware/index.ts";
import { resultOf } from "./call-result.ts";
import type { Engine } from "./engine.ts";
import type { GenerateRequest } from "./generate-request.ts";
import { invalidRequest } from "./invalid-request.ts";
import { toCall } from "./request.ts";

/** What became of one request: its result, or an error. */
export type BatchOutcome<R = Result> =
  | { readonly result: R; readonly error?: undefined }
  | { readonly result?: undefined; readonly error: LoomError };

/** What became of one row before it is made a result of. Its account is closed and priced. */
export interface RowAnswer {
  readonly ctx: Attempting;
  readonly outcome:
    | { readonly parts: readonly Part[]; readonly error?: undefined }
    | { readonly parts?: undefined; readonly error: LoomError };
}

/** What the whole batch says, and rows therefore cannot. */
const ofTheBatch = ["signal", "timeoutMs", "maxCostUsd"] as const;

/** @throws LoomError `invalid-request`, naming the request */
export function callsOf(requests: readonly GenerateRequest[]): readonly [Call, ...Call[]] {
  if (!Array.isArray(requests)) throw invalidRequest("requests", "must be a list of requests");
  const [first, ...rest] = requests.map((request: GenerateRequest, index) => {
    const field = ofTheBatch.find((name) => request?.[name] !== undefined);
    if (field !== undefined) {
      throw invalidRequest(`requests[${index}].${field}`, "cannot be said for one row");
    }
    try {
      return toCall(request, false);
    } catch (error) {
      if (!LoomError.is(error, "invalid-request")) throw error;
      throw invalidRequest(
        `requests[${index}]: ${error.data.path ?? ""}`.trim(),
        `is wrong: ${error.message}`,
      );
    }
  });
  if (first === undefined) throw invalidRequest("requests", "is empty");
  return [first, ...rest];
}

/** The targets of all rows. @throws LoomError `invalid-request`, when they are not one model in one modality */
export async function targetsOf(
  engine: Engine,
  calls: readonly Call[],
  first: Target,
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const [index, call] of calls.entries()) {
    const found = engine.opened.findTarget(call.candidates[0], call);
    const target = found instanceof Promise ? await found : found;
    if (nameOf(target) !== nameOf(first)) {
      const problem = `asks ${nameOf(target)}, and requests[0] ${nameOf(first)}; a batch asks one model`;
      throw invalidRequest(`requests[${index}]`, `${problem} in one modality`);
    }
    targets.push(target);
  }
  return targets;
}

function nameOf({ provider, model, modality }: Target): string {
  return `${provider}/${model} (${modality})`;
}

export function customIdOf(index: number): string {
  return `row-${index}`;
}

/** The context of one row, under the cancellation of the operation that it is part of. */
export function rowContext(
  ctx: Pick<Attempting, "id" | "deadlineMs" | "cancellation">,
  call: Call,
  target: Target,
  ledger: CallLedger,
): Attempting {
  const events = new EventBus((error) => {
    throw error;
  });
  const frame = { id: ctx.id, deadlineMs: ctx.deadlineMs, ledger, events };
  const plan = { targets: [target] as const, skipped: [] };
  return withOwnSystem(attempting(planned(callContext(frame, call, ctx.cancellation), plan), target, 1));
}

/** The rows as the provider takes them. */
export function rowsOf(
  ctx: Attempting,
  calls: readonly Call[],
  targets: readonly Target[],
  ledger: CallLedger,
): readonly BatchRow[] {
  return calls.map((call, index) => ({
    customId: customIdOf(index),
    ctx: rowContext(ctx, call, targets[index] ?? ctx.target, ledger),
  }));
}

/** Results and errors by row. Of several answers to one row the first that is none of an error counts. */
export function byRow(found: readonly BatchRowResult[]): ReadonlyMap<string, BatchRowResult> {
  const rows = new Map<string, BatchRowResult>();
  for (const row of found) {
    const before = rows.get(row.customId);
    if (before === undefined || before.parts === undefined) rows.set(row.customId, row);
  }
  return rows;
}

/** The result of one row, at the price of batches. */
export async function outcomeOf(
  engine: Engine,
  ctx: Attempting,
  parts: readonly Part[],
): Promise<BatchOutcome> {
  const { target, call } = ctx;
  const ledger = settle(engine, ctx, parts);
  try {
    return { result: await resultOf(ctx, wholeReply({ target, origin: "vendor" }, parts), parts) };
  } catch (fault) {
    const error = toLoomError(fault, `reading a row of ${call.modality}`);
    error.trace ??= ledger.receipt();
    return { error };
  }
}

/** Closes a row's account, at the price of batches. */
export function settle(engine: Engine, ctx: Attempting, parts: readonly Part[]): CallLedger {
  const ledger = ctx.ledger as CallLedger;
  const usage = parts.findLast((part) => part.type === "usage")?.usage;
  ledger.open(ctx).close("ok", usage === undefined ? {} : { usage });
  const owed = owedFor(ctx, usage);
  ledger.price(0, owed);
  ledger.cost = engine.opened.toCost(owed, 0);
  ledger.end();
  return ledger;
}

function owedFor({ call, target, ledger }: Attempting, usage: Usage | undefined): Bill {
  if (usage === undefined) {
    ledger.warn("price-unknown", "the vendor did not say what the row used");
    return { nanoUsd: null, lines: [], unpriced: [] };
  }
  const owed = bill(target.price, usage, { ...factsOf(call, target), batch: true });
  if (owed.nanoUsd === null) {
    const what = owed.unpriced.join(", ");
    ledger.warn("price-unknown", `no price is known for ${what} of ${target.provider}/${target.model}`);
  }
  return owed;
}
