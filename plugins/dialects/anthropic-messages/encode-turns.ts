/** Encodes the turns of a conversation: who speaks is user or assistant, and system text stands apart. */

import type { Json, JsonObject, Message } from "../../../src/plugin.ts";
import { assistantBlocks } from "./encode-assistant.ts";
import { contentBlock, textBlock } from "./encode-content.ts";
import { generationOf } from "./generation.ts";
import { type Encoding, invalid, notice, unsupported } from "./place.ts";
import { toolUseId } from "./tool-ids.ts";

/** A turn while it is put together. */
export interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly blocks: JsonObject[];
  /** Fields beside role and content. */
  readonly extra: JsonObject;
}

export interface Conversation {
  /** Blocks of the system prompt. */
  readonly system: JsonObject[];
  readonly turns: readonly Turn[];
}

/** Encodes all turns. @throws LoomError, naming the part that cannot be sent */
export function encodeTurns(messages: readonly Message[], at: Encoding): Conversation {
  const all = messages.map((message, index) => turnOf(message, at, `messages[${index}]`));
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  all.forEach((turn, index) => {
    if (turn.blocks.length === 0) return;
    if (turn.role === "system" && !mayStay(all, index, at)) {
      system.push(...turn.blocks);
      return;
    }
    const before = turns.at(-1);
    if (before?.role !== turn.role) turns.push({ ...turn, blocks: [...turn.blocks] });
    else {
      before.blocks.push(...turn.blocks);
      Object.assign(before.extra, turn.extra);
    }
  });
  for (const turn of turns) if (turn.role === "user") resultsFirst(turn.blocks);
  if (turns.length === 0) throw invalid(at, "messages", "a text call needs a turn that says something");
  if (turns[0]?.role === "assistant") openWithUser(turns, at);
  trimPrefill(turns.at(-1) as Turn);
  return { system, turns };
}

/** One plain text stays a string. */
export function messageOf({ role, blocks, extra }: Turn): JsonObject {
  return { ...extra, role, content: plainText(blocks) ?? blocks };
}

/** The text of a list that is one text block and nothing else. */
export function plainText(blocks: readonly JsonObject[]): string | undefined {
  const [first] = blocks;
  if (blocks.length !== 1 || first?.["type"] !== "text" || Object.keys(first).length !== 2) return undefined;
  return first["text"] as string;
}

function turnOf(message: Message, at: Encoding, path: string): Turn {
  const { role, extra = {} } = message;
  if (message.name !== undefined) {
    notice(
      at,
      "param-dropped",
      `${at.manifest.label} has no place for the names of speakers; they were left out`,
    );
  }
  if (role === "tool") return { role: "user", blocks: [toolResult(message, at, path)], extra: {} };
  const blocks = role === "assistant"
    ? assistantBlocks(message.content, at, path)
    : role === "system"
    ? systemBlocks(message, at, path)
    : userBlocks(message, at, path);
  const { cache_control: mark, ...rest } = extra;
  markLast(blocks, mark);
  return { role, blocks, extra: rest };
}

/** A prompt-cache mark on a whole turn belongs to its last block. */
function markLast(blocks: JsonObject[], mark: Json | undefined): void {
  const last = blocks.at(-1);
  if (mark !== undefined && last !== undefined) blocks[blocks.length - 1] = { ...last, cache_control: mark };
}

function userBlocks({ content }: Message, at: Encoding, path: string): JsonObject[] {
  if (typeof content === "string") return some([textBlock(content, undefined)]);
  return some(content.map((part, index) => contentBlock(part, at, `${path}.content[${index}]`)));
}

function systemBlocks({ content }: Message, at: Encoding, path: string): JsonObject[] {
  if (typeof content === "string") return some([textBlock(content, undefined)]);
  return some(content.map((part, index) => {
    if (part.type === "text") return textBlock(part.text, part.extra);
    if (part.type === "native") return part.value;
    throw unsupported(at, `${path}.content[${index}]`, `a ${part.type} part in a system turn`);
  }));
}

function toolResult(message: Message, at: Encoding, path: string): JsonObject {
  const { toolCallId, content, isError, extra } = message;
  if (toolCallId === undefined || toolCallId === "") {
    throw invalid(at, `${path}.toolCallId`, "a turn of role `tool` names the call that it answers");
  }
  const block: Record<string, Json> = { type: "tool_result", tool_use_id: toolUseId(toolCallId) };
  const blocks = userBlocks(message, at, path);
  // A result may be empty, or white space, as a result.
  if (typeof content === "string" && content !== "") block["content"] = content;
  else if (blocks.length > 0) block["content"] = plainText(blocks) ?? blocks;
  if (isError === true) block["is_error"] = true;
  return { ...block, ...extra };
}

function some(blocks: readonly (JsonObject | undefined)[]): JsonObject[] {
  return blocks.filter((block) => block !== undefined);
}

/** All results of a turn's calls go before anything else that the user says. */
function resultsFirst(blocks: JsonObject[]): void {
  const rank = (block: JsonObject) => block["type"] === "tool_result" ? 0 : 1;
  blocks.sort((one, other) => rank(one) - rank(other));
}

/** System text in front belongs into the system prompt; later, newer models take it in its place, after what the user said. */
function mayStay(turns: readonly Turn[], index: number, at: Encoding): boolean {
  const before = turns.slice(0, index).findLast(speaks);
  if (before === undefined) return false;
  const after = turns.slice(index + 1).find(speaks);
  const { upstreamModel } = at.ctx.target;
  if (!generationOf(upstreamModel).systemTurns) {
    notice(
      at,
      "system-moved",
      `${upstreamModel} takes system text in front only; that of later turns was moved there`,
    );
    return false;
  }
  if (before.role === "user" && (after === undefined || after.role === "assistant")) return true;
  notice(
    at,
    "system-moved",
    `${at.manifest.label} takes a later system turn only between a user's and an assistant's; others were moved to the front`,
  );
  return false;
}

function speaks({ role, blocks }: Turn): boolean {
  return role !== "system" && blocks.length > 0;
}

/** "messages: first message must use the "user" role". */
function openWithUser(turns: Turn[], at: Encoding): void {
  turns.unshift({
    role: "user",
    blocks: [{ type: "text", text: "(The assistant speaks first.)" }],
    extra: {},
  });
  notice(
    at,
    "turn-added",
    `${at.manifest.label} wants a user's turn first; one that says so was put before the assistant's`,
  );
}

/** "final assistant content cannot end with trailing whitespace". */
function trimPrefill({ role, blocks }: Turn): void {
  const last = blocks.at(-1);
  if (role !== "assistant" || last?.["type"] !== "text" || typeof last["text"] !== "string") return;
  blocks[blocks.length - 1] = { ...last, text: last["text"].trimEnd() };
}

/** Whether the last turn answers calls of a turn that did not begin with thinking: a model that thinks refuses to go on. */
export function continuesWithoutThinking(turns: readonly Turn[]): boolean {
  const [calls, results] = turns.filter(({ role }) => role !== "system").slice(-2);
  if (results?.role !== "user" || results.blocks[0]?.["type"] !== "tool_result") return false;
  return !/thinking$/.test(String(calls?.blocks[0]?.["type"]));
}
