/** Events and errors as OpenAI's API streams and answers them, for its formats beside chat. */

import type { Json } from "../../contract/index.ts";
import type { Format } from "../format.ts";
import { openaiError } from "./openai-error.ts";

/** One event of a stream. */
export function eventOf(value: Json): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

export const openaiFaults: Pick<Format, "error" | "errorEvent"> = {
  error: (error, status) => openaiError(error, status),
  errorEvent: (error, status) => eventOf(openaiError(error, status)),
};
