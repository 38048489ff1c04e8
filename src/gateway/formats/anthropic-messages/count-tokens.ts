/** The question how many tokens a request has: `POST /v1/messages/count_tokens`. */

import type { Json, JsonObject } from "../../../contract/index.ts";
import type { Asked } from "../../format.ts";
import { readRequest } from "./read.ts";

/** Reads it. It is a request for an answer that need not say how long that may be. */
export function readCountTokens(body: JsonObject): Asked {
  return readRequest(body, true);
}

export function writeCountTokens(inputTokens: number): Json {
  return { input_tokens: inputTokens };
}
