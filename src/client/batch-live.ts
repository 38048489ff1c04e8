/** Batches of mode live: the same handle, and rows that are asked one by one through the chain, at once and by this process. */

import type { Call } from "../contract/call.ts";
import type { Target } from "../contract/target.ts";
import { type LoomError, loomError, toLoomError } from "../errors/index.ts";
import { abortedError, orCancelled } from "../kernel/index.ts";
import {
  type BatchHandle,
  type BatchOutcome,
  type BatchPart,
  type BatchPartReport,
  type BatchReport,
  type BatchSubmitOptions,
  longestMs,
} from "./batch.ts";
import { livePrefix } from "./batch-id.ts";
import { wholeResult } from "./call-result.ts";
import type { Engine, Running } from "./engine.ts";
import { invalidRequest } from "./invalid-request.ts";
import { limitsOf } from "./limits.ts";

const defaultWorkers = 8;
const maxWorkers = 10_000;

/** @param options `signal` and `timeoutMs` stop the rows; those that were done by then are kept */
export function liveBatch(
  host: { engine(): Promise<Engine> },
  engine: Engine,
  calls: readonly Call[],
  targets: readonly Target[],
  options: BatchSubmitOptions,
): BatchHandle {
  const { signal, timeoutMs = longestMs, workers = defaultWorkers } = options;
  if (!Number.isInteger(workers) || workers < 1 || workers > maxWorkers) {
    throw invalidRequest("workers", `must be a whole number from 1 to ${maxWorkers}`);
  }
  const id = livePrefix + crypto.randomUUID();
  const createdAtMs = engine.opened.clock.now();
  const outcomes: BatchOutcome[] = new Array(calls.length);
  const parts = partsOf(targets);
  const running = new Set<Running>();
  let [next, succeeded, failed] = [0, 0, 0];
  let stopped: LoomError | undefined;
  let isDone = false;

  function stop(reason: LoomError): void {
    stopped ??= reason;
    for (const one of [...running]) one.cancel(reason);
  }

  function keep(index: number, outcome: BatchOutcome): void {
    outcomes[index] = outcome;
    if (outcome.error === undefined) succeeded++;
    else failed++;
  }

  async function ask(index: number): Promise<BatchOutcome> {
    let one: Running | undefined;
    try {
      // A Loom that was closed refuses here, row by row.
      const open = await host.engine();
      if (stopped !== undefined) return { error: unasked(stopped) };
      const call = calls[index] as Call;
      one = open.run(call, limitsOf({ modality: call.modality }, open.opened.totalMs));
      running.add(one);
      return { result: await wholeResult(one) };
    } catch (fault) {
      const error = toLoomError(fault, "a row of a batch");
      if (error.code === "closed") stop(error);
      return { error };
    } finally {
      if (one !== undefined) running.delete(one);
    }
  }

  async function work(): Promise<void> {
    while (stopped === undefined && next < calls.length) {
      const index = next++;
      keep(index, await ask(index));
    }
  }

  const scope = engine.scope({ signal, timeoutMs: Math.min(timeoutMs, longestMs) });
  const { canceller } = scope;
  canceller.onCancel((reason) => stop(reason as LoomError));
  const done = Promise.all(Array.from({ length: Math.min(workers, calls.length) }, work)).then(() => {
    scope.end();
    for (; next < calls.length; next++) keep(next, { error: unasked(stopped as LoomError) });
    isDone = true;
  });

  function report(): BatchReport {
    const status = !isDone
      ? "in_progress"
      : stopped === undefined
      ? "completed"
      : stopped.code === "timed-out"
      ? "expired"
      : "cancelled";
    const state = {
      id,
      status,
      vendorStatus: status,
      createdAtMs,
      hasResults: isDone,
      done: isDone,
    } as const;
    const counts = { total: calls.length, succeeded, failed };
    return { ...state, counts, parts: parts.map((part): BatchPartReport => ({ ...part, ...state })) };
  }

  function found(): readonly BatchOutcome[] {
    if (isDone) return outcomes;
    throw invalidRequest("", "came too early: the batch is in_progress; wait for it first");
  }

  async function wait(waiting: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {}) {
    const until = engine.scope({
      signal: waiting.signal,
      timeoutMs: Math.min(waiting.timeoutMs ?? longestMs, longestMs),
    });
    try {
      until.canceller.throwIfCancelled();
      await orCancelled(done, until.canceller);
      return report();
    } finally {
      until.end();
    }
  }

  const { provider, model, modality } = targets[0] as Target;
  return {
    id,
    mode: "live",
    provider,
    model,
    modality,
    rows: calls.length,
    parts,
    warnings: [],
    status: () => Promise.resolve(report()),
    wait,
    async cancel(options) {
      if (!isDone) stop(abortedError());
      return await wait(options);
    },
    // deno-lint-ignore require-await -- what it throws must be a rejection
    results: async () => found(),
    async *outcomes() {
      for (const [index, outcome] of found().entries()) yield { index, outcome };
    },
  };
}

function unasked(reason: LoomError): LoomError {
  const message = `the row was not asked: ${reason.message}`;
  return loomError(reason.code as "internal", message, reason.data as object, {
    recovery: "never",
    cause: reason,
  });
}

function partsOf(targets: readonly Target[]): readonly BatchPart[] {
  const parts = new Map<string, BatchPart & { rows: number }>();
  for (const { provider, model, modality } of targets) {
    const name = JSON.stringify([provider, model, modality]);
    const part = parts.get(name) ?? { provider, model, modality, rows: 0 };
    part.rows++;
    parts.set(name, part);
  }
  return [...parts.values()];
}
