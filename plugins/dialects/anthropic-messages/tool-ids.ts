/** Ids of tool calls: the API takes letters, digits, `_` and `-`, where other vendors have more. */

import { letters } from "../../../src/plugin.ts";

/** The id as the API accepts it; the same foreign id gives the same one wherever it stands. */
export function toolUseId(id: string): string {
  return /^[a-zA-Z0-9_-]+$/.test(id) ? id : `toolu_${letters(id, 24)}`;
}
