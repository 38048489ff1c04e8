/** The handle of a batch: asks how far it is, waits for it, stops it, and fetches what came of it. */

import type { BatchState } from "../contract/batch.ts";
import type { Call, Modality } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { Provider } from "../contract/provider.ts";
import type { Warning } from "../contract/receipt.ts";
import type { Result } from "../contract/result.ts";
import type { Secret } from "../contract/secret.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { CallLedger } from "../kernel/index.ts";
import { sleep } from "../util/backoff.ts";
import { batchId, type BatchPlace } from "./batch-id.ts";
import {
  type BatchOutcome,
  byRow,
  customIdOf,
  outcomeOf,
  type RowAnswer,
  rowContext,
  settle,
  targetsOf,
} from "./batch-rows.ts";
import type { Engine } from "./engine.ts";
import { invalidRequest } from "./invalid-request.ts";
import { operate, type Work } from "./operate.ts";
import { noParams } from "./request.ts";

/** How long one operation may take, and who may end it. */
export interface BatchOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface BatchWaitOptions extends BatchOptions {
  /** Between two questions. Default 30,000. */
  readonly pollIntervalMs?: number;
}

/** How far a batch is. */
export interface BatchReport extends BatchState {
  /** It will not change any more. */
  readonly done: boolean;
}

/** A batch at a vendor. */
export interface BatchHandle<R = Result> {
  /** Says where the batch is; `loom.batch(id)` picks it up in any process. It holds no secret. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly modality: Modality;
  /** How many requests it has. */
  readonly rows: number;
  /** What was left out or changed on the way to the vendor; empty for a batch that was picked up. */
  readonly warnings: readonly Warning[];
  status(options?: BatchOptions): Promise<BatchReport>;
  /**
   * Settles when the batch is done, however it ended; without `timeoutMs` it waits as long as it takes. Giving up the wait
   * does not stop the batch.
   */
  wait(options?: BatchWaitOptions): Promise<BatchReport>;
  /** Asks the vendor to stop; what is done by then is kept, and charged. One that has ended stays as it is. */
  cancel(options?: BatchOptions): Promise<BatchReport>;
  /**
   * One entry for each request, in their order, with its cost at the price of batches. After `expired` and `cancelled` the
   * rows that were not done are errors.
   *
   * @throws LoomError `invalid-request`, while it is not done; `provider-failed`, when it failed as a whole
   */
  results(options?: BatchOptions): Promise<readonly BatchOutcome<R>[]>;
}

/** A batch whose rows can also be had as the vendor's parts, for callers who make no results of them. */
export interface CallBatch extends BatchHandle {
  /** As `results`. */
  answers(options?: BatchOptions): Promise<readonly RowAnswer[]>;
}

/** Uploads and downloads of whole batches take a while. */
export const transferMs = 1_800_000;
const askMs = 120_000;
const defaultPollMs = 30_000;
/** The longest that a timer of this machine runs: 24.8 days, and no vendor takes more than 14. */
const longestMs = 2_147_483_647;
/** Questions that may fail in a row before nobody waits any more. */
const maxLostPolls = 10;

const ended: ReadonlySet<string> = new Set(["completed", "failed", "expired", "cancelled"]);

