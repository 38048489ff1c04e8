/** Takes answers out of Redis once they are in the journal, in bunches. */

import type { Redis } from "ioredis";

/** @param forget told of each that lies there no more */
export function acknowledged(
  client: Redis,
  key: string,
  forget: (entry: string) => void,
  failed: (error: unknown) => void,
): (entry: string) => void {
  let entries: string[] = [];
  const flush = (): void => {
    const bunch = entries;
    entries = [];
    client.xdel(key, ...bunch).then(() => {
      for (const entry of bunch) forget(entry);
      // It stays where it is, and is known when it is met again.
    }, failed);
  };
  return (entry) => {
    if (entries.push(entry) === 1) setImmediate(flush);
  };
}
