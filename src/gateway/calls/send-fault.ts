/** Answers with a failure, in the format's own shape. */

import type { Context, LoomErrorLike } from "../../contract/index.ts";
import type { Format } from "../format.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { limitHeaders, requestHeaders } from "./answer-headers.ts";
import { faultOf } from "./fault.ts";

/** Only while nothing of an answer has gone out. */
export function sendFault(
  format: Pick<Format, "error">,
  exchange: HttpExchange,
  error: LoomErrorLike,
  requestId: string,
  ctx?: Context,
): void {
  const { status, headers } = faultOf(error);
  Object.assign(headers, requestHeaders(requestId), { "content-type": "application/json" });
  const state = ctx?.ledger.allowance ??
    (error.data as { readonly state?: NonNullable<Context["ledger"]["allowance"]> }).state;
  if (state !== undefined) limitHeaders(state, headers);
  exchange.send(status, headers, JSON.stringify(format.error(error, status, requestId)));
}
