/** The batches of one model at its vendor, bare: for callers who split, name and keep account of them by themselves. */

import type { BatchLimits, BatchRow, BatchSearch, BatchState } from "../contract/batch.ts";
import type { Call } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { Target } from "../contract/target.ts";
import { LoomError } from "../errors/index.ts";
import { CallLedger, Canceller } from "../kernel/index.ts";
import { type BatchOptions, type BatchOutcome, transferMs } from "./batch.ts";
import { customIdOf, outcomeOf, rowContext } from "./batch-rows.ts";
import type { Engine } from "./engine.ts";
import { operate, type PinnedAccount, type Work } from "./operate.ts";

/** How far a batch is. */
export interface VendorReport extends BatchState {
  /** It will not change any more. */
  readonly done: boolean;
}

/** Where a batch is at the vendor. */
export interface VendorPlace {
  /** The vendor's id of it. */
  readonly id: string;
  /** The account it belongs to, where the provider has several. */
  readonly account?: string | undefined;
  /** What it was handed in with. */
  readonly label?: string | undefined;
}

export interface NamedOutcome {
  readonly customId: string;
  readonly outcome: BatchOutcome;
}

export interface VendorBatches {
  readonly target: Target;
  readonly limits: BatchLimits;
  /** Whether `find` can be asked. */
  readonly canFind: boolean;
  /** What a row adds to what is sent, in bytes. @throws LoomError, when the call cannot be a row */
  sizeOf(call: Call): number;
  /**
   * Hands in calls as rows with the ids of `customIdOf`. Each is made when it is written, and not kept.
   *
   * @param callAt the call of a row, to this model
   * @throws LoomError with recovery `never`, when nobody can tell whether the vendor has taken it
   */
  submit(
    rows: number,
    callAt: (index: number) => Call,
    label: string,
    options?: BatchOptions,
  ): Promise<VendorPlace>;
  /** The batch that was handed in with this label, in whichever account. */
  find(label: string, search: BatchSearch, options?: BatchOptions): Promise<VendorPlace | undefined>;
  status(place: VendorPlace, options?: BatchOptions): Promise<VendorReport>;
  /** Asks the vendor to stop; one that has ended stays as it is. */
  cancel(place: VendorPlace, options?: BatchOptions): Promise<VendorReport>;
  /**
   * Gives the rows that the vendor has to `take`, in no order, some at a time, as they come. After a failure that passes they
   * come again from the first.
   */
  results(
    place: VendorPlace,
    take: (rows: readonly NamedOutcome[]) => Promise<void>,
    options?: BatchOptions,
  ): Promise<void>;
}

const askMs = 120_000;
const ended: ReadonlySet<string> = new Set(["completed", "failed", "expired", "cancelled"]);

/**
 * @param call as every row asks, but for its messages
 * @returns `undefined`: the vendor takes no batches
 * @throws LoomError, when its model cannot be resolved
 */
export async function vendorBatches(engine: Engine, call: Call): Promise<VendorBatches | undefined> {
  const { findTarget, providers, clock } = engine.opened;
  const target = await findTarget(call.candidates[0], call);
  const active = await providers.get(target.provider);
  const { batches } = active.provider;
  if (batches === undefined) return undefined;

  async function ask<T>(
    work: Work<T>,
    usualMs: number,
    { signal, timeoutMs = usualMs }: BatchOptions = {},
    pinned: PinnedAccount = { name: undefined },
  ): Promise<T> {
    return await operate(engine, call, { signal, timeoutMs }, "batches", work, pinned);
  }

  async function status(place: VendorPlace, options?: BatchOptions): Promise<VendorReport> {
    const work: Work<BatchState> = ({ batches }, ctx, key) => batches?.status(ctx, key, place.id);
    return reportOf(await ask(work, askMs, options, { name: place.account }));
  }

  /** Where the provider has accounts, and nobody knows which one handed it in. */
  async function accountNames(): Promise<readonly (string | undefined)[]> {
    return active.pool === undefined ? [undefined] : (await active.accounts()).map(({ name }) => name);
  }

  return {
    target,
    limits: batches.limits,
    canFind: batches.find !== undefined,
    status,

    sizeOf(row) {
      const frame = { id: "batch-size", deadlineMs: Infinity, cancellation: new Canceller() };
      const ctx = rowContext(frame, row, target, new CallLedger(frame.id, clock));
      return batches.sizeOf({ customId: customIdOf(9_999_999), ctx });
    },

    async submit(rows, callAt, label, options) {
      const pinned: PinnedAccount = { name: undefined };
      const work: Work<BatchState> = ({ batches }, ctx, key) => {
        const ledger = new CallLedger(ctx.id, clock);
        const contextOf = (index: number) => rowContext(ctx, callAt(index), ctx.target, ledger);
        return batches?.submit(lazyRows(rows, contextOf), key, label);
      };
      const { id } = await ask(work, transferMs, options, pinned);
      return { id, label, account: pinned.name };
    },

    async find(label, search, options) {
      for (const name of await accountNames()) {
        const work: Work<{ readonly of: BatchState | undefined }> = ({ batches }, ctx, key) =>
          batches?.find?.(ctx, key, label, search).then((of) => ({ of }));
        const pinned = { name };
        const { of: found } = await ask(work, askMs, options, pinned);
        if (found !== undefined) return { id: found.id, label, account: pinned.name };
      }
      return undefined;
    },

    async cancel(place, options) {
      try {
        const work: Work<BatchState> = ({ batches }, ctx, key) => batches?.cancel(ctx, key, place.id);
        return reportOf(await ask(work, askMs, options, { name: place.account }));
      } catch (error) {
        // Vendors refuse to stop what has ended; only its state says whether that was why.
        if (!LoomError.is(error) || error.status < 400 || error.status >= 500) throw error;
        const report = await status(place, options);
        if (report.done) return report;
        throw error;
      }
    },

    async results(place, take, options) {
      const work: Work<void> = ({ batches }, ctx, key) => {
        if (batches === undefined) return undefined;
        const contexts = new Map<string, Attempting>();
        const ctxOf = (customId: string) => {
          const ledger = new CallLedger(`${place.id}/${customId}`, clock);
          const row = rowContext(ctx, call, ctx.target, ledger);
          contexts.set(customId, row);
          return row;
        };
        const read = async () => {
          for await (const rows of batches.results(ctx, key, place.id, ctxOf, place.label)) {
            const outcomes: NamedOutcome[] = [];
            for (const { customId, parts, error } of rows) {
              const outcome: BatchOutcome = parts === undefined
                ? { error: error as LoomError }
                : await outcomeOf(engine, contexts.get(customId) ?? ctxOf(customId), parts);
              outcomes.push({ customId, outcome });
            }
            contexts.clear();
            await take(outcomes);
          }
        };
        return read();
      };
      await ask(work, transferMs, options, { name: place.account });
    },
  };
}

function reportOf(state: BatchState): VendorReport {
  return { ...state, done: ended.has(state.status) };
}

/** Fifty thousand contexts weigh more than the rows that are written with them: one at a time is kept. */
function lazyRows(count: number, contextOf: (index: number) => Attempting): readonly BatchRow[] {
  let last: { readonly index: number; readonly ctx: Attempting } | undefined;
  return Array.from({ length: count }, (_, index) => ({
    customId: customIdOf(index),
    get ctx() {
      if (last?.index !== index) last = { index, ctx: contextOf(index) };
      return last.ctx;
    },
  }));
}
