/** Wire formats: pure codecs between calls and HTTP bodies. A vendor that speaks a known dialect is data. */

import type { BatchLimits, BatchRow, BatchState } from "./batch.ts";
import type { Modality } from "./call.ts";
import type { LoomErrorLike } from "./errors.ts";
import type { Attempting } from "./context.ts";
import type { Json } from "./json.ts";
import type { Manifest } from "./manifest.ts";
import type { CacheOrder, ContextCache, TokenCount } from "./operations.ts";
import type { Part } from "./part.ts";

/** A wire format. */
export interface Dialect {
  /** A codec for one vendor; everything that depends on the manifest alone is computed here, once. */
  codec(manifest: Manifest): Codec;
}

/** Translates for one vendor. Pure: no I/O, no clock, no state between calls. */
export interface Codec {
  /** What it can encode. Default: text alone. */
  readonly modalities?: readonly Modality[];
  /** @throws LoomError `unsupported` or `invalid-request`, when the vendor cannot be asked this */
  encode(ctx: Attempting): WireRequest;
  /**
   * Decodes a whole answer, or says what to ask next when the vendor has only begun to work on it.
   * @throws LoomError, when the body holds an error or is not an answer
   */
  decode(body: Json, reply: WireReplyHead): Decoded;
  /** Decodes a whole answer to a request with `answer: "bytes"`. */
  decodeBytes?(body: Uint8Array, reply: WireReplyHead): Decoded;
  /** A fresh decoder for one streamed answer. */
  decodeStream(reply: WireReplyHead): StreamDecoder;
  /** Reads the body of a status that is not 2xx; the body may be anything. */
  decodeError(reply: WireReplyHead, body: string): LoomErrorLike;
  /** A fresh splitter for one stream that is not made of server-sent events. */
  splitter?(): EventSplitter;
  /** Asks how many tokens a call would have. Absent: the vendor cannot say. */
  countTokens?(ctx: Attempting): Operation<TokenCount>;
  /** Keeps the beginning of conversations at the vendor. Absent: the vendor has no such thing, or does it by itself. */
  readonly contextCaches?: {
    create(ctx: Attempting, order: CacheOrder): Operation<ContextCache>;
    delete(ctx: Attempting, id: string): Operation<void>;
  };
  /** Hands in many calls at once. Absent: the vendor has no batches. */
  readonly batches?: BatchCodec;
}

/** What a whole body turns out to be. */
export type Decoded = readonly Part[] | Pending;

/**
 * The vendor works on it. The wire asks `next` after a while and gives what comes to `decode`, until that gives parts; an
 * answer to `next` that is lost is asked for again. What was begun is never begun a second time.
 */
export interface Pending {
  readonly next: WireRequest;
  /** The vendor's id of the job, for errors and receipts. */
  readonly jobId: string;
  /** Wait at least this long before `next`; 0: ask at once. Default: the wire's back-off, from 1 s to 10 s. */
  readonly waitMs?: number;
  /** How far it is, from 0 to 1, where the vendor says so. */
  readonly progress?: number;
  /** Decodes the answer to `next`: JSON, or bytes when `next` asks for those. */
  decode(body: Json | Uint8Array, reply: WireReplyHead): Decoded;
  /** Tells the vendor to stop, when the caller leaves before the end. */
  readonly cancel?: WireRequest;
}

/** What to send. The wire adds base URL, key and static headers. */
export interface WireRequest {
  readonly method: "POST" | "GET" | "PATCH" | "DELETE";
  /**
   * Joined to the manifest's base URL, beginning with `/` (`/../` leads to what is beside it); or a whole URL. To a whole
   * URL the key goes only when its host is the base URL's or one of the manifest's `hosts`.
   */
  readonly path: string;
  /** On top of the manifest's headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text; or bytes of the kind that `headers` name as `content-type`. */
  readonly body?: string | Uint8Array;
  /** Whether a stream of events is expected. */
  readonly stream: boolean;
  /** What a whole answer is. Default `json`. */
  readonly answer?: "json" | "bytes";
  /**
   * It begins work that is paid for and cannot be taken back: when nobody can tell whether it arrived, it is not sent again,
   * here or elsewhere.
   */
  readonly once?: boolean;
  /**
   * The caller asked in this very format (`Call.native`), so the answer is given in it too: `Answer.verbatim` is the body's
   * text, or each event as it comes. The id of the dialect.
   */
  readonly verbatim?: string;
  /** What was left out or changed on the way, for the receipt. */
  readonly warnings?: readonly Notice[];
}

