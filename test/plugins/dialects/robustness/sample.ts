/** One recorded answer of any dialect, and how it is decoded again after something was done to it. */

import type { Codec, Pending, ServerSentEvent, WireReplyHead } from "../../../../src/contract/dialect.ts";
import type { Json } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { sseSplitter } from "../../../../src/wire/sse.ts";

export interface Sample {
  readonly dialect: string;
  readonly name: string;
  readonly codec: Codec;
  readonly head: WireReplyHead;
  /** A whole answer; of jobs, the answers in the order in which they come. */
  readonly bodies?: readonly Json[];
  /** A streamed answer. */
  readonly events?: readonly ServerSentEvent[];
  /** Its bytes, when they are no server-sent events. */
  readonly bytes?: Uint8Array;
}

export interface Outcome {
  readonly parts: readonly Part[];
  /** What ended it, when it did not end well. */
  readonly error?: unknown;
}

/** Decodes whole answers, as the wire does: the first, then one for each question that the codec asks. */
export function decodeBodies({ codec, head }: Sample, bodies: readonly Json[]): Outcome {
  let pending: Pending | undefined;
  try {
    for (const body of bodies) {
      const decoded = pending === undefined ? codec.decode(body, head) : answered(pending, body, head);
      if (!("next" in decoded)) return { parts: decoded };
      pending = decoded;
    }
    return { parts: [] };
  } catch (error) {
    return { parts: [], error };
  }
}

/** Fixtures write an answer that is no JSON as `{ bytes, type }`. */
function answered(pending: Pending, body: Json, head: WireReplyHead): ReturnType<Pending["decode"]> {
  const { bytes, type } = (body ?? {}) as { readonly bytes?: unknown; readonly type?: unknown };
  if (typeof bytes !== "string" || typeof type !== "string") return pending.decode(body, head);
  return pending.decode(Uint8Array.from(Buffer.from(bytes, "base64")), {
    ...head,
    headers: { "content-type": type },
  });
}

/** Decodes events, as the wire does: until the vendor says that nothing more comes. */
export function decodeEvents({ codec, head }: Sample, events: readonly ServerSentEvent[]): Outcome {
  const parts: Part[] = [];
  try {
    const decoder = codec.decodeStream(head);
    for (const event of events) {
      parts.push(...decoder.event(event));
      if (decoder.complete === true) break;
    }
    parts.push(...decoder.end());
    return { parts };
  } catch (error) {
    return { parts, error };
  }
}

/** Splits pieces of bytes and decodes what they hold. */
export function decodeBytes(sample: Sample, pieces: readonly Uint8Array[]): Outcome {
  const splitter = sample.codec.splitter?.() ?? sseSplitter();
  const events: ServerSentEvent[] = [];
  for (const piece of pieces) events.push(...splitter.push(piece));
  events.push(...splitter.end());
  return decodeEvents(sample, events);
}
