/** `loom queue`: the jobs that lie in a Redis, how far they are, and who works on them. */

import type { Command } from "commander";
import { systemClock } from "../runtime/clock.ts";
import { print } from "./print.ts";
import { queueUrl } from "./queue-url.ts";

interface QueueFlags {
  readonly queue?: string;
  readonly json?: boolean;
  readonly forget?: string;
}

export function queueCommand(program: Command): void {
  program.command("queue")
    .description("show the jobs that loom run --queue shares: rows done, workers, rate, cost")
    .option("--queue <url>", "the Redis, such as redis://127.0.0.1:6379")
    .option("--forget <job>", "remove what a job that nobody will go on with has left there")
    .option("--json", "print JSON")
    .action(async ({ queue, json = false, forget }: QueueFlags) => {
      const url = queueUrl(queue);
      const { openRedis } = await import("../batch/queue/open-redis.ts");
      const redis = await openRedis(url, { clock: systemClock, note: () => {}, patienceMs: 5_000 });
      redis.onGone(() => redis.close());
      try {
        if (forget !== undefined) {
          const { forgetJob } = await import("../batch/queue/forget-job.ts");
          return await print(await forgetJob(redis, forget));
        }
        const { queueState } = await import("../batch/queue/queue-state.ts");
        const { queueList, queueTable } = await import("../batch/queue/list-queue.ts");
        const state = await queueState(redis.client, systemClock.now());
        await print(json ? JSON.stringify(queueList(state), null, 2) + "\n" : queueTable(state));
      } finally {
        redis.close();
      }
    });
}
