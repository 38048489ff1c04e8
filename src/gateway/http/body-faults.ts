/** What can be wrong with a body before anybody has read it. */

import { type LoomError, loomError } from "../../errors/index.ts";

export function bodyTooLarge(maxBytes: number): LoomError {
  const size = maxBytes >= 1024 * 1024 ? `${Math.floor(maxBytes / 1024 / 1024)} MiB` : `${maxBytes} bytes`;
  return loomError(
    "invalid-request",
    `the request is larger than ${size}; send less, or raise server.max_body_bytes`,
    {},
    { status: 413 },
  );
}

export function bodyCut(): LoomError {
  return loomError("aborted", "the client left before its request was complete", {});
}
