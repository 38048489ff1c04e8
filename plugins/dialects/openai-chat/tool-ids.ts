/** Ids of tool calls, mapped where a vendor is picky. */

import { letters } from "../../../src/plugin.ts";

/** Mistral takes nine letters or digits and nothing else. */
const mistralId = /^[a-zA-Z0-9]{9}$/;

/** The id as Mistral accepts it; the same foreign id gives the same nine letters wherever it stands. */
export function mistral9(id: string): string {
  return mistralId.test(id) ? id : letters(id, 9);
}
