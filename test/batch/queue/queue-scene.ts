/** What the tests of the queue share: coordinators and workers in this process or in their own, over a real Redis. */

import type { LiveJob } from "../../../src/batch/job.ts";
import { runWorker, type WorkerOptions } from "../../../src/batch/queue/run-worker.ts";
import { runQueued } from "../../../src/batch/queue/run-queued.ts";
import { batchLoom } from "../../../src/cli/batch-loom.ts";
import type { JsonObject } from "../../../src/contract/json.ts";
import { Loom } from "../../../src/index.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import type { Folder } from "../../support/folder.ts";
import { bareLoom } from "../../support/looms.ts";
import type { TestRedis } from "../../support/redis.ts";
import type { TestServer } from "../../support/server.ts";
import { jobIn } from "../live/live-run.ts";

export interface Started {
  readonly notes: readonly string[];
  readonly data: readonly JsonObject[];
  /** The first Ctrl-C, and the second. */
  stop(): void;
  abort(): void;
  /** Settles with the note, when there is one that has this in it. */
  said(text: string): Promise<string>;
  /** What it threw. */
  readonly ended: Promise<unknown>;
}

/** @param run is given progress and signals, and ends with them */
function started(run: (services: Pick<Services, "progress" | "signal" | "abort">) => Promise<void>): Started {
  const notes: string[] = [];
  const data: JsonObject[] = [];
  const [gentle, hard] = [new AbortController(), new AbortController()];
  const waiting = new Set<() => void>();
  const progress = {
    begin() {},
    row() {},
    note(text: string, more?: JsonObject) {
      notes.push(text);
      if (more !== undefined) data.push(more);
      for (const look of waiting) look();
    },
    end() {},
  };
  const ended = run({ progress, signal: gentle.signal, abort: hard.signal }).then(
    () => undefined,
    (error) => error,
  );
  return {
    notes,
    data,
    stop: () => gentle.abort(),
    abort: () => hard.abort(),
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = notes.find((note) => note.includes(text));
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        void ended.then(() => reject(new Error(`it ended without "${text}": ${notes.join("\n")}`)));
        look();
      }),
    ended,
  };
}

type Services = Parameters<typeof runQueued>[1];

/** `loom run --queue` in this process. */
export function coordinator(
  folder: Folder,
  redis: Pick<TestRedis, "url">,
  job: Partial<LiveJob> = {},
  options: Parameters<typeof runQueued>[3] = {},
): Started {
  return started(async (services) => {
    await using loom = batchLoom({ providers: ["openai"] });
    const home = {
      path: folder.file("home"),
      batches: folder.file("home/batches"),
      cache: folder.file("home/cache"),
    };
    await runQueued(
      jobIn(folder, job),
      {
        ...services,
        loom,
        home,
        clock: systemClock,
        logger: { debug() {}, info() {}, warn() {}, error() {} },
      },
      redis.url,
      options,
    );
  });
}

/** `loom worker` in this process. */
export function worker(
  redis: Pick<TestRedis, "url">,
  vendor: Pick<TestServer, "url">,
  options: Partial<WorkerOptions> & { readonly apiKey?: string } = {},
): Started {
  const { apiKey = "k", ...more } = options;
  return started((services) =>
    runWorker({ url: redis.url, workers: 8, account: "default", leaseMs: 2_000, ...more }, {
      ...services,
      loomFor: () => loomAt(vendor.url, apiKey),
      clock: systemClock,
    })
  );
}

function loomAt(url: string, apiKey: string): Loom {
  return bareLoom({
    dedup: false,
    breaker: false,
    retry: { maxAttempts: 1 },
    providers: { openai: { baseUrl: `${url}/v1`, models: "open", ...apiKey === "" ? {} : { apiKey } } },
  });
}
