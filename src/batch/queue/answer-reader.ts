/** Hears of answers as they come, on a connection of its own that waits for them. */

import type { Redis } from "ioredis";
import type { QueueRedis } from "./open-redis.ts";
import type { JobKeys } from "./queue-keys.ts";
import { nextAnswers, type WaitingAnswer } from "./row-answers.ts";

export interface AnswerReader {
  stop(): void;
}

const waitMs = 2_000;
const beginning = "0-0";

/** @param deliver may be given the same answer again, after Redis was away */
export function answerReader(
  redis: QueueRedis,
  keys: JobKeys,
  deliver: (answer: WaitingAnswer) => void,
  failed: (error: unknown) => void,
): AnswerReader {
  const reader: Redis = redis.another();
  let [after, stopped] = [beginning, false];
  // A Redis that was started anew may count from the beginning again.
  const offBack = redis.onBack(() => void (after = beginning));

  async function read(): Promise<void> {
    while (!stopped) {
      const from = after;
      try {
        const answers = await nextAnswers(reader, keys, from, waitMs);
        for (const answer of answers) deliver(answer);
        if (after === from) after = answers.at(-1)?.entry ?? after;
      } catch (error) {
        if (stopped || redis.isClosed) return;
        failed(error);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }
  void read();
  return {
    stop() {
      stopped = true;
      offBack();
      reader.disconnect();
    },
  };
}
