/** Asks a vendor again and again, in growing intervals, until it has done what it was working on. */

import type { Attempting } from "../contract/context.ts";
import type { Codec, Decoded, Operation, WireReplyHead } from "../contract/dialect.ts";
import type { Json } from "../contract/json.ts";
import type { Exchange, Http } from "../contract/services.ts";
import { loomError } from "../errors/index.ts";

/**
 * Waits as for any job that a vendor has begun, until the call's deadline.
 *
 * @param what the vendor works on, for people
 * @param again what to ask next; `undefined`: it is done
 */
export async function awaited<T>(
  http: Http,
  ctx: Attempting,
  exchange: Exchange,
  what: string,
  first: Operation<T>,
  again: (found: T) => Operation<T> | undefined,
): Promise<T> {
  let value: { readonly of: T } | undefined;
  const decodeBy = (operation: Operation<T>) => (body: Json | Uint8Array, head: WireReplyHead): Decoded => {
    const found = operation.decode(body, head);
    const next = again(found);
    if (next !== undefined) return { next: next.request, jobId: what, decode: decodeBy(next) };
    value = { of: found };
    return [];
  };
  const decode = decodeBy(first);
  const codec: Codec = { ...exchange.codec, encode: () => first.request, decode, decodeBytes: decode };
  await http.exchange(withoutCall(ctx), { ...exchange, codec });
  if (value === undefined) throw loomError("internal", "a vendor's job ended without an answer", {});
  return value.of;
}

/** For exchanges that are not about the call: what it says in another vendor's words must not hold them up. */
export function withoutCall(ctx: Attempting): Attempting {
  const { native: _, download: __, ...call } = ctx.call;
  return ctx.with({ call });
}
