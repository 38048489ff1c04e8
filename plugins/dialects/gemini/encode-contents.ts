/** Encodes the turns of a conversation: system text apart, tool results gathered behind the calls they answer. */

import {
  type Attempting,
  type Body,
  type Json,
  type Manifest,
  type Message,
  type Notice,
} from "../../../src/plugin.ts";
import { assistantParts } from "./encode-assistant.ts";
import { inputPart, invalid, type Place } from "./encode-parts.ts";
import { isThird } from "./family.ts";
import { type CallNames, functionResponse } from "./function-response.ts";

export interface Contents {
  readonly contents: Json[];
  readonly systemInstruction: Body | undefined;
}

/** @throws LoomError `invalid-request`, naming the part that cannot be sent */
export function encodeContents(ctx: Attempting, manifest: Manifest, notices: Notice[]): Contents {
  const { messages } = ctx.call;
  const contents: Body[] = [];
  const system: Json[] = [];
  const names: CallNames = new Map();
  const third = isThird(ctx.target.upstreamModel);
  const place = (index: number, part?: number): Place => ({
    manifest,
    ctx,
    notices,
    path: part === undefined ? `messages[${index}]` : `messages[${index}].content[${part}]`,
  });
  /** The results of the last turn's calls, while they come in. */
  let results: { readonly order: number; readonly parts: readonly Json[] }[] = [];

  function flushResults(): void {
    if (results.length === 0) return;
    // All results of a turn go back in one content, in the order of the calls.
    const parts = results.toSorted((one, other) => one.order - other.order).flatMap((entry) => entry.parts);
    contents.push({ role: "user", parts });
    results = [];
  }

  messages.forEach((message, index) => {
    if (message.role !== "tool" && message.role !== "system") flushResults();
    switch (message.role) {
      case "system":
        return system.push(...partsOf(message, index));
      case "tool":
        return results.push(functionResponse(message, names, third, place(index)));
      case "assistant": {
        const parts = assistantParts(message, names, place(index), messages, index);
        // A turn in which the model said nothing is refused.
        return parts.length === 0 ? undefined : contents.push({ role: "model", parts, ...message.extra });
      }
      case "user":
        return contents.push({ role: "user", parts: partsOf(message, index), ...message.extra });
    }
  });
  flushResults();
  return {
    contents: contents as Json[],
    systemInstruction: system.length === 0 ? undefined : { parts: system },
  };

  function partsOf({ content, role }: Message, index: number): Json[] {
    if (typeof content === "string") return [{ text: content }];
    return content.map((part, at) => {
      if (role === "system" && part.type !== "text") {
        throw invalid(place(index, at), `a ${part.type} part cannot stand in a system turn`);
      }
      return inputPart(part, place(index, at));
    });
  }
}
