/** One of the vendors' batches: asks how far it is, stops it, and reads its rows as they come. */

import type { BatchRowResult, BatchState } from "../contract/batch.ts";
import type { Call } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import { LoomError } from "../errors/index.ts";
import { pushed } from "../util/pushed.ts";
import type { BatchOptions } from "./batch.ts";
import type { BatchPlace } from "./batch-map.ts";
import type { Engine } from "./engine.ts";
import { operate, type Work } from "./operate.ts";
import { noParams } from "./request.ts";

export interface BatchPartAccess {
  status(options: BatchOptions): Promise<BatchState>;
  cancel(options: BatchOptions): Promise<BatchState>;
  /** Rows that were read already may come again, when a download broke off and is begun anew. */
  pages(
    options: BatchOptions,
    ctxOf: (customId: string) => Attempting,
  ): AsyncGenerator<readonly BatchRowResult[], void, undefined>;
}

const askMs = 120_000;
const ended: ReadonlySet<string> = new Set(["completed", "failed", "expired", "cancelled"]);

/** Whether a batch in this state will not change any more. */
export function isDone({ status }: Pick<BatchState, "status">): boolean {
  return ended.has(status);
}

/** A call that asks what the batch asks, in no words. */
export function callOf({ provider, model, modality }: BatchPlace): Call {
  const candidates = [{ provider, model }] as const;
  return { modality, candidates, messages: [], params: noParams, stream: false, useCache: false };
}

export function batchPart(host: { engine(): Promise<Engine> }, place: BatchPlace): BatchPartAccess {
  const { id, label, account } = place;
  const call = callOf(place);

  async function ask<T>(work: Work<T>, { signal, timeoutMs = askMs }: BatchOptions): Promise<T> {
    const engine = await host.engine();
    return await operate(engine, call, { signal, timeoutMs }, "batches", work, { name: account });
  }

  async function status(options: BatchOptions): Promise<BatchState> {
    return await ask(({ batches }, ctx, key) => batches?.status(ctx, key, id), options);
  }

  return {
    status,

    async cancel(options) {
      try {
        return await ask(({ batches }, ctx, key) => batches?.cancel(ctx, key, id), options);
      } catch (error) {
        // Vendors refuse to stop what has ended; only its state says whether that was why.
        if (!LoomError.is(error) || error.status < 400 || error.status >= 500) throw error;
        const state = await status(options);
        if (isDone(state)) return state;
        throw error;
      }
    },

    async *pages(options, ctxOf) {
      const { signal } = options;
      yield* pushed<readonly BatchRowResult[]>(async (push, leaving) => {
        const work: Work<void> = ({ batches }, ctx, key) => {
          if (batches === undefined) return undefined;
          return (async () => {
            for await (const page of batches.results(ctx, key, id, ctxOf, label)) await push(page);
          })();
        };
        await ask(work, {
          ...options,
          signal: signal === undefined ? leaving : AbortSignal.any([signal, leaving]),
        });
      });
    },
  };
}
