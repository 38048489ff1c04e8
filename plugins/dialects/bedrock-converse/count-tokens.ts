/** Asks how many tokens a call would have. */

import {
  asCount,
  asFields,
  type Attempting,
  type Body,
  type Json,
  type Manifest,
  type Operation,
  type TokenCount,
} from "../../../src/plugin.ts";
import { converseBody } from "./encode.ts";
import type { BedrockErrors } from "./errors.ts";
import { modelPath } from "./model-path.ts";

/** What CountTokens takes of a Converse body. */
const counted = ["messages", "system", "toolConfig", "additionalModelRequestFields"];

export function countTokens(ctx: Attempting, _: Manifest, errors: BedrockErrors): Operation<TokenCount> {
  const body = converseBody(ctx, []);
  const converse: Body = {};
  for (const name of counted) if (body[name] !== undefined) converse[name] = body[name];
  return {
    request: {
      method: "POST",
      path: modelPath(ctx.target.upstreamModel, "count-tokens"),
      body: JSON.stringify({ input: { converse: converse as Json } }),
      stream: false,
    },
    decode(answer, head) {
      const fields = asFields(answer) ?? {};
      errors.refuse(fields, head);
      const inputTokens = asCount(fields["inputTokens"]);
      if (inputTokens === undefined) throw errors.notAnAnswer(head, "it has no `inputTokens`");
      return { inputTokens };
    },
  };
}
