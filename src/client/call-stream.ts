/** The stream of one call, which begins when somebody reads it, and may be left before it has begun. */

import type { Reply } from "../contract/reply.ts";
import type { Result } from "../contract/result.ts";
import { resultOf } from "./call-result.ts";
import type { Running } from "./engine.ts";
import { ResponseStream } from "./response-stream.ts";

/** @param prepare gets ready whatever the call needs, and gives what begins it */
export function callStream(prepare: () => Promise<() => Running>): ResponseStream<Result> {
  let running: Running | undefined;
  let reply: Reply | undefined;
  let left: Parameters<Running["cancel"]>[0] | undefined;
  return new ResponseStream<Result>(
    async (receiver) => {
      const begin = await prepare();
      if (left !== undefined) throw left;
      running = begin();
      reply = await running.reply;
      return reply.flow(receiver);
    },
    (parts) => resultOf((running as Running).ctx, reply as Reply, parts),
    (reason) => {
      left = reason;
      running?.cancel(reason);
    },
  );
}