/** Something left out or changed. `code` is stable, `message` is for people. */
export interface Notice {
  readonly code: string;
  readonly message: string;
}

/** One request beside the calls, and how its answer is read. */
export interface Operation<T> {
  readonly request: WireRequest;
  /**
   * @param body JSON; bytes where the request asks for those
   * @throws LoomError, when the body holds an error or is not an answer
   */
  decode(body: Json | Uint8Array, reply: WireReplyHead): T;
}

/** Several requests that make up one operation, such as an upload and what is done with it. */
export type Chained<T> = Operation<T | Further<T>>;

/** The next request of several. */
export interface Further<T> {
  readonly then: Chained<T>;
  /** The vendor works on this, so that `then` is asked after a while. Absent: at once. */
  readonly after?: string;
}

/** How one vendor's batches are written and read. Pure, like the codec it belongs to. */
export interface BatchCodec {
  readonly limits: BatchLimits;
  /**
   * One row as JSON text, without line ends.
   * @param label of the batch; only vendors whose batches have no place for it want it here
   * @throws LoomError, when the row cannot be asked in a batch
   */
  row(row: BatchRow, label?: string): string;
  /** Hands in rows. @param rows as `row` wrote them @param ctx the first row's */
  submit(rows: readonly string[], ctx: Attempting, label?: string): Chained<BatchState>;
  /** The account's batches, and which of them carry a label. Absent: they cannot be listed. */
  list?(ctx: Attempting, label: string): Chained<BatchPage>;
  status(ctx: Attempting, id: string): Operation<BatchState>;
  /** The state that it is in then; a batch that has ended stays as it is. */
  cancel(ctx: Attempting, id: string): Chained<BatchState>;
  /** All rows that the vendor has, in no order. */
  results(ctx: Attempting, id: string): BatchResults;
  /** Which row a result is of. @throws LoomError `invalid-reply`, when it does not say */
  customIdOf(result: Json): string;
  /** Whether a result's row was written with this label. Absent: rows do not say. */
  isOf?(result: Json, label: string): boolean;
  /** Decodes one result as if it had been an answer of its own. @throws LoomError what became of the row instead */
  decodeRow(result: Json, head: WireReplyHead): readonly Part[];
}

/** Some of an account's batches. */
export interface BatchPage {
  readonly batches: readonly ListedBatch[];
  readonly next?: Operation<BatchPage>;
}

export interface ListedBatch {
  readonly state: BatchState;
  /** Whether it carries the label that was asked for. Absent: it does not say; its results may. */
  readonly carries?: boolean;
}

/** Where a batch's results are: to be asked for, or known already. */
export type BatchResults = Operation<BatchResultPage> | BatchResultPage;

export interface BatchResultPage {
  readonly rows?: readonly Json[];
  /** Files with one JSON value in each line. They are read while they come, one after another. */
  readonly files?: readonly WireRequest[];
  /** What is asked after those. */
  readonly next?: Operation<BatchResultPage>;
  /** The vendor works on this, so that `next` is asked after a while. Absent: at once. */
  readonly after?: string;
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
  /** The event that was just decoded is not for a caller who reads verbatim: Loom asked for it, or ends the stream itself. */
  readonly hidden?: boolean;
}

/** One server-sent event. `event` is empty when the vendor sent no name. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** Takes bytes as they come and gives the events that are complete. */
export interface EventSplitter {
  /** @throws RangeError when one event grows beyond the bound; LoomError when the bytes make no sense */
  push(chunk: Uint8Array): readonly ServerSentEvent[];
  /** The stream is over: gives a last event that nothing closed. */
  end(): readonly ServerSentEvent[];
}
