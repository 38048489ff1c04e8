/** Ids for tool calls of vendors that give none. */

import type { Attempting } from "../contract/context.ts";
import { letters } from "./letters.ts";

/**
 * An id for a call that came without one. Depends on the answer's id, or else on the length of the conversation, so that
 * calls of different turns do not get the same one.
 */
export function madeUpId(
  ctx: Attempting,
  responseId: string | undefined,
  choice: number,
  index: number,
  name: string,
): string {
  const turn = responseId ?? `turn ${ctx.call.messages.length}`;
  return `call_${letters(`${turn}/${choice}/${index}/${name}`, 16)}`;
}
