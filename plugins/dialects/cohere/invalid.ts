/** The errors of calls that cannot be sent. */

import { type Attempting, type LoomError, loomError } from "../../../src/plugin.ts";

/** A field of the call is missing or wrong. */
export function missing({ target }: Attempting, path: string, what: string): LoomError {
  return loomError("invalid-request", `${path}: ${what}`, { path }, {
    provider: target.provider,
    model: target.model,
  });
}

/** Cohere has no place for what stands at `path`. */
export function unsupported({ target }: Attempting, path: string, feature: string): LoomError {
  return loomError("unsupported", `${path}: Cohere does not take ${feature}`, { feature }, {
    provider: target.provider,
    model: target.model,
  });
}
