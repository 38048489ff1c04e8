/** Encodes the results of tools. */

import type { Body, ContentPart, Json, JsonObject, Message } from "../../../src/plugin.ts";
import { inputPart, invalid, type Place } from "./encode-parts.ts";

/** The calls of earlier turns by id: Google answers are matched by name and place. */
export type CallNames = Map<
  string,
  { readonly name: string; readonly order: number; readonly sendsId: boolean }
>;

/**
 * Text becomes `{ output }` or `{ error }`, as Google asks for; text that is a JSON object is sent as it is. Pictures go into
 * the result where the model takes them there, and behind it otherwise.
 */
export function functionResponse(
  message: Message,
  names: CallNames,
  mediaInside: boolean,
  place: Place,
): { readonly order: number; readonly parts: readonly Json[] } {
  const { toolCallId } = message;
  if (toolCallId === undefined || toolCallId === "") {
    throw invalid(
      { ...place, path: `${place.path}.toolCallId` },
      "a turn of role `tool` names the call that it answers",
    );
  }
  const call = names.get(toolCallId);
  const name = call?.name ?? message.name;
  if (name === undefined) {
    const path = `${place.path}.toolCallId`;
    throw invalid({ ...place, path }, `no earlier turn makes the call ${JSON.stringify(toolCallId)}`);
  }
  const content: readonly ContentPart[] = typeof message.content === "string"
    ? [{ type: "text", text: message.content }]
    : message.content;
  const text = content.flatMap((part) => part.type === "text" ? [part.text] : []).join("\n");
  const media = content.flatMap((part, at) =>
    part.type === "text" ? [] : [inputPart(part, { ...place, path: `${place.path}.content[${at}]` })]
  );
  const encoded: Body = { name, response: responseOf(text, message.isError === true) };
  if (call === undefined || call.sendsId) encoded["id"] = toolCallId;
  if (media.length > 0 && mediaInside) encoded["parts"] = media;
  const parts: Json[] = [{ functionResponse: encoded, ...message.extra }];
  if (!mediaInside) parts.push(...media);
  return { order: call?.order ?? names.size, parts };
}

function responseOf(text: string, isError: boolean): JsonObject {
  if (isError) return { error: text };
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text) as JsonObject;
    } catch {
      // It only looks like JSON.
      return { output: text };
    }
  }
  return { output: text };
}
