/** Batches of OpenAI's, asked for a deployment instead of a model, at the paths of one resource. */

import type { Attempting, BatchCodec, Chained, Json, Operation } from "../../../src/plugin.ts";
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
        return more ? { then: chained(found.then, ctx) } : found;
      },
    };
  }

  return {
    ...batches,
    row: (row) => batches.row({ ...row, ctx: deployed(row.ctx) }),
    submit: (rows, ctx) => chained(batches.submit(rows, deployed(ctx)), ctx),
    status: (ctx, id) => placed(batches.status(ctx, id), ctx),
    cancel: (ctx, id) => placed(batches.cancel(ctx, id), ctx),
    results: (ctx, id) => chained(batches.results(ctx, id), ctx),
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
