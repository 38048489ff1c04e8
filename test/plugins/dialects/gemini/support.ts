/** What the tests of this dialect share: codecs of both services, and streams replayed from bytes. */

import type { Codec, Dialect, ServerSentEvent, WireReplyHead } from "../../../../src/contract/dialect.ts";
import type { Manifest } from "../../../../src/contract/manifest.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { fakeAttempting, type FakeContextOptions } from "../../../../src/testing/fake-context.ts";
import { sseSplitter } from "../../../../src/wire/sse.ts";
import plugin from "../../../../plugins/dialects/gemini/index.ts";
import { readPlugins } from "../../../generate/plugins.ts";

const { manifests } = await readPlugins();

export const dialect: Dialect = await plugin.make(() => {
  throw new Error("the dialect asks for no service");
}, undefined);

/** The bundled manifest. */
export const gemini: Manifest = bundled("gemini");

/** Vertex AI, as its provider describes it to the dialect. */
export const vertex: Manifest = {
  ...gemini,
  id: "vertex",
  label: "Vertex AI",
  baseUrl:
    "https://europe-west4-aiplatform.googleapis.com/v1/projects/p1/locations/europe-west4/publishers/google",
};

function bundled(id: string): Manifest {
  const found = manifests[id];
  if (found === undefined) throw new Error(`there is no bundled vendor ${id}`);
  return found;
}

export const codec: Codec = dialect.codec(gemini);
export const vertexCodec: Codec = dialect.codec(vertex);

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
export function replay(from: Codec, head: WireReplyHead, pieces: readonly Uint8Array[]): Outcome {
  const splitter = sseSplitter();
  const decoder = from.decodeStream(head);
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

export interface Words {
  readonly text: string;
  readonly reasoning: string;
}

export function wordsOf(parts: readonly Part[]): Words {
  const join = (type: "text" | "reasoning") =>
    parts.map((part) => part.type === type ? part.text : "").join("");
  return { text: join("text"), reasoning: join("reasoning") };
}
