/** Reads whole bodies: bounded, and JSON only when it is JSON. */

import type { Json } from "../contract/json.ts";
import { type ErrorDetails, LoomError, loomError } from "../errors/index.ts";

/** Most bytes of one whole answer; base64 pictures of a batch of ten fit. */
export const maxReplyBytes: number = 128 * 1024 * 1024;
/** Most bytes of one file; the answers of a whole batch fit. */
export const maxFileBytes: number = 1024 * 1024 * 1024;
/** Most bytes of an error body that are read; the rest is dropped. */
export const maxErrorBytes: number = 256 * 1024;

/** Collects the chunks of one body. */
export class BodyCollector {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  bytes(): Uint8Array {
    const [first] = this.#chunks;
    if (first === undefined) return new Uint8Array();
    return this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#size);
  }

  text(): string {
    const bytes = this.bytes();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  }
}

/** Parses a whole answer. @throws LoomError `invalid-reply`, saying what came instead; it quotes nothing of it */
export function parseJson(text: string, contentType: string, provider: string, details: ErrorDetails): Json {
  try {
    // Some servers put a byte order mark in front.
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as Json;
  } catch (cause) {
    throw notAnAnswer(text, contentType, provider, { ...details, cause });
  }
}

/** The error of an answer that is no JSON. */
export function notAnAnswer(
  text: string,
  contentType: string,
  provider: string,
  details: ErrorDetails,
): LoomError {
  const size = text.trim() === ""
    ? "an empty body"
    : `${text.length} characters of ${kind(text, contentType)}`;
  return loomError(
    "invalid-reply",
    `${provider} answered ${
      details.status ?? 200
    } with ${size} where JSON was expected; does baseUrl point to its API?`,
    {},
    details,
  );
}

function kind(text: string, contentType: string): string {
  const start = text.trimStart().slice(0, 15).toLowerCase();
  if (contentType.includes("html") || start.startsWith("<!doctype") || start.startsWith("<html")) {
    return "HTML";
  }
  if (start.startsWith("{") || start.startsWith("[")) return "broken JSON";
  return contentType === "" ? "text without a content type" : contentType;
}
