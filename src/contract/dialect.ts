/** Wire formats: pure codecs between calls and HTTP bodies. A vendor that speaks a known dialect is data. */

import type { LoomErrorLike } from "./errors.ts";
import type { Attempting } from "./context.ts";
import type { Json } from "./json.ts";
import type { Manifest } from "./manifest.ts";
import type { Part } from "./part.ts";

/** A wire format. */
export interface Dialect {
  /** A codec for one vendor; everything that depends on the manifest alone is computed here, once. */
  codec(manifest: Manifest): Codec;
}

/** Translates for one vendor. Pure: no I/O, no clock, no state between calls. */
export interface Codec {
  /** @throws LoomError `unsupported` or `invalid-request`, when the vendor cannot be asked this */
  encode(ctx: Attempting): WireRequest;
  /** Decodes a whole answer. @throws LoomError, when the body holds an error or is not an answer */
  decode(body: Json, reply: WireReplyHead): readonly Part[];
  /** A fresh decoder for one streamed answer. */
  decodeStream(reply: WireReplyHead): StreamDecoder;
  /** Reads the body of a status that is not 2xx; the body may be anything. */
  decodeError(reply: WireReplyHead, body: string): LoomErrorLike;
}

/** What to send. The wire adds base URL, key and static headers. */
export interface WireRequest {
  readonly method: "POST" | "GET";
  /** Joined to the manifest's base URL, beginning with `/`. */
  readonly path: string;
  /** On top of the manifest's headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text, ready to send. */
  readonly body?: string;
  /** Whether a stream of server-sent events is expected. */
  readonly stream: boolean;
  /** What was left out or changed on the way, for the receipt. */
  readonly warnings?: readonly { readonly code: string; readonly message: string }[];
}

/** The head of an HTTP answer. Header names are lower-case. */
export interface WireReplyHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The attempt it answers, for choices that depend on the call. */
  readonly ctx: Attempting;
}

/** Decodes one stream, event by event, in order, synchronously. */
export interface StreamDecoder {
  /** Decodes one event. @throws LoomError, when the event is an error or makes no sense */
  event(event: ServerSentEvent): readonly Part[];
  /**
   * The connection ended in good order: gives what is still held back.
   * @throws LoomError `stream-broken`, when the answer was not complete
   */
  end(): readonly Part[];
  /** The vendor said that nothing more comes (`[DONE]`, `message_stop`): the reply ends now, even if the connection stays. */
  readonly complete?: boolean;
}

/** One server-sent event. `event` is empty when the vendor sent no name. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}
