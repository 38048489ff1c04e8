/** What one provider made and no other understands: signatures, encrypted thinking, blocks of its own. */

import type { Attempting } from "../contract/context.ts";
import type { Notice } from "../contract/dialect.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Provenance } from "../contract/message.ts";

/** A part of an assistant's turn that may carry what binds it to its maker. */
interface Bound extends Provenance {
  readonly type: string;
  readonly signature?: string;
  readonly extra?: JsonObject;
}

/** Whether another provider than the one asked now made the part. */
export function isForeign({ madeBy }: Provenance, { target }: Attempting): boolean {
  return madeBy !== undefined && madeBy !== target.provider;
}

/**
 * The part without what only its maker understands, when that is not the provider asked now; says so in `notices`. A part
 * that nobody is known to have made is the caller's own, and stays as it is.
 */
export function unbound<P extends Bound>(part: P, ctx: Attempting, notices: Notice[]): P {
  if (!isForeign(part, ctx)) return part;
  const { signature, extra, ...rest } = part;
  if (signature === undefined && extra === undefined) return part;
  notices.push(
    vendorBound(
      `${signature === undefined ? "vendor fields" : "the signature"} of a ${part.type} part`,
      part,
    ),
  );
  return rest as P;
}

/** The word to the caller that something bound to one provider does not go to another. */
export function vendorBound(what: string, { madeBy }: Provenance): Notice {
  return {
    code: "vendor-bound-dropped",
    message: `${what} was made by ${
      madeBy ?? "another provider"
    } and means nothing elsewhere; it was left out`,
  };
}
