/** Tells what goes wrong with Redis and is tried again: the same thing once a minute, not once a row. */

import type { Clock } from "../../contract/services.ts";
import type { QueueRedis } from "./open-redis.ts";

const againMs = 60_000;

export function failureNotes(
  redis: QueueRedis,
  clock: Pick<Clock, "monotonic">,
  note: (text: string) => void,
): (error: unknown) => void {
  const told = new Map<string, number>();
  return (error) => {
    // That it is away is told by the connection itself.
    if (redis.isLost || redis.isClosed) return;
    const text = error instanceof Error ? error.message : String(error);
    if (text === "Connection is closed." || /ECONNREFUSED|ECONNRESET|Socket timeout/.test(text)) return;
    const nowMs = clock.monotonic();
    if (nowMs - (told.get(text) ?? -Infinity) < againMs || told.size > 100) return;
    told.set(text, nowMs);
    note(`${redis.shown}: ${text}`);
  };
}
