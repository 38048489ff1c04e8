/** Batches of OpenAI's, asked for a deployment instead of a model, at the paths of one resource. */

import type {
  Attempting,
  BatchCodec,
  BatchPage,
  BatchResultPage,
  BatchResults,
  Chained,
  Json,
  Operation,
} from "../../../src/plugin.ts";
import type { Endpoint } from "./endpoint.ts";
import { withCategories } from "./filtered.ts";

/** @param deployed the attempt with its deployment in the place of the model */
export function deployedBatches(
  batches: BatchCodec,
  deployed: (ctx: Attempting) => Attempting,
  place: Endpoint["place"],
): BatchCodec {
  const placed = <T>(operation: Operation<T>, ctx: Attempting): Operation<T> => ({
    ...operation,
    request: place(operation.request, deployed(ctx).target.upstreamModel),
  });

  function chained<T>(step: Chained<T>, ctx: Attempting): Chained<T> {
    return {
      ...placed(step, ctx),
      decode(body, head) {
        const found = step.decode(body, head);
        const more = typeof found === "object" && found !== null && "then" in found;
        return more ? { ...found, then: chained(found.then, ctx) } : found;
      },
    };
  }

  function mapped<T>(operation: Operation<T>, ctx: Attempting, change: (found: T) => T): Operation<T> {
    return { ...placed(operation, ctx), decode: (body, head) => change(operation.decode(body, head)) };
  }

  function listed(page: BatchPage, ctx: Attempting): BatchPage {
    const { next } = page;
    return next === undefined ? page : { ...page, next: mapped(next, ctx, (more) => listed(more, ctx)) };
  }

  function found(page: BatchResultPage, ctx: Attempting): BatchResultPage {
    const { files = [], next } = page;
    const { upstreamModel } = deployed(ctx).target;
    return {
      ...page,
      files: files.map((file) => place(file, upstreamModel)),
      ...(next !== undefined && { next: mapped(next, ctx, (more) => found(more, ctx)) }),
    };
  }

  function results(ctx: Attempting, id: string): BatchResults {
    const first = batches.results(ctx, id);
    return "request" in first ? mapped(first, ctx, (page) => found(page, ctx)) : found(first, ctx);
  }

  const { list } = batches;
  return {
    ...batches,
    row: (row, label) => batches.row({ ...row, ctx: deployed(row.ctx) }, label),
    submit: (rows, ctx, label) => chained(batches.submit(rows, deployed(ctx), label), ctx),
    ...(list !== undefined && {
      list: (ctx: Attempting, label: string): Chained<BatchPage> => {
        const step = chained(list(ctx, label), ctx);
        return {
          ...step,
          decode(body, head) {
            const found = step.decode(body, head);
            return "then" in found ? found : listed(found, ctx);
          },
        };
      },
    }),
    status: (ctx, id) => placed(batches.status(ctx, id), ctx),
    cancel: (ctx, id) => placed(batches.cancel(ctx, id), ctx),
    results,
    decodeRow: (result, head) => batches.decodeRow(withCategoriesOf(result), head),
  };
}

/** What the filter found stands in the body of a row that it refused. */
function withCategoriesOf(result: Json): Json {
  const row = result as
    | { readonly response?: { readonly status_code?: number; readonly body?: Json } }
    | null;
  const response = row?.response;
  if (response?.body === undefined || (response.status_code ?? 200) < 400) return result;
  const body = JSON.parse(withCategories(JSON.stringify(response.body))) as Json;
  return { ...row, response: { ...response, body } } as Json;
}
