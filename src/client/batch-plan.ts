/** Which of the vendors' batches a list of calls becomes: one for each provider, model and modality, or more where it is too long. */

import { setImmediate } from "node:timers/promises";
import type { Batches } from "../contract/batch.ts";
import type { Call } from "../contract/call.ts";
import type { Target } from "../contract/target.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { CallLedger, Canceller } from "../kernel/index.ts";
import { customIdOf, rowContext } from "./batch-rows.ts";
import { nameOf } from "./batch-targets.ts";
import type { Engine } from "./engine.ts";
import { invalidRequest } from "./invalid-request.ts";

/** Rows that go into one batch of a vendor. */
export interface PlannedPart {
  readonly provider: string;
  readonly batches: Batches;
  /** Their places in the list, ascending. */
  readonly rows: readonly number[];
}

interface OpenPart extends PlannedPart {
  readonly rows: number[];
  bytes: number;
}

/** So many rows are sized in one go, before others of this process have their turn. */
const rowsAtOnce = 1_000;

/** What the advice is when a vendor takes no batches, or none of these rows. */
const advice = 'mode: "live" asks them one by one, at live prices';

/**
 * Every row is looked at before anything is sent, so that none is found wrong when others were handed in already.
 *
 * @throws LoomError `unsupported` or `invalid-request`, naming the request
 */
export async function planBatch(
  engine: Engine,
  calls: readonly Call[],
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<readonly PlannedPart[]> {
  const parts: OpenPart[] = [];
  const open = new Map<string, OpenPart>();
  const frame = { id: "batch", deadlineMs: Infinity, cancellation: new Canceller() };
  const ledger = new CallLedger(frame.id, engine.opened.clock);
  for (const [index, target] of targets.entries()) {
    if (index % rowsAtOnce === rowsAtOnce - 1) {
      await setImmediate();
      signal.throwIfAborted();
    }
    const name = nameOf(target);
    let part = open.get(name);
    const batches = part?.batches ?? await batchesAt(engine, target, index);
    const bytes = sized(index, () => {
      const ctx = rowContext(frame, calls[index] as Call, target, ledger);
      return batches.sizeOf({ customId: customIdOf(index), ctx });
    });
    const { maxRows, maxBytes } = batches.limits;
    if (bytes > maxBytes) {
      const most = `${target.provider} takes ${maxBytes} bytes at most in a batch`;
      throw invalidRequest(`requests[${index}]`, `has ${bytes} bytes, and ${most}`);
    }
    if (part === undefined || part.rows.length >= maxRows || part.bytes + bytes > maxBytes) {
      part = { provider: target.provider, batches, rows: [], bytes: 0 };
      open.set(name, part);
      parts.push(part);
    }
    part.rows.push(index);
    part.bytes += bytes;
  }
  return parts;
}

async function batchesAt(engine: Engine, target: Target, index: number): Promise<Batches> {
  const { provider } = await engine.opened.providers.get(target.provider);
  if (provider.batches !== undefined) return provider.batches;
  const message = `requests[${index}]: ${provider.label} has no batches; ${advice}`;
  throw loomError("unsupported", message, { feature: "batches" }, {
    provider: target.provider,
    model: target.model,
  });
}

function sized(index: number, size: () => number): number {
  try {
    return size();
  } catch (error) {
    if (!LoomError.is(error)) throw error;
    const hint = error.code === "unsupported" ? `; ${advice}` : "";
    throw loomError(
      error.code as "internal",
      `requests[${index}]: ${error.message}${hint}`,
      error.data as object,
      {
        provider: error.provider,
        model: error.model,
        status: error.status,
        recovery: error.recovery,
        cause: error,
      },
    );
  }
}

/** The one part that rows make up which fit, as their caller has seen to. */
export async function wholePart(
  engine: Engine,
  calls: readonly Call[],
  target: Target,
): Promise<PlannedPart> {
  const batches = await batchesAt(engine, target, 0);
  return { provider: target.provider, batches, rows: calls.map((_, index) => index) };
}