/** @param calls what the rows asked, where that is known; answers are read, checked and priced by it */
export function batchHandle(
  host: { engine(): Promise<Engine> },
  place: BatchPlace,
  calls: readonly Call[] | undefined,
  warnings: readonly Warning[],
): CallBatch {
  const { provider, model, modality, rows } = place;
  const [first] = calls ?? [];
  const asked: Call = first ?? {
    modality,
    candidates: [{ provider, model }],
    messages: [],
    params: noParams,
    stream: false,
    useCache: false,
  };

  async function ask<T>(work: Work<T>, options: BatchOptions, usualMs: number): Promise<T> {
    const { signal, timeoutMs = usualMs } = options;
    const engine = await host.engine();
    return await operate(engine, asked, { signal, timeoutMs }, "batches", work, { name: place.account });
  }

  async function status(options: BatchOptions = {}): Promise<BatchReport> {
    return reportOf(
      await ask((active, ctx, key) => active.batches?.status(ctx, key, place.id), options, askMs),
    );
  }

  async function wait(options: BatchWaitOptions = {}): Promise<BatchReport> {
    const { pollIntervalMs = defaultPollMs, timeoutMs = longestMs, signal } = options;
    for (const [name, value] of Object.entries({ pollIntervalMs, timeoutMs })) {
      if (typeof value === "number" && value > 0) continue;
      throw invalidRequest(name, "must be a number of milliseconds above 0");
    }
    const engine = await host.engine();
    const scope = engine.scope({ signal, timeoutMs: Math.min(timeoutMs, longestMs) });
    try {
      for (let lost = 0;;) {
        scope.canceller.throwIfCancelled();
        try {
          const report = await status({ signal: scope.canceller.signal });
          if (report.done) return report;
          lost = 0;
        } catch (error) {
          if (scope.canceller.reason !== undefined) throw scope.canceller.reason;
          if (!mayPass(error) || ++lost >= maxLostPolls) throw error;
        }
        await sleep(Math.min(pollIntervalMs, longestMs), engine.opened.clock, scope.canceller);
      }
    } finally {
      scope.end();
    }
  }

  async function cancel(options: BatchOptions = {}): Promise<BatchReport> {
    try {
      return reportOf(
        await ask((active, ctx, key) => active.batches?.cancel(ctx, key, place.id), options, askMs),
      );
    } catch (error) {
      // Vendors refuse to stop what has ended; only its state says whether that was why.
      if (!LoomError.is(error) || error.status < 400 || error.status >= 500) throw error;
      const report = await status(options);
      if (report.done) return report;
      throw error;
    }
  }

  async function results(options: BatchOptions = {}): Promise<readonly BatchOutcome[]> {
    const engine = await host.engine();
    const rows = await found(options);
    const outcomes: BatchOutcome[] = [];
    for (const { ctx, outcome: { parts, error } } of rows) {
      outcomes.push(parts === undefined ? { error } : await outcomeOf(engine, ctx, parts));
    }
    return outcomes;
  }

  async function answers(options: BatchOptions = {}): Promise<readonly RowAnswer[]> {
    const engine = await host.engine();
    const rows = await found(options);
    for (const { ctx, outcome: { parts } } of rows) if (parts !== undefined) settle(engine, ctx, parts);
    return rows;
  }

  async function found(options: BatchOptions): Promise<readonly RowAnswer[]> {
    const report = await status(options);
    if (!report.done) {
      throw invalidRequest("", `came too early: the batch is ${report.status}; wait for it first`);
    }
    if (report.status === "failed" && !report.hasResults) {
      const message = `the batch failed: ${report.problem ?? "no reason was given"}`;
      throw loomError("provider-failed", message, {}, { provider, model, recovery: "never" });
    }
    const work: Work<readonly RowAnswer[]> = (active, ctx, key) =>
      active.batches === undefined ? undefined : read(active.batches, ctx, key, report);
    return await ask(work, options, transferMs);
  }

  async function read(
    batches: NonNullable<Provider["batches"]>,
    ctx: Attempting,
    key: Secret | undefined,
    report: BatchReport,
  ): Promise<readonly RowAnswer[]> {
    const engine = await host.engine();
    const targets = calls === undefined ? [] : await targetsOf(engine, calls, ctx.target);
    const contexts = new Map<string, Attempting>();
    for (let index = 0; index < rows; index++) {
      const ledger = new CallLedger(`${place.id}/${customIdOf(index)}`, engine.opened.clock);
      const row = rowContext(ctx, calls?.[index] ?? ctx.call, targets[index] ?? ctx.target, ledger);
      contexts.set(customIdOf(index), row);
    }
    const ctxOf = (customId: string) => contexts.get(customId) ?? ctx;
    const rowsFound = report.hasResults ? byRow(await batches.results(ctx, key, place.id, ctxOf)) : undefined;
    return Array.from(contexts, ([customId, row]) => {
      const { parts, error = missing(report) } = rowsFound?.get(customId) ?? {};
      return { ctx: row, outcome: parts === undefined ? { error: error as LoomError } : { parts } };
    });
  }

  function missing({ status }: BatchReport): LoomError {
    const message = `the row has no answer, and the batch is ${status}`;
    return loomError(status === "cancelled" ? "aborted" : "provider-failed", message, {}, {
      provider,
      model,
    });
  }

  const id = batchId(place);
  return { id, provider, model, modality, rows, warnings, status, wait, cancel, results, answers };
}

export function reportOf(state: BatchState): BatchReport {
  return { ...state, done: ended.has(state.status) };
}

/** Whether the next question may be answered, though this one was not. */
function mayPass(error: unknown): boolean {
  return LoomError.is(error) && (error.recovery === "same-target" || error.code === "timed-out");
}
