/** Ids of tool calls: made up where a vendor gives none, mapped where a vendor is picky. */

import type { Attempting } from "../../../src/plugin.ts";
import { letters } from "./hash.ts";

/** Mistral takes nine letters or digits and nothing else. */
const mistralId = /^[a-zA-Z0-9]{9}$/;

/** The id as Mistral accepts it; the same foreign id gives the same nine letters wherever it stands. */
export function mistral9(id: string): string {
  return mistralId.test(id) ? id : letters(id, 9);
}

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
