/** What the tests of this dialect share: its codec for a vendor, heads of answers, and streams replayed from bytes. */

import type { Codec, Dialect, ServerSentEvent, WireReplyHead } from "../../../../src/contract/dialect.ts";
import type { Manifest } from "../../../../src/contract/manifest.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { fakeAttempting, type FakeContextOptions } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { sseSplitter } from "../../../../src/wire/sse.ts";
import plugin from "../../../../plugins/dialects/anthropic-messages/index.ts";
import { readPlugins } from "../../../generate/plugins.ts";

const { manifests } = await readPlugins();

export const dialect: Dialect = await plugin.make(() => {
  throw new Error("the dialect asks for no service");
}, undefined);

/** The bundled manifest, with `change` laid over it. */
export function vendor(change: Partial<Manifest> = {}): Manifest {
  const found = manifests["anthropic"];
  if (found === undefined) throw new Error("there is no bundled vendor anthropic");
  return { ...found, ...change };
}

export function codec(change?: Partial<Manifest>): Codec {
  return dialect.codec(vendor(change));
}

/** The head of an answer to a call. */
export function headOf(
  asked: FakeContextOptions = {},
  status = 200,
  headers: WireReplyHead["headers"] = {},
): WireReplyHead {
  return { status, headers, ctx: fakeAttempting(asked) };
}

/** What is sent for a call, and the codes of its notices. `model` is asked for upstream. */
export function encoded(
  call: FakeContextOptions["call"],
  { model = "claude-opus-4-6", params = {}, maxOutputTokens, change }: {
    readonly model?: string;
    readonly params?: Readonly<Record<string, unknown>>;
    readonly maxOutputTokens?: number;
    readonly change?: Partial<Manifest>;
  } = {},
): { readonly body: Record<string, unknown>; readonly codes: readonly string[]; readonly headers: unknown } {
  const request = codec(change).encode(fakeAttempting({
    ...(call === undefined ? {} : { call }),
    target: {
      provider: "anthropic",
      upstreamModel: model,
      params: params as never,
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    },
  }));
  return {
    body: jsonOf(request),
    codes: (request.warnings ?? []).map(({ code }) => code),
    headers: request.headers,
  };
}

export interface Outcome {
  readonly parts: readonly Part[];
  /** What ended it, when it did not end well. */
  readonly error?: unknown;
}

/** Decodes a stream from pieces of its bytes, as the wire does. */
export function replay(head: WireReplyHead, pieces: readonly Uint8Array[]): Outcome {
  const splitter = sseSplitter();
  const decoder = codec().decodeStream(head);
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
