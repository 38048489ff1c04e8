/** Hands one part of a batch to its vendor: once, whatever happens to the connection. */

import type { BatchSearch, BatchState } from "../contract/batch.ts";
import type { Call } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { Target } from "../contract/target.ts";
import { LoomError, loomError } from "../errors/index.ts";
import type { CallLedger, Canceller } from "../kernel/index.ts";
import { sleep } from "../util/backoff.ts";
import { transferMs } from "./batch.ts";
import type { BatchPlace } from "./batch-map.ts";
import { type Found, searchLabel } from "./batch-key.ts";
import type { PlannedPart } from "./batch-plan.ts";
import { customIdOf, rowContext } from "./batch-rows.ts";
import type { Engine } from "./engine.ts";
import { operate, type PinnedAccount } from "./operate.ts";

/** What all parts of a batch have in common while they are handed in. */
export interface Submission {
  readonly engine: Engine;
  readonly calls: readonly Call[];
  readonly targets: readonly Target[];
  /** Where the vendors' warnings go. */
  readonly ledger: CallLedger;
  readonly search: Omit<BatchSearch, "rows">;
  readonly canceller: Canceller;
}

/** Failures after which nobody can tell whether the vendor has taken a batch, where the error says that it must not be sent again. */
const unclear: ReadonlySet<string> = new Set([
  "connection-failed",
  "timed-out",
  "invalid-reply",
  "stream-broken",
  "provider-failed",
  "overloaded",
]);
/** When the vendor is asked whether it has taken it: after a minute its list knows. */
const askAfterMs: readonly number[] = [2_000, 8_000, 20_000, 30_000];
/** A batch that has certainly not arrived is handed in once more. */
const maxTries = 2;

/** @throws LoomError with recovery `never`, when nobody can tell whether the vendor has taken it */
export async function handInPart(
  submission: Submission,
  part: PlannedPart,
  label: string | undefined,
): Promise<BatchPlace> {
  const { engine, search, canceller } = submission;
  const first = part.rows[0] as number;
  const { provider, model, modality } = submission.targets[first] as Target;
  const asked = submission.calls[first] as Call;
  const call: Call = { ...asked, candidates: [{ ...asked.candidates[0], provider, model }] };
  const place = ({ state: { id }, account }: Found): BatchPlace => ({
    ...{ provider, model, modality, id, rows: part.rows.length },
    ...account === undefined ? {} : { account },
    ...label === undefined ? {} : { label },
  });
  if (label === undefined) return place(await submitOnce(submission, part, call, undefined));
  const there = await searchLabel(engine, call, part, label, search, canceller.signal);
  if (there !== undefined) return place(there);
  const sinceMs = engine.opened.clock.now();
  for (let tries = 1;; tries++) {
    try {
      return place(await submitOnce(submission, part, call, label));
    } catch (error) {
      if (!isUnclear(error) || canceller.reason !== undefined) throw error;
      const found = await arrived(submission, part, call, label, sinceMs, error);
      if (found !== undefined) return place(found);
      if (tries >= maxTries) throw error;
    }
  }
}

/** Whether nobody can tell whether the vendor has taken what was handed in. */
function isUnclear(error: unknown): error is LoomError {
  return LoomError.is(error) && error.recovery === "never" && unclear.has(error.code);
}

async function submitOnce(
  { engine, calls, targets, ledger, canceller }: Submission,
  { rows }: PlannedPart,
  call: Call,
  label: string | undefined,
): Promise<Found> {
  const pinned: PinnedAccount = { name: undefined };
  const rowsIn = (ctx: Attempting) =>
    rows.map((index) => ({
      customId: customIdOf(index),
      ctx: rowContext(ctx, calls[index] as Call, targets[index] as Target, ledger),
    }));
  const state = await operate<BatchState>(
    engine,
    call,
    { signal: canceller.signal, timeoutMs: transferMs },
    "batches",
    ({ batches }, ctx, key) => batches?.submit(rowsIn(ctx), key, label),
    pinned,
  );
  return { state, account: pinned.name };
}

/** Asks the vendor for what may have arrived. `undefined`: it has not. @throws LoomError the first one, when nobody knows */
async function arrived(
  { engine, search, canceller }: Submission,
  part: PlannedPart,
  call: Call,
  label: string,
  sinceMs: number,
  first: LoomError,
): Promise<Found | undefined> {
  let fault: unknown;
  for (const waitMs of askAfterMs) {
    await sleep(waitMs, engine.opened.clock, canceller);
    try {
      const found = await searchLabel(
        engine,
        call,
        part,
        label,
        { ...search, createdAfterMs: sinceMs },
        canceller.signal,
      );
      if (found !== undefined) return found;
      fault = undefined;
    } catch (error) {
      canceller.throwIfCancelled();
      fault = error;
    }
  }
  if (fault === undefined) return undefined;
  const why = LoomError.is(fault) ? fault.message : String(fault);
  const message = `${first.message}; whether it arrived could not be asked (${why}): ` +
    "hand it in again with the same idempotencyKey, which finds it if it did";
  throw loomError(first.code as "internal", message, first.data as object, first);
}
