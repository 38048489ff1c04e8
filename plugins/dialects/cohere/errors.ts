/** Cohere's complaints: `{"message"}` with a status, some of which mean something else than at other vendors. */

import {
  clean,
  detailsOf,
  type ErrorDecoder,
  errorDecoder,
  faultOf,
  faultOfText,
  type Fields,
  loomError,
  type Manifest,
  type WireReplyHead,
} from "../../../src/plugin.ts";

export interface CohereErrors extends ErrorDecoder {
  /** Throws what a body with a good status complains of. In a good answer `message` is an object, or not there. */
  refuse(body: Fields, head: WireReplyHead): void;
}

/** Cohere's own status for a token that it does not take (docs.cohere.com/reference/errors); elsewhere: no capacity. */
const invalidToken = 498;

export function cohereErrors(manifest: Manifest): CohereErrors {
  const errors = errorDecoder(manifest);
  return {
    ...errors,
    fromBody(head, body) {
      const said = errors.fromBody(head, body);
      if (head.status === invalidToken) {
        return loomError("auth-rejected", said.message, {}, {
          ...detailsOf(head.ctx, head),
          status: invalidToken,
        });
      }
      // A trial key's allowance for the month: no wait of a reasonable length helps.
      if (said.code === "rate-limited" && /calls? \/ month|per month|monthly/i.test(said.message)) {
        return loomError("quota-exhausted", said.message, {}, {
          ...detailsOf(head.ctx, head),
          status: head.status,
        });
      }
      return said;
    },
    refuse(body, head) {
      const { error, message } = body;
      const bad = typeof message === "string" || (error !== undefined && error !== null && error !== "");
      if (bad) throw errors.fromFault(head, faultOf(body) ?? faultOfText(clean(JSON.stringify(body))));
    },
  };
}
