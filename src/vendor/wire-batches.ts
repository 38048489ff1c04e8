/** Batches over the wire: runs the steps that a codec describes, and tells for each row what became of it. */

import type { Batches, BatchLimits, BatchRow, BatchRowResult } from "../contract/batch.ts";
import type { Attempting } from "../contract/context.ts";
import type {
  BatchCodec,
  BatchResults,
  Chained,
  Codec,
  Further,
  Operation,
  WireRequest,
} from "../contract/dialect.ts";
import type { Json } from "../contract/json.ts";
import type { Secret } from "../contract/secret.ts";
import { LoomError, loomError, toLoomError } from "../errors/index.ts";
import { searchBatch } from "./batch-search.ts";

/** What the provider lends. */
export interface BatchWire {
  /** @throws LoomError `unsupported`, when the call's modality cannot be asked at all */
  codecOf(ctx: Attempting): Codec;
  operate<T>(ctx: Attempting, key: Secret | undefined, operation: Operation<T>): Promise<T>;
  /**
   * Asks now, and after a while again, as long as `again` gives something to ask.
   * @param what the vendor works on meanwhile, for people
   */
  await<T>(
    ctx: Attempting,
    key: Secret | undefined,
    what: string,
    operation: Operation<T>,
    again: (found: T) => Operation<T> | undefined,
  ): Promise<T>;
  /** The values of a file with one in each line. */
  lines(ctx: Attempting, key: Secret | undefined, request: WireRequest): AsyncIterable<readonly Json[]>;
  /** The error of a feature that the vendor does not have. */
  lacking(ctx: Attempting, feature: string): Error;
}

/** More steps than any vendor's results have pages; a vendor that never says that it is done is left here. */
const maxSteps = 10_000;
/** As long as any label is, for the sizes of rows. */
const someLabel = "x".repeat(48);

/** @param label of the vendor, for people */
export function wireBatches(label: string, limits: BatchLimits, canList: boolean, wire: BatchWire): Batches {
  function batchesOf(ctx: Attempting): BatchCodec {
    const { batches } = wire.codecOf(ctx);
    if (batches !== undefined) return batches;
    throw wire.lacking(ctx, `batches of ${ctx.target.modality} calls`);
  }

  async function run<T>(ctx: Attempting, key: Secret | undefined, first: Chained<T>): Promise<T> {
    let step = first;
    let after: string | undefined;
    for (let steps = 0; steps < maxSteps; steps++) {
      const found: T | Further<T> = after === undefined
        ? await wire.operate(ctx, key, step)
        : await wire.await(ctx, key, after, step, (one) =>
          isStep(one) && one.after !== undefined ? one.then : undefined);
      if (!isStep(found)) return found;
      step = found.then;
      after = found.after;
    }
    throw loomError("invalid-reply", `the vendor's batch has more than ${maxSteps} pages`, {}, placeOf(ctx));
  }

  async function* pages(
    ctx: Attempting,
    key: Secret | undefined,
    first: BatchResults,
  ): AsyncGenerator<readonly Json[], void, undefined> {
    let page = "request" in first ? await wire.operate(ctx, key, first) : first;
    for (let steps = 0; steps < maxSteps; steps++) {
      const { rows = [], files = [], next, after } = page;
      if (rows.length > 0) yield rows;
      for (const file of files) yield* wire.lines(ctx, key, file);
      if (next === undefined) return;
      page = after === undefined
        ? await wire.operate(ctx, key, next)
        : await wire.await(ctx, key, after, next, (one) => one.after === undefined ? undefined : one.next);
    }
    throw loomError("invalid-reply", `the vendor's batch has more than ${maxSteps} pages`, {}, placeOf(ctx));
  }

  /** Whether a batch's results are of this label, as their first says. */
  async function isMine(
    ctx: Attempting,
    key: Secret | undefined,
    id: string,
    wanted: string,
  ): Promise<boolean | undefined> {
    const codec = batchesOf(ctx);
    for await (const [result] of pages(ctx, key, codec.results(ctx, id))) {
      return result === undefined ? undefined : codec.isOf?.(result, wanted);
    }
    return undefined;
  }

  function written(row: BatchRow, wanted: string | undefined): string {
    try {
      return batchesOf(row.ctx).row(row, wanted);
    } catch (error) {
      throw named(row.customId, error);
    }
  }

  return {
    limits,
    sizeOf: (row) => Buffer.byteLength(batchesOf(row.ctx).row(row, someLabel), "utf8") + 1,

    async submit(rows, key, wanted) {
      const [first] = rows;
      if (first === undefined) throw loomError("invalid-request", "a batch needs at least one row", {});
      if (wanted !== undefined && !/^[\w-]{1,48}$/.test(wanted)) {
        throw loomError("invalid-request", "a batch's label has 1 to 48 letters, digits, `-` and `_`", {});
      }
      const { ctx } = first;
      const { limits: own, submit } = batchesOf(ctx);
      if (rows.length > own.maxRows) {
        throw tooMuch(ctx, `${rows.length} rows`, `${own.maxRows}`);
      }
      let bytes = 0;
      const texts = rows.map((row) => {
        const text = written(row, wanted);
        bytes += Buffer.byteLength(text, "utf8") + 1;
        if (bytes > own.maxBytes) throw tooMuch(ctx, `${bytes} bytes or more`, `${own.maxBytes} bytes`);
        return text;
      });
      return await run(ctx, key, submit(texts, ctx, wanted));
    },

    ...(canList && {
      async find(ctx, key, wanted, search = {}) {
        const { list } = batchesOf(ctx);
        if (list === undefined) throw wire.lacking(ctx, "list of batches");
        return await searchBatch({
          label,
          details: placeOf(ctx),
          first: () => run(ctx, key, list(ctx, wanted)),
          next: (page) => wire.operate(ctx, key, page),
          isMine: ({ id }) => isMine(ctx, key, id, wanted),
        }, search);
      },
    } satisfies Pick<Batches, "find">),

    status: async (ctx, key, id) => await wire.operate(ctx, key, batchesOf(ctx).status(ctx, id)),
    cancel: async (ctx, key, id) => await run(ctx, key, batchesOf(ctx).cancel(ctx, id)),

    async *results(ctx, key, id, ctxOf, wanted) {
      const codec = batchesOf(ctx);
      for await (const found of pages(ctx, key, codec.results(ctx, id))) {
        const rows: BatchRowResult[] = [];
        for (const result of found) {
          const customId = customIdOf(codec, result);
          if (customId === undefined) continue;
          if (wanted !== undefined && codec.isOf?.(result, wanted) === false) throw foreign(label, id, ctx);
          rows.push(rowResult(codec, customId, result, ctxOf(customId)));
        }
        if (rows.length > 0) yield rows;
      }
    },
  };
}

function foreign(label: string, id: string, ctx: Attempting): LoomError {
  const message = `${label}: the batch ${id} is not the one that was handed in; its rows are of another`;
  return loomError("invalid-reply", message, {}, { ...placeOf(ctx), recovery: "never" });
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

function isStep<T>(found: T | Further<T>): found is Further<T> {
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
