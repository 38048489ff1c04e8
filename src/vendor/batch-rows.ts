/** What the codecs of batches share: a call as one row of many. */

import type { Attempting } from "../contract/context.ts";
import type { Codec, WireRequest } from "../contract/dialect.ts";
import { loomError } from "../errors/index.ts";
import { heed } from "../errors/notices.ts";

/**
 * What a codec sends for a call that is answered whole, to be put into a batch. What it left out or changed is told in the
 * receipt.
 *
 * @throws LoomError, when the call cannot be encoded, or is no JSON; `unsupported`, when it is strict and something was left out
 */
export function rowRequest(
  encode: Codec["encode"],
  ctx: Attempting,
): WireRequest & { readonly body: string } {
  const { call, target: { provider, model } } = ctx;
  const request = encode(call.stream ? ctx.with({ call: { ...call, stream: false } }) : ctx);
  heed(ctx, request.warnings ?? []);
  const { body } = request;
  if (typeof body === "string") return { ...request, body };
  const message = "batch: a call that sends files cannot be a row of one";
  throw loomError("unsupported", message, { feature: "batch" }, { provider, model });
}
