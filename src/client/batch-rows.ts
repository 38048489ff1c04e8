/** The rows of a batch: requests become calls on the way in, answers become results on the way out. */

import type { Call } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { Bill } from "../contract/cost.ts";
import type { Part } from "../contract/part.ts";
import type { Target } from "../contract/target.ts";
import type { Usage } from "../contract/usage.ts";
import { bill } from "../catalog/index.ts";
import { LoomError, toLoomError } from "../errors/index.ts";
import { attempting, callContext, CallLedger, EventBus, planned, wholeReply } from "../kernel/index.ts";
import { withOwnSystem } from "../middleware/adapter.ts";
import { factsOf } from "../middleware/index.ts";
import type { BatchOutcome } from "./batch.ts";
import { resultOf } from "./call-result.ts";
import type { Engine } from "./engine.ts";
import type { GenerateRequest } from "./generate-request.ts";
import { invalidRequest } from "./invalid-request.ts";
import { toCall } from "./request.ts";

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

/** Rows have their place in the whole list as their name, so that answers say whose they are in any part of it. */
export function customIdOf(index: number): string {
  return `row-${index}`;
}

/** The reverse; `undefined`: it is not the name of a row. */
export function indexOf(customId: string): number | undefined {
  const index = /^row-(0|[1-9]\d{0,8})$/.exec(customId)?.[1];
  return index === undefined ? undefined : Number(index);
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
