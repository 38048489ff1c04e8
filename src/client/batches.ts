/** Batches: hands requests to vendors all at once, and picks up what was handed in. */

import type { Call } from "../contract/call.ts";
import type { Target } from "../contract/target.ts";
import { type LoomError, loomError, toLoomError } from "../errors/index.ts";
import { CallLedger } from "../kernel/index.ts";
import {
  type BatchHandle,
  type BatchModeOptions,
  type BatchOptions,
  type BatchOutcome,
  type BatchRunOptions,
  type BatchSubmitOptions,
  type CallBatch,
  longestMs,
} from "./batch.ts";
import { batchHandle, checkTimes } from "./batch-handle.ts";
import { batchId, batchMap } from "./batch-id.ts";
import { labelsOf } from "./batch-key.ts";
import { liveBatch } from "./batch-live.ts";
import type { BatchMap, BatchPlace } from "./batch-map.ts";
import { planBatch, type PlannedPart, wholePart } from "./batch-plan.ts";
import { callsOf } from "./batch-rows.ts";
import { handInPart } from "./batch-submit.ts";
import { oneTarget, targetsOf } from "./batch-targets.ts";
import type { Engine } from "./engine.ts";
import type { GenerateRequest } from "./generate-request.ts";
import { invalidRequest } from "./invalid-request.ts";

/** What a batch belongs to: a Loom. */
export interface BatchHost {
  engine(): Promise<Engine>;
}

/** Longer ids than this are in an error's `data` alone. */
const maxToldIdChars = 2_000;

/** @throws LoomError with `data.batchId`, where a part could not be handed in and others were */
export async function submitBatch(
  host: BatchHost,
  requests: readonly GenerateRequest[],
  options: BatchSubmitOptions = {},
): Promise<BatchHandle> {
  checkMode(options);
  const calls = callsOf(requests);
  const engine = await host.engine();
  const targets = await targetsOf(engine, calls);
  if (options.mode === "live") return liveBatch(host, engine, calls, targets, options);
  return await handIn(
    host,
    engine,
    calls,
    targets,
    options,
    (signal) => planBatch(engine, calls, targets, signal),
  );
}

/** As `submitBatch`, of calls that were read already, ask one model, and fit into one batch. */
export async function submitCalls(
  host: BatchHost,
  calls: readonly [Call, ...Call[]],
  options: BatchOptions = {},
): Promise<CallBatch> {
  const engine = await host.engine();
  const targets = await targetsOf(engine, calls);
  const target = oneTarget(targets);
  return await handIn(
    host,
    engine,
    calls,
    targets,
    options,
    async () => [await wholePart(engine, calls, target)],
  );
}

async function handIn(
  host: BatchHost,
  engine: Engine,
  calls: readonly Call[],
  targets: readonly Target[],
  { signal, timeoutMs = longestMs, idempotencyKey, search = {} }: BatchSubmitOptions,
  plan: (signal: AbortSignal) => Promise<readonly PlannedPart[]>,
): Promise<CallBatch> {
  checkTimes({ timeoutMs });
  const ledger = new CallLedger("batch", engine.opened.clock);
  const scope = engine.scope({ signal, timeoutMs: Math.min(timeoutMs, longestMs) });
  const { canceller } = scope;
  const places: BatchPlace[] = [];
  try {
    canceller.throwIfCancelled();
    const parts = await plan(canceller.signal);
    const labels = labelsOf(idempotencyKey, parts);
    try {
      for (const [index, part] of parts.entries()) {
        const except = [...search.except ?? [], ...places.map(({ id }) => id)];
        const submission = { engine, calls, targets, ledger, search: { ...search, except }, canceller };
        places.push(await handInPart(submission, part, labels[index]));
      }
    } catch (error) {
      if (places.length === 0) throw error;
      throw halfway(error, mapOf(calls.length, places, parts), parts.length, idempotencyKey !== undefined);
    }
    return batchHandle(host, mapOf(calls.length, places, parts), calls, ledger.warnings);
  } finally {
    scope.end();
  }
}

