/** Batches: hands requests to a vendor all at once, and picks up what was handed in. */

import type { Call } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { Provider } from "../contract/provider.ts";
import type { Secret } from "../contract/secret.ts";
import type { Target } from "../contract/target.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { CallLedger } from "../kernel/index.ts";
import {
  type BatchHandle,
  batchHandle,
  type BatchOptions,
  type BatchWaitOptions,
  type CallBatch,
  transferMs,
} from "./batch-handle.ts";
import { batchPlace } from "./batch-id.ts";
import { type BatchOutcome, callsOf, rowsOf, targetsOf } from "./batch-rows.ts";
import type { Engine } from "./engine.ts";
import type { GenerateRequest } from "./generate-request.ts";
import { invalidRequest } from "./invalid-request.ts";
import { operate, type PinnedAccount } from "./operate.ts";

/** What a batch belongs to: a Loom. */
export interface BatchHost {
  engine(): Promise<Engine>;
}

/** @throws LoomError with recovery `never`, when nobody can tell whether the vendor has taken it */
export async function submitBatch(
  host: BatchHost,
  requests: readonly GenerateRequest[],
  options?: BatchOptions,
): Promise<BatchHandle> {
  return await submitCalls(host, callsOf(requests), options);
}

/** As `submitBatch`, of calls that were read already. All of them ask one model. */
export async function submitCalls(
  host: BatchHost,
  calls: readonly [Call, ...Call[]],
  { signal, timeoutMs = transferMs }: BatchOptions = {},
): Promise<CallBatch> {
  const engine = await host.engine();
  const ledger = new CallLedger("batch", engine.opened.clock);
  const pinned: PinnedAccount = { name: undefined };
  const { id, target } = await operate(
    engine,
    calls[0],
    { signal, timeoutMs },
    "batches",
    ({ batches }, ctx, key) =>
      batches === undefined ? undefined : handIn(engine, batches, ctx, key, calls, ledger),
    pinned,
  );
  const { provider, model, modality } = target;
  const place = { provider, model, modality, id, rows: calls.length };
  const account = pinned.name === undefined ? {} : { account: pinned.name };
  return batchHandle(host, { ...place, ...account }, calls, ledger.warnings);
}

async function handIn(
  engine: Engine,
  batches: NonNullable<Provider["batches"]>,
  ctx: Attempting,
  key: Secret | undefined,
  calls: readonly Call[],
  ledger: CallLedger,
): Promise<{ readonly id: string; readonly target: Target }> {
  const targets = await targetsOf(engine, calls, ctx.target);
  const { id } = await batches.submit(rowsOf(ctx, calls, targets, ledger), key);
  return { id, target: ctx.target };
}

/** @param requests those that were handed in, in their order: their output schemas are checked and their params priced */
export function pickUpBatch(
  host: BatchHost,
  id: string,
  requests?: readonly GenerateRequest[],
): BatchHandle {
  return pickUpCalls(host, id, requests === undefined ? undefined : callsOf(requests));
}

/** As `pickUpBatch`, of calls that were read already. */
export function pickUpCalls(host: BatchHost, id: string, calls?: readonly Call[]): CallBatch {
  const place = batchPlace(id);
  if (calls !== undefined && calls.length !== place.rows) {
    throw invalidRequest("requests", `are ${calls.length}, and the batch has ${place.rows} rows`);
  }
  return batchHandle(host, place, calls, []);
}

/** Hands in, waits, and gives the results. @throws LoomError, naming the batch's id once there is one */
export async function runBatch(
  host: BatchHost,
  requests: readonly GenerateRequest[],
  options: BatchWaitOptions = {},
): Promise<readonly BatchOutcome[]> {
  const { signal } = options;
  const own = signal === undefined ? {} : { signal };
  const handle = await submitBatch(host, requests, own);
  try {
    await handle.wait(options);
    return await handle.results(own);
  } catch (error) {
    throw withId(error, handle.id);
  }
}

/** The batch goes on without the one who waited, and is paid for. */
function withId(error: unknown, id: string): unknown {
  if (!LoomError.is(error)) return error;
  const message = `${error.message}; loom.batch("${id}") picks the batch up again`;
  const named = loomError(error.code as "internal", message, error.data as object, error);
  named.trace = error.trace;
  return named;
}
