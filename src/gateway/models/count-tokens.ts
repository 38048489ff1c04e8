/** `POST /v1/messages/count_tokens`: the vendor's own count where it can say, Loom's estimate elsewhere. */

import type { Engine } from "../../client/engine.ts";
import { limitsOf } from "../../client/limits.ts";
import { countCall } from "../../client/operations.ts";
import type { Call } from "../../contract/index.ts";
import { LoomError } from "../../errors/index.ts";
import { estimateInputTokens } from "../../util/estimate-input.ts";
import type { Asked } from "../format.ts";

export async function countTokens(
  engine: Engine,
  { call: said, modality }: Asked,
  candidates: Call["candidates"],
): Promise<number> {
  const call: Call = { ...said, modality, candidates, stream: false, useCache: false };
  // Counting sends the text to the vendor, past the guards.
  if (engine.opened.guards.some(({ input }) => input)) return estimateInputTokens(call);
  try {
    return (await countCall(engine, call, limitsOf({}, undefined))).inputTokens;
  } catch (error) {
    // Hosts of this format that only answer say so in one of two ways.
    const cannot = LoomError.is(error) && (error.code === "unsupported" || error.code === "model-not-found");
    if (!cannot) throw error;
    return estimateInputTokens(call);
  }
}
