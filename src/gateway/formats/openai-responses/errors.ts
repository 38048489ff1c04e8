/** Writes errors: as an answer, as the event that ends a stream, and inside a response that failed. */

import type { Json, JsonObject, LoomErrorLike } from "../../../contract/index.ts";
import { openaiError } from "../openai-error.ts";

/** The fields of the `error` event: nested as OpenAI sends them, and flat as its description has them. */
export function errorFields(error: LoomErrorLike, status: number): JsonObject {
  const { message, code, param } = fieldsOf(error, status);
  return {
    code: code ?? null,
    message: message ?? null,
    param: param ?? null,
    ...openaiError(error, status),
  };
}

/** The event alone, where nothing is known of the stream that it ends. */
export function errorEvent(error: LoomErrorLike, status: number): string {
  const event = { type: "error", ...errorFields(error, status), sequence_number: 0 };
  return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
}

/** What a failed response says, which always has a code of OpenAI's. */
export function failure(error: LoomErrorLike, status: number): JsonObject {
  const { message, code, type } = fieldsOf(error, status);
  const own = type !== "server_error" || code === "server_is_overloaded" ? code : type;
  return { code: own ?? "invalid_prompt", message: message ?? null };
}

function fieldsOf(error: LoomErrorLike, status: number): JsonObject {
  return openaiError(error, status).error as JsonObject & Json;
}
