/** Asks how many tokens a call would have. */

import {
  asCount,
  asFields,
  type Attempting,
  type Body,
  type Notice,
  type Operation,
  type TokenCount,
} from "../../../src/plugin.ts";
import type { Reading } from "./reading.ts";

/** Fields that change how long the input is; the others are refused there. */
const counted: ReadonlySet<string> = new Set([
  ..."model input instructions tools tool_choice text reasoning previous_response_id conversation".split(" "),
  ..."truncation parallel_tool_calls personality".split(" "),
]);

export function countTokens(
  ctx: Attempting,
  write: (ctx: Attempting, notices: Notice[]) => Body,
  how: Reading,
): Operation<TokenCount> {
  const body = write(ctx, []);
  const sent = Object.fromEntries(Object.entries(body).filter(([name]) => counted.has(name)));
  return {
    request: {
      method: "POST",
      path: `${how.manifest.paths?.chat ?? "/responses"}/input_tokens`,
      body: JSON.stringify(sent),
      stream: false,
    },
    decode(answer, head) {
      const fields = asFields(answer);
      if (fields !== undefined) how.refuseFault(fields, head);
      const inputTokens = asCount(fields?.["input_tokens"]);
      if (inputTokens === undefined) throw how.notAnAnswer(head, "it has no `input_tokens`");
      return { inputTokens };
    },
  };
}
