/** The sink: takes records, and answers for those that it has written. */

import {
  boundedLimit,
  type Clock,
  type Logger,
  loomError,
  seriesProblem,
  type Sink,
  spanProblem,
} from "../../../src/plugin.ts";
import type { Desk } from "./desk.ts";
import { followers } from "./followers.ts";
import { readCursor } from "./pages.ts";
import { type QueueOptions, recordQueue } from "./queue.ts";
import { upkeep } from "./upkeep.ts";

/** A disk that hangs shall not keep a program from ending. */
const patienceMs = 20_000;

const always = { fromMs: -Number.MAX_SAFE_INTEGER, toMs: Number.MAX_SAFE_INTEGER };

export interface SinkOptions extends QueueOptions {
  /** Questions alone; records go nowhere. */
  readonly readOnly?: boolean;
}

export function sqliteSink(desk: Desk, clock: Clock, logger: Logger, options: SinkOptions): Sink {
  const { readOnly = false } = options;
  const queue = recordQueue(desk, clock, logger, options);
  const audience = followers(desk, clock, logger, options.writer);
  const care = readOnly ? undefined : upkeep(desk, clock, logger);
  let closing: Promise<void> | undefined;

  async function end(): Promise<void> {
    audience.close();
    let stopTimer = () => {};
    const late = new Promise<"late">((resolve) => stopTimer = clock.after(patienceMs, () => resolve("late")));
    const done = queue.close().then(() => care?.close()).then(() => desk.close());
    if (await Promise.race([done, late]) === "late") {
      logger.error("the sink sqlite would not close, and is left behind");
    }
    stopTimer();
  }

  return {
    write(record) {
      if (closing !== undefined || readOnly) return;
      queue.push(record);
      audience.tell(record);
    },
    flush: () => closing ?? queue.flush(),
    get dropped() {
      return queue.dropped;
    },
    close: () => closing ??= end(),
    history: {
      async totals(span, filter = {}) {
        check(spanProblem(span));
        return await desk.ask("totals", span, filter);
      },
      async series(span, stepMs, filter = {}) {
        check(spanProblem(span) ?? seriesProblem(span, stepMs));
        return await desk.ask("series", span, stepMs, filter);
      },
      async breakdown(span, by, filter = {}, limit) {
        check(spanProblem(span));
        return await desk.ask("breakdown", span, by, filter, boundedLimit(limit, 50));
      },
      async calls({ span = always, filter = {}, retried = false, next, limit }) {
        check(spanProblem(span));
        const before = next === undefined ? undefined : readCursor(next);
        if (next !== undefined && before === undefined) check("next is not what a page gave");
        return await desk.ask("calls", { span, filter, retried, before, limit: boundedLimit(limit, 100) });
      },
      call: async (callId) => queue.find(callId) ?? await desk.ask("call", callId),
      follow: (listener) => audience.follow(listener),
    },
  };
}

function check(problem: string | undefined): void {
  if (problem !== undefined) throw loomError("invalid-request", problem, {});
}
