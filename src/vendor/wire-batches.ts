/** Batches over the wire: runs the steps that a codec describes, and tells for each row what became of it. */

import type { Batches, BatchLimits, BatchRow, BatchRowResult } from "../contract/batch.ts";
import type { Attempting } from "../contract/context.ts";
import type { BatchCodec, Chained, Codec, Operation } from "../contract/dialect.ts";
import type { Json } from "../contract/json.ts";
import type { Secret } from "../contract/secret.ts";
import { LoomError, loomError, toLoomError } from "../errors/index.ts";
import { heed } from "../errors/notices.ts";

/** What the provider lends. */
export interface BatchWire {
  /** @throws LoomError `unsupported`, when the call's modality cannot be asked at all */
  codecOf(ctx: Attempting): Codec;
  operate<T>(ctx: Attempting, key: Secret | undefined, operation: Operation<T>): Promise<T>;
  /** The error of a feature that the vendor does not have. */
  lacking(ctx: Attempting, feature: string): Error;
}

/** More steps than any vendor's results have pages; a vendor that never says that it is done is left here. */
const maxSteps = 10_000;

export function wireBatches(limits: BatchLimits, wire: BatchWire): Batches {
  function batchesOf(ctx: Attempting): BatchCodec {
    const { batches } = wire.codecOf(ctx);
    if (batches !== undefined) return batches;
    throw wire.lacking(ctx, `batches of ${ctx.target.modality} calls`);
  }

  async function run<T>(ctx: Attempting, key: Secret | undefined, first: Chained<T>): Promise<T> {
    let step = first;
    for (let steps = 0; steps < maxSteps; steps++) {
      const found = await wire.operate(ctx, key, step);
      if (!isStep(found)) return found;
      step = found.then;
    }
    throw loomError("invalid-reply", `the vendor's batch has more than ${maxSteps} pages`, {}, placeOf(ctx));
  }

  function written(row: BatchRow): string {
    try {
      heed(row.ctx, wire.codecOf(row.ctx).encode(row.ctx).warnings ?? []);
      return batchesOf(row.ctx).row(row);
    } catch (error) {
      throw named(row.customId, error);
    }
  }

  return {
    limits,
    sizeOf: (row) => Buffer.byteLength(batchesOf(row.ctx).row(row), "utf8") + 1,

    async submit(rows, key) {
      const [first] = rows;
      if (first === undefined) throw loomError("invalid-request", "a batch needs at least one row", {});
      const { ctx } = first;
      const { limits: own, submit } = batchesOf(ctx);
      if (rows.length > own.maxRows) {
        throw tooMuch(ctx, `${rows.length} rows`, `${own.maxRows}`);
      }
      let bytes = 0;
      const texts = rows.map((row) => {
        const text = written(row);
        bytes += Buffer.byteLength(text, "utf8") + 1;
        if (bytes > own.maxBytes) throw tooMuch(ctx, `${bytes} bytes or more`, `${own.maxBytes} bytes`);
        return text;
      });
      return await run(ctx, key, submit(texts, ctx));
    },

    status: async (ctx, key, id) => await wire.operate(ctx, key, batchesOf(ctx).status(ctx, id)),
    cancel: async (ctx, key, id) => await run(ctx, key, batchesOf(ctx).cancel(ctx, id)),

    async results(ctx, key, id, ctxOf) {
      const codec = batchesOf(ctx);
      const found = await run(ctx, key, codec.results(ctx, id));
      return found.flatMap((result) => {
        const customId = customIdOf(codec, result);
        return customId === undefined ? [] : [rowResult(codec, customId, result, ctxOf(customId))];
      });
    },
  };
}

function rowResult(codec: BatchCodec, customId: string, result: Json, ctx: Attempting): BatchRowResult {
  try {
    return { customId, parts: codec.decodeRow(result, { status: 200, headers: {}, ctx }) };
  } catch (error) {
    return { customId, error: toLoomError(error, "the dialect") };
  }
}

/** A result that does not say whose it is cannot be given to anybody; its row counts as one without an answer. */
function customIdOf(codec: BatchCodec, result: Json): string | undefined {
  try {
    return codec.customIdOf(result);
  } catch (error) {
    if (LoomError.is(error, "invalid-reply")) return undefined;
    throw error;
  }
}

function isStep<T>(found: T | { readonly then: Chained<T> }): found is { readonly then: Chained<T> } {
  return typeof found === "object" && found !== null && "then" in found;
}

function tooMuch(ctx: Attempting, what: string, limit: string): LoomError {
  const message = `the batch has ${what}, and ${ctx.target.provider} takes ${limit} at most; split it`;
  return loomError("invalid-request", message, {}, placeOf(ctx));
}

/** The error with the row that it is about. */
function named(customId: string, error: unknown): unknown {
  if (!LoomError.is(error)) return error;
  return loomError(error.code as "internal", `${customId}: ${error.message}`, error.data as object, {
    provider: error.provider,
    model: error.model,
    status: error.status,
    recovery: error.recovery,
    cause: error,
  });
}

function placeOf({ target }: Attempting): { readonly provider: string; readonly model: string } {
  return { provider: target.provider, model: target.model };
}
