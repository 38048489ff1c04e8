/** Reads a request for a plain completion, the older way to ask: a prompt becomes the one turn of a conversation. */

import type { Json, JsonObject } from "../../../contract/index.ts";
import type { Asked } from "../../format.ts";
import { given, invalid, kindOf } from "../openai-chat/checks.ts";
import { portableFields, readHead, sortFields } from "../openai-chat/fields.ts";

/** Read here, or by the writers (`echo`). */
const own: ReadonlySet<string> = new Set(["model", "prompt", "echo", "stream", "stream_options", "user"]);

/**
 * `suffix`, `best_of`, `logprobs` and `logit_bias` have no word in a text call, so they are unknown. Tools and thinking are not
 * of this format: what has their name is unknown too.
 */
const portable = new Map([...portableFields].filter(([name]) => name !== "parallel_tool_calls"));

/** @throws LoomError `invalid-request`, naming the field as the caller wrote it */
export function readCompletion(body: JsonObject): Asked {
  const { model, stream, user } = readHead(body);
  const content = readPrompt(body["prompt"]);
  const echo = given(body["echo"]);
  if (echo !== undefined && typeof echo !== "boolean") {
    throw invalid("echo", `must be true or false, not ${kindOf(echo)}`);
  }
  const { params, unknown } = sortFields(body, own, portable);
  return {
    modality: "text",
    model,
    call: { messages: [{ role: "user", content }], params, stream },
    unknown,
    ...(user !== undefined && { user }),
  };
}

/** One text. Several prompts would be several calls with one bill, and tokens mean something to one model only. */
function readPrompt(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) throw invalid("prompt", `must be a string, not ${kindOf(value)}`);
  const [first] = value as readonly Json[];
  if (typeof first === "number" || Array.isArray(first)) {
    throw invalid("prompt", "must be text: lists of tokens cannot be sent to every model");
  }
  if (value.length !== 1) {
    throw invalid("prompt", "must be one text; send one request for each of several prompts");
  }
  if (typeof first !== "string") throw invalid("prompt[0]", `must be a string, not ${kindOf(first)}`);
  return first;
}

/** The prompt, where the answer is to begin with it. */
export function echoOf({ body, asked }: { readonly body: JsonObject; readonly asked: Asked }): string {
  const content = asked.call.messages[0]?.content;
  return body["echo"] === true && typeof content === "string" ? content : "";
}
