/** The guard stage: what goes in is judged before anything is spent, what comes out before it leaves. */

import type { Planned } from "../contract/context.ts";
import type { MiddlewareInPlace } from "../contract/middleware.ts";
import type { Reply } from "../contract/reply.ts";
import type { Clock, Random } from "../contract/services.ts";
import { wholeReply } from "../kernel/index.ts";
import { GuardedAnswer } from "./guard-answer.ts";
import { guardedStream } from "./guard-flow.ts";
import { letIn } from "./guard-input.ts";
import type { ActiveGuard } from "./guard-rule.ts";

export interface GuardServices {
  readonly clock: Clock;
  /** Decides which calls are judged by guards that judge only a share. */
  readonly random: Random;
}

/**
 * Makes the stage. It stands outside of limits, caches and joined calls: those see the call as it is sent, so that an answer
 * they share holds placeholders, and each caller gets its own values back.
 */
export function guardStage(
  guards: readonly ActiveGuard[],
  { clock, random }: GuardServices,
): MiddlewareInPlace<"guard"> {
  const sampled = guards.some(({ sample }) => sample < 1);

  async function handle(given: Planned, next: (ctx: Planned) => Promise<Reply>): Promise<Reply> {
    given.cancellation.throwIfCancelled();
    const here = sampled ? guards.filter(({ sample }) => sample >= 1 || random() < sample) : guards;
    const { ctx, placeholders } = await letIn(given, here.filter(judgesInput), clock);
    const outgoing = here.filter(judgesOutput);
    const reply = await next(ctx);
    if (outgoing.length === 0 && placeholders === undefined) return reply;
    const { parts } = reply;
    // Guards of the answer know the call as it was sent.
    const answer = new GuardedAnswer(ctx, outgoing, placeholders, parts === undefined, clock);
    if (parts === undefined) return guardedStream(reply, answer, clock);
    try {
      return wholeReply(reply, await answer.all(parts));
    } finally {
      answer.record();
    }
  }

  return { name: "guard", stage: "guard", replaces: "guard", handle };
}

function judgesInput({ input, guard }: ActiveGuard): boolean {
  return input && guard.input !== undefined;
}

function judgesOutput({ output, guard }: ActiveGuard): boolean {
  return output && (guard.output !== undefined || guard.whole !== undefined);
}
