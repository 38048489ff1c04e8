/** What the tests of this dialect share: its codec for the bundled vendor, and streams replayed from bytes. */

import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { Codec, Dialect, ServerSentEvent, WireReplyHead } from "../../../../src/contract/dialect.ts";
import type { Manifest } from "../../../../src/contract/manifest.ts";
import type { Part } from "../../../../src/contract/part.ts";
import plugin from "../../../../plugins/dialects/cohere/index.ts";
import { fakeAttempting, type FakeContextOptions } from "../../../../src/testing/fake-context.ts";
import { sseSplitter } from "../../../../src/wire/sse.ts";
import { parseManifest } from "../../../../src/discovery/manifest-schema.ts";

const file = new URL("../../../../plugins/providers/cohere.yaml", import.meta.url);

/** The bundled vendor. */
export const manifest: Manifest = parseManifest("cohere", parse(await readFile(file, "utf8")), file.pathname);

export const dialect: Dialect = await plugin.make(() => {
  throw new Error("the dialect asks for no service");
}, undefined);

export const codec: Codec = dialect.codec(manifest);

/** The head of an answer to a call. */
export function headOf(asked: FakeContextOptions = {}, status = 200): WireReplyHead {
  return { status, headers: {}, ctx: fakeAttempting(asked) };
}

export interface Outcome {
  readonly parts: readonly Part[];
  /** What ended it, when it did not end well. */
  readonly error?: unknown;
}

/** Decodes a stream from pieces of its bytes, as the wire does. */
export function replay(pieces: readonly Uint8Array[], head: WireReplyHead = headOf()): Outcome {
  const splitter = sseSplitter();
  const decoder = codec.decodeStream(head);
  const parts: Part[] = [];
  const take = (events: readonly ServerSentEvent[]) => {
    for (const event of events) parts.push(...decoder.event(event));
  };
  try {
    for (const piece of pieces) take(splitter.push(piece));
    take(splitter.end());
    parts.push(...decoder.end());
    return { parts };
  } catch (error) {
    return { parts, error };
  }
}

/** Events as Cohere writes them on the wire. */
export function sse(events: readonly object[]): string {
  return events.map((event) =>
    `event: ${(event as { type?: string }).type}\ndata: ${JSON.stringify(event)}\n\n`
  ).join("");
}

/** What a caller would take away. */
export function meaning(parts: readonly Part[]): Record<string, unknown> {
  const join = (type: "text" | "reasoning") =>
    parts.flatMap((part) => part.type === type ? [part.text] : []).join("");
  return {
    text: join("text"),
    reasoning: join("reasoning"),
    toolCalls: parts.flatMap((part) =>
      part.type === "tool-call" ? [[part.id, part.name, part.arguments]] : []
    ),
    finish: parts.flatMap((part) => part.type === "finish" ? [part.reason, part.raw] : []),
    usage: parts.findLast((part) => part.type === "usage")?.usage,
    citations: parts.flatMap((part) =>
      part.type === "citation"
        ? [[part.citation.title ?? null, part.citation.start ?? null, part.citation.end ?? null]]
        : []
    ),
    native: parts.flatMap((part) => part.type === "native" ? [part.value] : []),
    ranks: parts.flatMap((part) => part.type === "rank" ? [[part.index, part.score]] : []),
    vectors: parts.flatMap((part) => part.type === "embedding" ? [part.vector] : []),
  };
}
