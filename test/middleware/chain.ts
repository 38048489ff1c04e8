/** Runs built-in stages as the chain does, over an adapter that a test scripts. */

import type { Attempting, Context } from "../../src/contract/context.ts";
import type { ErrorCode } from "../../src/contract/error-code.ts";
import type { ErrorData } from "../../src/contract/errors.ts";
import type { Events } from "../../src/contract/events.ts";
import type { Middleware } from "../../src/contract/middleware.ts";
import type { Part } from "../../src/contract/part.ts";
import type { Reply } from "../../src/contract/reply.ts";
import { type ErrorDetails, LoomError, loomError, toLoomError } from "../../src/errors/index.ts";
import { compose, EventBus, observe, replay, wholeReply } from "../../src/kernel/index.ts";
import { finish, text } from "../kernel/scripted.ts";

/** Answers one attempt; an error is thrown, parts become a whole or a streamed reply as the call wants it. */
export type Adapt = (ctx: Attempting) => Reply | readonly Part[] | LoomError | Promise<Reply>;

/** The innermost link: keeps the ledger as the real one does. */
export function adapter(adapt: Adapt): Middleware<"adapter"> {
  return {
    name: "adapter",
    stage: "adapter",
    replaces: "adapter",
    async handle(ctx) {
      const entry = ctx.ledger.open(ctx);
      try {
        const made = await adapt(ctx);
        if (made instanceof Error) throw made;
        const head = { target: ctx.target, origin: "vendor" } as const;
        const reply = "flow" in made ? made : ctx.call.stream ? replay(head, made) : wholeReply(head, made);
        return observe(reply, { end: ({ status }) => entry.close(status) });
      } catch (fault) {
        const { code, message, status } = toLoomError(fault, "the adapter");
        entry.close("failed", { error: { code, message, status } });
        throw fault;
      }
    },
  };
}

/** Runs one call through the given links and the adapter. */
export function run(ctx: Context, links: readonly Middleware[], adapt: Adapt): Promise<Reply> {
  return compose([...links, adapter(adapt)])(ctx);
}

export const hello: readonly Part[] = [text("hello"), finish];

/** An error of this code, with empty data where the code needs none. */
export function fault<C extends ErrorCode>(
  code: C,
  details: ErrorDetails = {},
  data?: ErrorData[C],
): LoomError {
  return loomError(code, `it is ${code}`, data ?? ({} as ErrorData[C]), details);
}

/** The decisions of one stage, as `what` and detail. */
export function steps(ctx: Context, by: string): readonly [string, unknown][] {
  return ctx.ledger.receipt().steps.filter((step) => step.by === by).map((
    { what, detail },
  ) => [what, detail]);
}

/** An event bus that writes down what it is told of the given types. */
export function listening<K extends keyof Events>(
  ...types: readonly K[]
): { readonly events: EventBus; readonly heard: [K, Events[K]][] } {
  const events = new EventBus((error) => {
    throw error;
  });
  const heard: [K, Events[K]][] = [];
  for (const type of types) events.on(type, (data) => void heard.push([type, data]));
  return { events, heard };
}

/** Settles as `promise` does, without a rejection that nobody handles. */
export function caught<T>(promise: Promise<T>): Promise<{ readonly value?: T; readonly error?: LoomError }> {
  return promise.then((value) => ({ value }), (error) => ({ error }));
}
