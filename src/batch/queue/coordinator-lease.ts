/** Lets one process at a time coordinate a shared job, wherever it runs. */

import { hostname } from "node:os";
import type { Redis } from "ioredis";
import type { Clock } from "../../contract/services.ts";
import { loomError } from "../../errors/index.ts";
import { processId } from "../../runtime/host.ts";
import type { JobKeys } from "./queue-keys.ts";

export interface CoordinatorLease {
  /** Keeps it for a while longer. @throws LoomError `file-unwritable`, when somebody else has it by now */
  renew(): Promise<void>;
  release(): Promise<void>;
}

/** How long a coordinator that has died is still taken for alive, elsewhere. */
const leaseMs = 10_000;
const lookMs = 500;

const renewScript = `
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then return holder end
redis.call("SET", KEYS[1], ARGV[1], "PX", ${leaseMs})
return ""`;

const releaseScript = `
if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("DEL", KEYS[1]) end
return 0`;

/**
 * Another one on this machine has ended: the journal's lock says so. One elsewhere is waited for, until it must be dead.
 *
 * @throws LoomError `file-unwritable`, saying who has it
 */
export async function coordinatorLease(
  client: Redis,
  { coordinator: key }: JobKeys,
  run: string,
  clock: Pick<Clock, "monotonic" | "after">,
  signal: AbortSignal,
): Promise<CoordinatorLease> {
  const host = hostname();
  const own = `process ${processId()} on ${host} (${run})`;
  const renew = async (): Promise<void> => {
    const holder = String(await client.eval(renewScript, 1, key, own));
    if (holder !== "") throw inUse(holder);
  };
  const endMs = clock.monotonic() + leaseMs + lookMs;
  for (;;) {
    const holder = await client.get(key);
    if (holder === null || holder.includes(` on ${host} (`)) break;
    if (clock.monotonic() >= endMs || signal.aborted) throw inUse(holder);
    await new Promise<void>((resolve) => clock.after(lookMs, resolve));
  }
  await client.set(key, own, "PX", leaseMs);
  return { renew, release: async () => void await client.eval(releaseScript, 1, key, own) };
}

function inUse(holder: string): Error {
  const who = holder.replace(/ \([^)]*\)$/, "");
  return loomError(
    "file-unwritable",
    `${who} runs this very job through the same queue; wait until it ends, or stop it`,
    {
      file: "--queue",
    },
  );
}
