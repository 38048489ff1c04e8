/** What the tests of this dialect share: codecs of the bundled vendors, and streams replayed from bytes. */

import type { Codec, ServerSentEvent, WireReplyHead } from "../../../../src/contract/dialect.ts";
import type { Manifest } from "../../../../src/contract/manifest.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { fakeAttempting, type FakeContextOptions } from "../../../../src/testing/fake-context.ts";
import { sseSplitter } from "../../../../src/wire/sse.ts";
import plugin from "../../../../plugins/dialects/openai-chat/index.ts";
import type { Dialect } from "../../../../src/contract/dialect.ts";
import { readPlugins } from "../../../generate/plugins.ts";

const { manifests } = await readPlugins();

export const dialect: Dialect = await plugin.make(() => {
  throw new Error("the dialect asks for no service");
}, undefined);

/** A bundled manifest, with `change` laid over it. */
export function vendor(id: string, change: Partial<Manifest> = {}): Manifest {
  const found = manifests[id];
  if (found === undefined) throw new Error(`there is no bundled vendor ${id}`);
  return { ...found, ...change };
}

export function codecOf(id: string, change?: Partial<Manifest>): Codec {
  return dialect.codec(vendor(id, change));
}

/** The head of an answer to a call. */
export function headOf(
  asked: FakeContextOptions = {},
  status = 200,
  headers: WireReplyHead["headers"] = {},
): WireReplyHead {
  return { status, headers, ctx: fakeAttempting(asked) };
}

export interface Outcome {
  readonly parts: readonly Part[];
  /** What ended it, when it did not end well. */
  readonly error?: unknown;
}

/** Decodes a stream from pieces of its bytes, as the wire does. */
export function replay(codec: Codec, head: WireReplyHead, pieces: readonly Uint8Array[]): Outcome {
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

/** What a caller would take away: texts joined, whole calls, how it finished. */
export function meaning(parts: readonly Part[]): unknown {
  const words = { text: "", reasoning: "", refusal: "" };
  for (const part of parts) {
    if (part.type === "text" || part.type === "reasoning" || part.type === "refusal") {
      words[part.type] += part.text;
    }
  }
  return [words, parts.filter((part) => part.type === "tool-call" || part.type === "finish")];
}
