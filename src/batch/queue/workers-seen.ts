/** What the coordinator knows of its workers: who lives, what they have, and who gave up for what reason. */

import type { Redis } from "ioredis";
import type { Clock } from "../../contract/services.ts";
import type { LoomError } from "../../errors/index.ts";
import type { Progress } from "../progress.ts";
import { readAs, type WorkerBeat, workerFaultSchema } from "./queue-form.ts";
import type { JobKeys } from "./queue-keys.ts";
import { sharedFault } from "./shared-fault.ts";
import { readBeats } from "./worker-beats.ts";

export interface WorkersSeen {
  /** Calls that they may have under way. */
  readonly calls: number;
  holds(chunk: string): boolean;
  /** @returns why nobody can do anything for the job: so many workers gave it up for the same reason */
  look(): Promise<LoomError | undefined>;
}

export interface WorkersSeenOptions {
  readonly client: Redis;
  readonly keys: JobKeys;
  readonly name: string;
  /** Where they are to come to. */
  readonly shown: string;
  readonly clock: Pick<Clock, "monotonic">;
  readonly progress: Progress;
}

const mostFaults = 3;
/** Workers come and go; only after so long somebody should be told that there is none. */
const nobodyMs = 10_000;

export function workersSeen({ client, keys, name, shown, clock, progress }: WorkersSeenOptions): WorkersSeen {
  let beats: readonly WorkerBeat[] = [];
  let held: ReadonlySet<string> = new Set();
  const told = new Set<string>();
  const reasons = new Map<string, number>();
  let [someMs, toldNobody] = [clock.monotonic(), false];

  function tellNobody(): void {
    if (beats.length > 0) {
      if (toldNobody) {
        progress.note(`${beats.length} ${beats.length === 1 ? "worker is" : "workers are"} there`);
      }
      [someMs, toldNobody] = [clock.monotonic(), false];
    } else if (!toldNobody && clock.monotonic() - someMs > nobodyMs) {
      toldNobody = true;
      progress.note(`there is no worker for this job; start some with: loom worker --queue ${shown}`);
    }
  }

  async function lookAtFaults(): Promise<LoomError | undefined> {
    for (const [id, text] of Object.entries(await client.hgetall(keys.faults))) {
      const fault = readAs(workerFaultSchema, text);
      if (told.has(id) || fault === undefined) continue;
      told.add(id);
      const { worker, code, message } = fault;
      progress.note(`worker ${worker} gave up: ${message}`, { worker, error: code });
      const times = (reasons.get(code) ?? 0) + 1;
      reasons.set(code, times);
      if (times >= mostFaults) {
        return sharedFault(code, `${mostFaults} workers gave up, the last one with: ${message}`);
      }
    }
    return undefined;
  }

  return {
    get calls() {
      return beats.reduce((sum, { workers }) => sum + workers, 0);
    },
    holds: (chunk) => held.has(chunk),
    async look() {
      beats = (await readBeats(client)).filter(({ job }) => job === null || job === name);
      held = new Set(beats.flatMap(({ job, chunks }) => job === name ? chunks : []));
      tellNobody();
      return await lookAtFaults();
    },
  };
}
