/** Inside the cache: holds whole answers against the call's output schema, and lets the model mend its answer once. */

import type { Message } from "../contract/message.ts";
import type { MiddlewareAfter } from "../contract/middleware.ts";
import type { OutputFormat } from "../contract/message.ts";
import type { Part } from "../contract/part.ts";
import { LoomError } from "../errors/index.ts";

export interface OutputServices {
  /** The text of the first alternative. */
  textOf(parts: readonly Part[]): string;
  /** @throws LoomError `output-invalid` */
  parse(format: OutputFormat, text: string): Promise<unknown>;
}

/**
 * Composed in only for calls that have an output schema. Streams pass: their reader sees the parts before anybody could
 * judge them, and their result is checked at the end. What does not fit is never stored.
 */
export function outputStage({ textOf, parse }: OutputServices): MiddlewareAfter<"cache"> {
  return {
    name: "output",
    stage: "cache",
    after: true,
    reentrant: true,
    async handle(ctx, next) {
      const reply = await next();
      const { output, messages } = ctx.call;
      if (output === undefined || reply.parts === undefined) return reply;
      const text = textOf(reply.parts);
      if (text === "" && reply.parts.some(({ type }) => type === "tool-call" || type === "refusal")) {
        return reply;
      }
      try {
        await parse(output, text);
        return reply;
      } catch (error) {
        if (output.repair === 0 || !LoomError.is(error, "output-invalid")) throw error;
        ctx.ledger.step("output", "repair", { reason: error.message });
        const mended = await next(ctx.with({
          call: { ...ctx.call, messages: [...messages, ...correction(text, error.message)] },
        }));
        if (mended.parts !== undefined) await parse(output, textOf(mended.parts));
        return mended;
      }
    },
  };
}

function correction(text: string, problem: string): readonly Message[] {
  return [
    { role: "assistant", content: text },
    { role: "user", content: `${problem}. Answer again with JSON that fits the schema, and nothing else.` },
  ];
}
