/** The address of the Redis through which machines share a job. */

import { loomError } from "../errors/index.ts";

/** @throws LoomError `invalid-request`; what was given is not repeated, since it may hold a password */
export function queueUrl(text: string | undefined): string {
  const url = URL.parse(text ?? "");
  const known = url?.protocol === "redis:" || url?.protocol === "rediss:";
  // Redis would take any other path for database 0.
  if (text !== undefined && known && url.hostname !== "" && /^\/?\d*$/.test(url.pathname)) return text;
  throw loomError(
    "invalid-request",
    "--queue wants the address of a Redis, such as redis://127.0.0.1:6379 or rediss://user:password@host:6379/2",
    { path: "queue" },
  );
}
