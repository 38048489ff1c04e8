/** Reads what a message or a delta says: text, thinking, pictures and sound, in the forms that vendors use. */

import { asFields, asList, asText, dataUri, type Fields, type Part } from "../../../src/plugin.ts";
import type { ThinkTags } from "./think-tags.ts";

/** Adds the parts of one message's or delta's `content`. `tags` takes thinking out of text where a vendor mixes them. */
export function readContent(
  content: unknown,
  choice: number,
  tags: ThinkTags | undefined,
  parts: Part[],
): void {
  if (typeof content === "string") return addText(content, choice, tags, parts);
  for (const entry of asList(content) ?? []) {
    if (typeof entry === "string") addText(entry, choice, tags, parts);
    const chunk = asFields(entry);
    if (chunk === undefined) continue;
    const type = chunk["type"];
    if (type === "thinking") addReasoning(thinkingText(chunk), choice, parts, asText(chunk["signature"]));
    else if (type === "image_url") readImage(chunk, parts);
    else if (type === "refusal") addRefusal(chunk["refusal"], choice, parts);
    else if (typeof chunk["text"] === "string") addText(chunk["text"], choice, tags, parts);
  }
}

/** Mistral nests the text of its thinking once more. */
function thinkingText(chunk: Fields): string {
  const { thinking } = chunk;
  if (typeof thinking === "string") return thinking;
  return (asList(thinking) ?? []).map((entry) => asText(asFields(entry)?.["text"]) ?? "").join("");
}

/** Adds thinking from the first of `names` that holds any, or from OpenRouter's `reasoning_details`. */
export function readReasoning(
  message: Fields,
  names: readonly string[],
  choice: number,
  parts: Part[],
): void {
  for (const name of names) {
    const text = asText(message[name]);
    if (text !== undefined) return addReasoning(text, choice, parts);
  }
  const details = asList(message["reasoning_details"]);
  if (details === undefined) return;
  for (const entry of details) {
    const detail = asFields(entry);
    const text = asText(detail?.["text"]) ?? asText(detail?.["summary"]);
    if (text !== undefined) addReasoning(text, choice, parts, asText(detail?.["signature"]));
  }
}

export function addRefusal(value: unknown, choice: number, parts: Part[]): void {
  const text = asText(value);
  if (text !== undefined) parts.push(at(choice, { type: "refusal", text }));
}

/** Pictures beside the text (OpenRouter). */
export function readImages(list: unknown, parts: Part[]): void {
  for (const entry of asList(list) ?? []) {
    const image = asFields(entry);
    if (image !== undefined) readImage(image, parts);
  }
}

function readImage(image: Fields, parts: Part[]): void {
  const url = asText(asFields(image["image_url"])?.["url"]) ?? asText(image["image_url"]);
  if (url !== undefined) parts.push({ type: "image", ...(dataUri(url) ?? { url }) });
}

/** Spoken answers: the sound, and its words where the message has no text of its own. */
export function readAudio(
  audio: unknown,
  format: unknown,
  choice: number,
  hasText: boolean,
  parts: Part[],
): void {
  const sound = asFields(audio);
  const transcript = asText(sound?.["transcript"]);
  if (transcript !== undefined && !hasText) addText(transcript, choice, undefined, parts);
  const dataB64 = asText(sound?.["data"]);
  if (dataB64 === undefined) return;
  const mimeType = typeof format === "string" ? `audio/${format}` : undefined;
  parts.push({ type: "audio", dataB64, ...(mimeType !== undefined && { mimeType }) });
}

function addText(text: string, choice: number, tags: ThinkTags | undefined, parts: Part[]): void {
  if (text === "") return;
  if (tags === undefined) parts.push(at(choice, { type: "text", text }));
  else for (const piece of tags.push(text)) parts.push(at(choice, piece));
}

function addReasoning(text: string, choice: number, parts: Part[], signature?: string): void {
  if (text === "" && signature === undefined) return;
  parts.push(
    at(
      choice,
      signature === undefined ? { type: "reasoning", text } : { type: "reasoning", text, signature },
    ),
  );
}

/** Choice 0 goes without saying. */
export function at<P extends Part>(choice: number, part: P): P {
  return choice === 0 ? part : { ...part, choice };
}
