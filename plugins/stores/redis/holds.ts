/** Holds and settles in Redis: one script each. */

import { type Held, type Hold, loomError, type Store } from "../../../src/plugin.ts";
import type { Connection } from "./connection.ts";
import { holdScript, type Script, settleScript } from "./scripts.ts";

/** What running a script needs of a Redis client. */
export interface ScriptClient {
  evalSha(sha: string, given: ScriptInput): Promise<unknown>;
  eval(script: string, given: ScriptInput): Promise<unknown>;
}

interface ScriptInput {
  keys: string[];
  arguments: string[];
}

/** How long a settled lease is remembered, so that settling it again does nothing. */
const settledMarkMs = 300_000;

/**
 * All keys have one hash tag, `{<namespace>:holds}`: "all or none" over the counters of a key, its user and its team needs
 * one slot, and so does giving back what expired leases took. On a cluster limits then live on one shard, which settles many
 * more calls a second than a fleet makes.
 */
export function redisHolds(
  client: ScriptClient,
  connection: Connection,
  namespace: string,
): Pick<Store, "hold" | "settle"> {
  const tag = `{${namespace}:holds}`;
  const [leases, records] = [`${tag}:leases`, `${tag}:taken`];
  const markOf = (lease: string) => `${tag}:settled:${lease}`;
  const place = (counter: string) => `${tag}:counter:${counter}`;

  async function run({ sha, text }: Script, keys: string[], given: string[]): Promise<unknown> {
    const input = { keys, arguments: given };
    return await connection.run(async () => {
      try {
        return await client.evalSha(sha, input);
      } catch (error) {
        if (!String((error as Error).message).startsWith("NOSCRIPT")) throw error;
        return await client.eval(text, input);
      }
    });
  }

  return {
    async hold(lease: string, holds: readonly Hold[], leaseMs: number): Promise<Held> {
      const keys = [leases, records, markOf(lease)];
      const given = [lease, whole(leaseMs), ""];
      const taken: string[][] = [];
      for (const { counter, amount, max, ttlMs, before } of holds) {
        const key = place(counter);
        keys.push(key, before === undefined ? key : place(before.counter));
        given.push(counted(amount, counter), bound(max), ttlOf(ttlMs), String(before?.weight ?? 0));
        if (amount > 0) taken.push([key, String(amount)]);
      }
      given[2] = JSON.stringify(taken);
      const answer = (await run(holdScript, keys, given) as string[]).map(Number);
      const [full = NaN, used = 0, held = 0, before = 0, ...levels] = answer;
      // The script's only answer that is no number.
      if (Number.isNaN(full)) throw fault(`the lease "${lease.slice(0, 200)}" was taken before`);
      return full < 0 ? { ok: true, levels } : { ok: false, levels, full, parts: { used, held, before } };
    },

    async settle(lease: string, holds: readonly Hold[], used: readonly number[]): Promise<void> {
      const keys = [leases, records, markOf(lease)];
      const given = [lease, String(settledMarkMs)];
      for (const [index, { counter, ttlMs }] of holds.entries()) {
        keys.push(place(counter));
        given.push(counted(used[index] ?? 0, counter), ttlOf(ttlMs));
      }
      await run(settleScript, keys, given);
    },
  };
}

function counted(amount: number, counter: string): string {
  if (amount >= 0 && amount < Infinity) return String(amount);
  throw fault(`"${counter.slice(0, 200)}" cannot count ${String(amount)}; it must be 0 or more`);
}

function bound(max: number): string {
  return max === Infinity ? "1e308" : String(max);
}

function ttlOf(ttlMs: number | undefined): string {
  return ttlMs === undefined ? "" : whole(ttlMs);
}

function whole(ms: number): string {
  return String(Math.min(Number.MAX_SAFE_INTEGER, Math.max(1, Math.round(ms))));
}

function fault(problem: string): Error {
  return loomError("internal", `the store redis: ${problem}`, {});
}
