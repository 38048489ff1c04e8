/** The error of a request that was written wrongly: names the field and the fix. */

import { type LoomError, loomError } from "../errors/index.ts";

/** @param path the field, such as `messages[0].role`; empty for the request as a whole */
export function invalidRequest(path: string, problem: string): LoomError {
  return loomError(
    "invalid-request",
    `${path === "" ? "the request" : path} ${problem}`,
    path === "" ? {} : { path },
  );
}
