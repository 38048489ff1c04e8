/** What a call asked and what came back, as text: media as a word in brackets, tool calls as the model wrote them. */

import type { Call } from "../contract/call.ts";
import type { ContentPart, Message } from "../contract/message.ts";
import type { Part } from "../contract/part.ts";

export interface Turn {
  readonly role: string;
  readonly text: string;
}

/** The turns of a call in their order, those of the system first. */
export function turnsOf(call: Call): readonly Turn[] {
  const turns: Turn[] = [];
  for (const message of call.messages) if (message.role === "system") turns.push(turnOf(message));
  for (const message of call.messages) if (message.role !== "system") turns.push(turnOf(message));
  if (call.prompt !== undefined) turns.push({ role: "user", text: call.prompt });
  for (const text of call.input ?? []) turns.push({ role: "input", text });
  if (call.images !== undefined && call.images.length > 0) {
    turns.push({ role: "user", text: call.images.map(() => "[image]").join(" ") });
  }
  if (call.audio !== undefined) turns.push({ role: "user", text: "[audio]" });
  return turns;
}

function turnOf({ role, content }: Message): Turn {
  return { role, text: typeof content === "string" ? content : content.map(textOfContent).join("\n") };
}

function textOfContent(part: ContentPart): string {
  switch (part.type) {
    case "text":
      return part.text;
    case "tool-call":
      return toolCall(part.name, part.arguments);
    default:
      return `[${part.type}]`;
  }
}

const toolCall = (name: string, given: string) => `[tool call ${name} ${given}]`;

/** Gathers an answer part by part, up to a bound. */
export interface Gathered {
  add(part: Part): void;
  text(): string;
  /** More came than was kept. */
  readonly cut: boolean;
}

/** @param maxLetters of all alternatives together */
export function gather(maxLetters: number): Gathered {
  /** By alternative; most answers have one. */
  const pieces: string[][] = [];
  let left = maxLetters;
  let cut = false;

  function put(text: string, choice: number): void {
    if (text === "") return;
    if (left <= 0) {
      cut = true;
      return;
    }
    const kept = text.length <= left ? text : text.slice(0, left);
    cut ||= kept.length < text.length;
    left -= kept.length;
    (pieces[choice] ??= []).push(kept);
  }

  /** Pictures, sound and vectors come in many pieces, which are one thing. */
  function mark(word: string, choice: number): void {
    const mine = pieces[choice];
    if (mine?.at(-1) === word || mine?.at(-1) === `\n${word}`) return;
    put(mine === undefined ? word : `\n${word}`, choice);
  }

  return {
    add(part) {
      const choice = "choice" in part && part.choice !== undefined ? part.choice : 0;
      switch (part.type) {
        case "text":
        case "refusal":
        case "transcript":
          return put(part.text, choice);
        case "tool-call":
          return mark(toolCall(part.name, part.arguments), choice);
        case "image":
        case "video":
        case "audio":
        case "embedding":
        case "rank":
        case "moderation":
          return mark(`[${part.type}]`, choice);
      }
    },
    text() {
      const texts = pieces.map((piece) => piece.join(""));
      if (texts.length <= 1) return texts[0] ?? "";
      // A list with holes, where an alternative said nothing.
      return Array.from(texts, (text, choice) => `[choice ${choice}]\n${text ?? ""}`).join("\n\n");
    },
    get cut() {
      return cut;
    },
  };
}
