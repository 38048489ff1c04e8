/** Encodes a turn of the assistant: what it said, thought and called, each as an item of its own, in order. */

import {
  type Attempting,
  type ContentPart,
  isForeign,
  type Json,
  type JsonObject,
  type NativeContent,
  type Notice,
  type ReasoningContent,
  type TextContent,
  type ToolCallContent,
  unbound,
  vendorBound,
} from "../../../src/plugin.ts";
import { type Place, unsupported } from "./encode-content.ts";

export interface AssistantTurn {
  readonly ctx: Attempting;
  readonly notices: Notice[];
  readonly place: (part: number) => Place;
  /** Vendor fields of the turn, which go onto its messages. */
  readonly extra: JsonObject | undefined;
}

export function assistantItems(content: readonly ContentPart[], turn: AssistantTurn): readonly Json[] {
  const { ctx, notices } = turn;
  const items: Json[] = [];
  /** The message that texts are added to. */
  let open: { readonly fields: JsonObject; readonly texts: TextContent[] } | undefined;
  const close = () => {
    if (open !== undefined && open.texts.length > 0) items.push(messageItem(open.fields, open.texts, turn));
    open = undefined;
  };
  content.forEach((given, index) => {
    switch (given.type) {
      case "text":
        if (given.text === "") return;
        open ??= { fields: {}, texts: [] };
        open.texts.push(unbound(given, ctx, notices));
        return;
      case "reasoning": {
        const item = reasoningItem(unbound(given, ctx, notices));
        if (item === undefined) return;
        close();
        items.push(item);
        return;
      }
      case "tool-call":
        close();
        items.push(callItem(unbound(given, ctx, notices)));
        return;
      case "native":
        if (isForeign(given, ctx)) {
          notices.push(vendorBound(nameOf(given), given));
          return;
        }
        if (ctx.target.params["store"] === false && isReference(given.value)) {
          const message =
            "thinking that only OpenAI's store holds was left out, since the call is not to be stored";
          notices.push({ code: "native-dropped", message });
          return;
        }
        close();
        // A message without content is the frame of the texts that follow it.
        if (isFrame(given.value)) open = { fields: given.value, texts: [] };
        else items.push(given.value);
        return;
      default:
        throw unsupported(turn.place(index), `a ${given.type} part in a turn of the assistant`);
    }
  });
  close();
  return items;
}

function messageItem(fields: JsonObject, texts: readonly TextContent[], { extra }: AssistantTurn): Json {
  const framed = Object.keys(fields).length > 0;
  const [first] = texts;
  const content = !framed && texts.length === 1 && first?.extra === undefined
    ? first?.text ?? ""
    : texts.map((part) => ({
      type: "output_text",
      text: part.text,
      // Items with an id are checked against the whole shape of what the vendor gave.
      ...(framed && { annotations: [] }),
      ...part.extra,
    }));
  return { role: "assistant", ...fields, content, ...extra };
}

/**
 * Thinking that a caller kept with its encrypted form. Other thinking has come back as a whole item already, in a native part,
 * or cannot be sent: the vendor takes none that it did not make.
 */
function reasoningItem({ text, signature, extra }: ReasoningContent): Json | undefined {
  if (signature === undefined) return undefined;
  const summary = text === "" ? [] : [{ type: "summary_text", text }];
  return { type: "reasoning", summary, encrypted_content: signature, ...extra };
}

/** `extra` carries the item's id and status, and says when the tool takes free text instead of JSON. */
function callItem({ id, name, arguments: text, extra }: ToolCallContent): Json {
  const { type, custom, ...rest } = extra ?? {};
  if (type === "custom_tool_call" || type === "custom") {
    const input = typeof custom === "object" && custom !== null && "input" in custom ? custom.input : text;
    return { type: "custom_tool_call", call_id: id, name, input, ...rest };
  }
  return { type: "function_call", call_id: id, name, arguments: text === "" ? "{}" : text, ...rest };
}

function isFrame(value: JsonObject): boolean {
  return value["type"] === "message" && value["content"] === undefined;
}

/** Thinking of which the caller has nothing but the id. */
function isReference({ type, content, encrypted_content: encrypted }: JsonObject): boolean {
  if (type !== "reasoning" || typeof encrypted === "string") return false;
  return !Array.isArray(content) || content.length === 0;
}

function nameOf({ value }: NativeContent): string {
  const type = value["type"];
  return typeof type === "string" ? `a \`${type}\` item` : "an item";
}
