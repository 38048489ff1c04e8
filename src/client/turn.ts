/** The answer as a turn of the conversation: what the next call sends back, with everything that its maker wants to see again. */

import type { ContentPart, Message } from "../contract/message.ts";
import type { Part } from "../contract/part.ts";

/** The turn that the parts of the first alternative make up. Neighbouring texts are joined; a signature closes its block. */
export function turnOf(parts: readonly Part[], text: string, madeBy: string): Message {
  if (parts.every(isPlain)) return { role: "assistant", content: text };
  const content: ContentPart[] = [];
  for (const part of parts) {
    if ("choice" in part && part.choice !== undefined && part.choice !== 0) continue;
    add(content, part, madeBy);
  }
  return { role: "assistant", content };
}

/** Whether the text says it all. */
function isPlain(part: Part): boolean {
  return part.type === "text" ? part.signature === undefined : !special.has(part.type);
}

const special: ReadonlySet<Part["type"]> = new Set(["reasoning", "tool-call", "native", "refusal"]);

function add(content: ContentPart[], part: Part, madeBy: string): void {
  switch (part.type) {
    case "text":
    case "reasoning":
      return addText(content, part, madeBy);
    case "refusal":
      return addText(content, { type: "text", text: part.text }, madeBy);
    case "tool-call": {
      const { type, id, name, arguments: text, extra } = part;
      content.push({ type, id, name, arguments: text, ...(extra === undefined ? {} : { extra }), madeBy });
      return;
    }
    case "native":
      content.push({ type: "native", value: part.value, madeBy });
      return;
  }
}

function addText(
  content: ContentPart[],
  { type, text, signature }: {
    readonly type: "text" | "reasoning";
    readonly text: string;
    readonly signature?: string;
  },
  madeBy: string,
): void {
  const last = content.at(-1);
  const open = last?.type === type && last.signature === undefined ? last : undefined;
  if (open === undefined && text === "" && signature === undefined) return;
  const joined = {
    type,
    text: (open?.text ?? "") + text,
    ...(signature === undefined ? {} : { signature }),
    madeBy,
  };
  if (open === undefined) content.push(joined);
  else content[content.length - 1] = joined;
}
