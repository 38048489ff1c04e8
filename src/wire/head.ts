/** Questions about the head of an answer: what kind of body follows, and how the vendor names the request. */

import type { WireReplyHead } from "../contract/dialect.ts";

type Headers = WireReplyHead["headers"];

/** In lower case; empty when the vendor sent none. */
export function contentType(headers: Headers): string {
  const value = headers["content-type"];
  return typeof value === "string" ? value.toLowerCase() : "";
}

/** Whether an answer to a streaming request is one document after all. Servers name streams in many ways, documents in few. */
export function isDocument(type: string): boolean {
  return type.includes("json") && !/jsonl|ndjson/.test(type) || type.includes("html") || type.includes("xml");
}

/** The encoding of a body that cannot be read, because none was asked for; `undefined` for readable ones. */
export function foreignEncoding(headers: Headers): string | undefined {
  const value = headers["content-encoding"];
  return value === undefined || value === "" || value === "identity" ? undefined : String(value);
}

/** What the vendor says the body's length is; 0 when it says nothing. */
export function announcedLength(headers: Headers): number {
  const value = headers["content-length"];
  return value === undefined ? 0 : Number(value);
}

export function requestIdOf(headers: Headers): string | undefined {
  const value = headers["x-request-id"] ?? headers["request-id"] ?? headers["apim-request-id"] ??
    headers["x-amzn-requestid"];
  return typeof value === "string" ? value : undefined;
}