/** @param places of the first parts, which were handed in */
function mapOf(rows: number, places: readonly BatchPlace[], parts: readonly PlannedPart[]): BatchMap {
  if (places.length === 1 && parts.length === 1) return { rows, places };
  const partOf = new Uint32Array(rows).fill(places.length);
  for (const part of places.keys()) for (const row of parts[part]?.rows ?? []) partOf[row] = part;
  return { rows, places, partOf };
}

/** What was handed in goes on and is paid for, so that nobody may lose it. */
function halfway(fault: unknown, map: BatchMap, parts: number, hasKey: boolean): LoomError {
  const error = toLoomError(fault, "handing a batch in");
  const done = `${map.places.length} of the ${parts} batches that the list makes are handed in and go on`;
  const rest = hasKey
    ? "the same list with the same idempotencyKey hands in the rest"
    : "there the rows of the others are errors, and can be handed in again";
  return withId(error, batchId(map), done, `; ${rest}`, hasKey ? error.recovery : "never");
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
  const map = batchMap(id);
  if (calls !== undefined && calls.length !== map.rows) {
    throw invalidRequest("requests", `are ${calls.length}, and the batch has ${map.rows} rows`);
  }
  return batchHandle(host, map, calls, []);
}

/** Hands in, waits, and gives the results. @throws LoomError, naming the batch's id once there is one */
export async function runBatch(
  host: BatchHost,
  requests: readonly GenerateRequest[],
  { pollIntervalMs, timeoutMs, signal, ...how }: BatchRunOptions = {},
): Promise<readonly BatchOutcome[]> {
  const own = signal === undefined ? {} : { signal };
  const until = timeoutMs === undefined ? own : { ...own, timeoutMs };
  checkTimes({ ...timeoutMs === undefined ? {} : { timeoutMs } });
  if (how.mode === "live") {
    // Nobody can pick it up, so who leaves stops it, and what was done is not lost.
    const handle = await submitBatch(host, requests, { ...how, ...until });
    await handle.wait();
    return await handle.results();
  }
  const handle = await submitBatch(host, requests, { ...how, ...own });
  try {
    await handle.wait({ ...until, ...pollIntervalMs === undefined ? {} : { pollIntervalMs } });
    return await handle.results(own);
  } catch (error) {
    // The batch goes on without the one who waited, and is paid for.
    const known = toLoomError(error, "waiting for a batch");
    throw withId(known, handle.id, "", "", known.recovery);
  }
}

function withId(
  error: LoomError,
  batchId: string,
  before: string,
  after: string,
  recovery: LoomError["recovery"],
): LoomError {
  const told = batchId.length > maxToldIdChars
    ? "loom.batch(error.data.batchId)"
    : `loom.batch("${batchId}")`;
  const message = `${error.message}; ${before}${
    before === "" ? "" : ": "
  }${told} picks the batch up again${after}`;
  const data = { ...error.data as object, batchId };
  const named = loomError(error.code as "internal", message, data, {
    ...{ provider: error.provider, model: error.model, status: error.status },
    ...{ retryAfterMs: error.retryAfterMs, requestId: error.requestId, recovery, cause: error },
  });
  named.trace = error.trace;
  return named;
}

function checkMode({ mode = "batch", idempotencyKey, search, workers }: BatchModeOptions): void {
  if (mode !== "batch" && mode !== "live") throw invalidRequest("mode", 'must be "batch" or "live"');
  if (mode === "batch" && workers !== undefined) {
    throw invalidRequest(
      "workers",
      'is about mode: "live"; how a vendor works on its batches is its own affair',
    );
  }
  if (mode === "live" && (idempotencyKey !== undefined || search !== undefined)) {
    const name = idempotencyKey === undefined ? "search" : "idempotencyKey";
    throw invalidRequest(name, 'cannot be kept in mode: "live", whose rows no vendor keeps; leave it out');
  }
  if (search !== undefined && idempotencyKey === undefined) {
    throw invalidRequest("search", "is about an idempotencyKey, and there is none");
  }
}
