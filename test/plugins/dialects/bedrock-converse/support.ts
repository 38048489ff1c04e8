/** What the tests of this dialect share: its codec, frames made by Amazon's own encoder, and streams replayed from bytes. */

import { EventStreamCodec } from "@smithy/eventstream-codec";
import plugin from "../../../../plugins/dialects/bedrock-converse/index.ts";
import { manifest as bedrock } from "../../../../plugins/providers/bedrock/manifest.ts";
import type { Codec, Dialect, ServerSentEvent, WireReplyHead } from "../../../../src/contract/dialect.ts";
import type { Manifest } from "../../../../src/contract/manifest.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { fakeAttempting, type FakeContextOptions } from "../../../../src/testing/fake-context.ts";

export const manifest: Manifest = bedrock("us-east-1");

export const dialect: Dialect = await plugin.make(() => {
  throw new Error("the dialect asks for no service");
}, undefined);

export const codec: Codec = dialect.codec(manifest);

/** The head of an answer to a call. */
export function headOf(
  asked: FakeContextOptions = {},
  status = 200,
  headers: WireReplyHead["headers"] = {},
): WireReplyHead {
  return { status, headers, ctx: fakeAttempting(asked) };
}

const amazon = new EventStreamCodec(
  (bytes) => new TextDecoder().decode(bytes as Uint8Array),
  (text) => new TextEncoder().encode(text),
);

/** One frame with text headers, as Amazon's own encoder writes it. */
export function frame(headers: Readonly<Record<string, string>>, payload: string): Uint8Array {
  return amazon.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, { type: "string" as const, value }]),
    ),
    body: new TextEncoder().encode(payload),
  });
}

/** Events such as `{ messageStart: { … } }` as frames. */
export function frames(events: readonly object[]): Uint8Array {
  return Buffer.concat(events.map((event) => {
    const [type = "", payload] = Object.entries(event)[0] ?? [];
    const headers = { ":message-type": "event", ":event-type": type, ":content-type": "application/json" };
    // `p` is filling that Amazon puts into every frame.
    return frame(headers, JSON.stringify({ ...payload as object, p: "abcdefgh" }));
  }));
}

export interface Outcome {
  readonly parts: readonly Part[];
  /** What ended it, when it did not end well. */
  readonly error?: unknown;
}

/** Decodes a stream from pieces of its bytes, as the wire does. */
export function replay(pieces: readonly Uint8Array[], head: WireReplyHead = headOf()): Outcome {
  const splitter = codec.splitter?.();
  const decoder = codec.decodeStream(head);
  const parts: Part[] = [];
  const take = (events: readonly ServerSentEvent[] = []) => {
    for (const event of events) parts.push(...decoder.event(event));
  };
  try {
    for (const piece of pieces) take(splitter?.push(piece));
    take(splitter?.end());
    parts.push(...decoder.end());
    return { parts };
  } catch (error) {
    return { parts, error };
  }
}

/** What a caller would take away. */
export function meaning(parts: readonly Part[]): Record<string, unknown> {
  const join = (type: "text" | "reasoning") =>
    parts.flatMap((part) => part.type === type ? [part.text] : []).join("");
  return {
    text: join("text"),
    reasoning: join("reasoning"),
    signatures: parts.flatMap((part) => part.type === "reasoning" && part.signature ? [part.signature] : []),
    toolCalls: parts.flatMap((part) =>
      part.type === "tool-call" ? [[part.id, part.name, part.arguments]] : []
    ),
    finish: parts.flatMap((part) => part.type === "finish" ? [part.reason, part.raw] : []),
    usage: parts.findLast((part) => part.type === "usage")?.usage,
    citations: parts.flatMap((part) =>
      part.type === "citation" ? [[part.citation.title, part.citation.start, part.citation.end]] : []
    ),
    native: parts.flatMap((part) => part.type === "native" ? [part.value] : []),
    images: parts.flatMap((part) => part.type === "image" ? [[part.mimeType, part.dataB64]] : []),
    vectors: parts.flatMap((part) => part.type === "embedding" ? [part.vector] : []),
  };
}
