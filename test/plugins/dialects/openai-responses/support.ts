/** What the tests of this dialect share: a codec, and streams replayed from bytes. */

import type { Codec, Dialect, ServerSentEvent, WireReplyHead } from "../../../../src/contract/dialect.ts";
import type { Manifest } from "../../../../src/contract/manifest.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { fakeAttempting, type FakeContextOptions } from "../../../../src/testing/fake-context.ts";
import { sseSplitter } from "../../../../src/wire/sse.ts";
import plugin from "../../../../plugins/dialects/openai-responses/index.ts";
import { readPlugins } from "../../../generate/plugins.ts";

const { manifests } = await readPlugins();

export const dialect: Dialect = await plugin.make(() => {
  throw new Error("the dialect asks for no service");
}, undefined);

export const openai: Manifest = manifests["openai-responses"] as Manifest;

export function codecOf(change: Partial<Manifest> = {}): Codec {
  return dialect.codec({ ...openai, ...change });
}

export function headOf(asked: FakeContextOptions = {}, status = 200): WireReplyHead {
  return { status, headers: {}, ctx: fakeAttempting(asked) };
}

export interface Outcome {
  readonly parts: readonly Part[];
  /** What ended it, when it did not end well. */
  readonly error?: unknown;
}

/** Decodes a stream from pieces of its bytes, as the wire does. */
export function replay(codec: Codec, pieces: readonly Uint8Array[]): Outcome {
  const splitter = sseSplitter();
  const decoder = codec.decodeStream(headOf());
  const parts: Part[] = [];
  const take = (events: readonly ServerSentEvent[]) => {
    for (const event of events) if (decoder.complete !== true) parts.push(...decoder.event(event));
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

/** What a caller would take away of an answer. */
export interface Summary {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly toolCalls: readonly (readonly [string, string, string])[];
  readonly finish: string | undefined;
  readonly native: readonly unknown[];
  readonly images: readonly unknown[];
  readonly citations: readonly unknown[];
  readonly usage: Readonly<Record<string, unknown>>;
}

export function summary(parts: readonly Part[]): Summary {
  const join = (type: "text" | "reasoning" | "refusal") =>
    parts.flatMap((part) => part.type === type ? [part.text] : []).join("");
  return {
    text: join("text"),
    reasoning: join("reasoning"),
    refusal: join("refusal"),
    toolCalls: parts.flatMap((part) =>
      part.type === "tool-call" ? [[part.id, part.name, part.arguments] as const] : []
    ),
    finish: parts.findLast((part) => part.type === "finish")?.reason,
    native: parts.flatMap((part) => part.type === "native" ? [part.value["type"]] : []),
    images: parts.flatMap((part) => part.type === "image" ? [part.mimeType] : []),
    citations: parts.flatMap((part) =>
      part.type === "citation"
        ? [[part.citation.url ?? null, part.citation.start ?? null, part.citation.end ?? null]]
        : []
    ),
    usage: { ...parts.findLast((part) => part.type === "usage")?.usage },
  };
}
