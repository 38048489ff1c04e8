/** Reads a request for a chat completion. */

import type { JsonObject, Message } from "../../../contract/index.ts";
import type { Asked } from "../../format.ts";
import { readHead, sortFields } from "./fields.ts";
import { readMessages } from "./read-messages.ts";
import { readOutput } from "./read-output.ts";
import { isOlderForm, readTools } from "./read-tools.ts";

/** Read here or in another file of this folder. */
const own: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "tools",
  "tool_choice",
  "functions",
  "function_call",
  "response_format",
  "stream",
  "stream_options",
  "user",
]);

/** @throws LoomError `invalid-request`, naming the field as the caller wrote it */
export function readChat(body: JsonObject): Asked {
  const { model, stream, user } = readHead(body);
  const messages = readMessages(body["messages"]);
  const tools = readTools(body);
  const form = readOutput(body["response_format"]);
  const { params, unknown } = sortFields(body, own);
  return {
    modality: "text",
    model,
    ...(messages.some(holdsOwned) && { mustEncode: true }),
    call: {
      messages,
      // The older form has room for one call only.
      params: tools.tools !== undefined && isOlderForm(body)
        ? { ...params, parallel_tool_calls: false }
        : params,
      stream,
      ...tools,
      ...(form !== "unknown" && form),
    },
    unknown: form === "unknown" ? [...unknown, "response_format"] : unknown,
    ...(user !== undefined && { user }),
  };
}

/** A call whose vendor's fields this gateway wrote down: the vendors of this format do not know the place. */
function holdsOwned({ role, content }: Message): boolean {
  return role === "assistant" && typeof content !== "string" &&
    content.some((part) => part.type === "tool-call" && part.madeBy !== undefined);
}
