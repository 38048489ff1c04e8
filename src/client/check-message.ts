/** Checks the turns of a conversation, part by part. */

import type { ContentPart, Message } from "../contract/message.ts";
import { invalidRequest as invalid } from "./invalid-request.ts";

const roles = ["system", "user", "assistant", "tool"];
const partTypes = ["text", "image", "file", "audio", "reasoning", "tool-call", "native"];

/** @throws LoomError `invalid-request`, naming the field and the fix */
export function checkMessage(message: Message, index: number): void {
  const path = `messages[${index}]`;
  if (typeof message !== "object" || message === null) throw invalid(path, "must be { role, content }");
  if (!roles.includes(message.role)) throw invalid(`${path}.role`, `must be one of ${roles.join(", ")}`);
  if (message.role === "tool" && typeof message.toolCallId !== "string") {
    throw invalid(`${path}.toolCallId`, "is missing; a tool turn names the call it answers");
  }
  const { content } = message;
  if (typeof content === "string") return;
  if (!Array.isArray(content)) throw invalid(`${path}.content`, "must be a string or a list of parts");
  (content as readonly ContentPart[]).forEach((part, at) => checkPart(part, `${path}.content[${at}]`));
}

function checkPart(part: ContentPart, path: string): void {
  switch (part?.type) {
    case "text":
    case "reasoning":
      if (typeof part.text !== "string") throw invalid(`${path}.text`, "must be a string");
      return;
    case "image":
      return checkMedia(part, path, "image/png");
    case "file":
      if (count(part.url, part.dataB64, part.fileId) !== 1) {
        throw invalid(path, "needs exactly one of url, dataB64 and fileId");
      }
      return;
    case "audio":
      if (typeof part.dataB64 !== "string") throw invalid(`${path}.dataB64`, "must be the sound in base64");
      return needsType(part.mimeType, path, "audio/wav");
    case "tool-call":
      if (
        typeof part.id === "string" && typeof part.name === "string" && typeof part.arguments === "string"
      ) return;
      throw invalid(path, "needs id, name and arguments (JSON text)");
    case "native":
      if (typeof part.value === "object" && part.value !== null) return;
      throw invalid(`${path}.value`, "must be the block as its vendor gave it");
    default:
      throw invalid(`${path}.type`, `must be one of ${partTypes.join(", ")}`);
  }
}

/** A picture or a sound by address or as base64. @throws LoomError `invalid-request`, naming the field and the fix */
export function checkMedia(
  media: { readonly url?: string; readonly dataB64?: string; readonly mimeType?: string },
  path: string,
  example: string,
): void {
  if (typeof media !== "object" || media === null) {
    throw invalid(path, "must be { url } or { dataB64, mimeType }");
  }
  if (count(media.url, media.dataB64) !== 1) throw invalid(path, "needs exactly one of url and dataB64");
  if (media.dataB64 !== undefined) needsType(media.mimeType, path, example);
}

function count(...values: readonly unknown[]): number {
  return values.filter((value) => value !== undefined).length;
}

function needsType(mimeType: string | undefined, path: string, example: string): void {
  if (mimeType === undefined) {
    throw invalid(`${path}.mimeType`, `is missing; say what the base64 is, for example ${example}`);
  }
}
