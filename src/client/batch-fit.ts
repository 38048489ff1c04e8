/** Whether a call can be a row of its vendor's batches, and how large a row it would be. */

import type { BatchLimits } from "../contract/batch.ts";
import type { Call } from "../contract/call.ts";
import { LoomError } from "../errors/index.ts";
import { CallLedger, Canceller } from "../kernel/index.ts";
import { rowContext } from "./batch-rows.ts";
import type { Engine } from "./engine.ts";

export interface BatchFit {
  /** The call, asking its first target alone. */
  readonly call: Call;
  readonly provider: string;
  readonly model: string;
  readonly limits: BatchLimits;
  /** What the row adds to what is sent. */
  readonly bytes: number;
}

/** As long as the id of any row can be. */
const someRowId = "row-9999999";

/** `undefined`: it cannot. @throws LoomError, when its first candidate cannot be resolved */
export async function batchFit(engine: Engine, asked: Call): Promise<BatchFit | undefined> {
  const { findTarget, providers, clock } = engine.opened;
  const [first] = asked.candidates;
  const target = await findTarget(first, asked);
  const { provider: { batches } } = await providers.get(target.provider);
  if (batches === undefined) return undefined;
  const { provider, model } = target;
  const call: Call = { ...asked, candidates: [{ ...first, provider, model }] };
  const frame = { id: "batch-fit", deadlineMs: Infinity, cancellation: new Canceller() };
  try {
    const ctx = rowContext(frame, call, target, new CallLedger(frame.id, clock));
    const bytes = batches.sizeOf({ customId: someRowId, ctx });
    return { call, provider, model, limits: batches.limits, bytes };
  } catch (error) {
    // Such as a modality that the vendor answers only one by one.
    if (LoomError.is(error)) return undefined;
    throw error;
  }
}
