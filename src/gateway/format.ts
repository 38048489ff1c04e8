/** What one inbound wire format is to the gateway: how its requests are read, and how answers and errors are written. */

import type {
  Call,
  Json,
  JsonObject,
  LoomErrorLike,
  Modality,
  Outcome,
  Part,
  Usage,
} from "../contract/index.ts";

/** A request as its format says it. */
export interface Asked {
  readonly modality: Modality;
  /** The model as the caller wrote it. */
  readonly model: string;
  /** What the request says of the call; the gateway adds where it goes and whose it is. */
  readonly call: AskedCall;
  /** Top-level fields that Loom has no word for, in the order they came. */
  readonly unknown: readonly string[];
  /** The body may not be sent on as it came: it holds what Loom wrote for a vendor that has no such thing. */
  readonly mustEncode?: boolean;
  /** What the request says that no word of the call holds and that this format has no place for elsewhere, for the caller to know. */
  readonly warnings?: readonly { readonly code: string; readonly message: string }[];
  /** Who the caller says the request is for (`user`), where the key does not say. */
  readonly user?: string;
}

export type AskedCall =
  & Pick<Call, "messages" | "params" | "stream">
  & Partial<Pick<Call, "prompt" | "input" | "images" | "audio" | "tools" | "toolChoice" | "output">>;

/** A file of a multipart request; the form's texts are fields of the body, and repeated ones lists. */
export interface FormFile {
  /** Name of the form field, such as `file` or `image[]`. */
  readonly field: string;
  readonly filename: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

/** What a writer knows beside the parts. */
export interface AnswerFacts {
  /** Loom's id of the call, for answers whose vendor gave none. */
  readonly callId: string;
  /** Seconds since the epoch. */
  readonly createdAtS: number;
  readonly provider: string;
  /** The model that answered, in the vendor's own name. */
  readonly model: string;
  /** The body as it came, where the answer's form depends on what was asked for. */
  readonly body: JsonObject;
  readonly asked: Asked;
  /** Usage of the call, where no part says it. */
  readonly usage?: Usage;
}

/** A whole answer: JSON, or the bytes of a file. */
export type Written =
  | { readonly json: Json }
  | { readonly bytes: Uint8Array; readonly contentType: string };

/** Writes one streamed answer. Everything it gives is sent as it is, in order. */
export interface StreamWriter {
  /** What goes out for these parts; empty when there is nothing to say yet. */
  parts(batch: readonly Part[]): string | Uint8Array;
  /** The end: what closes a good answer, or the format's error event. */
  end(outcome: Outcome): string | Uint8Array;
}

/** One inbound wire format. All its functions are pure. */
export interface Format {
  /** For receipts, metrics and rules: `openai-chat`, `anthropic-messages` … */
  readonly id: string;
  /** The dialect whose vendors may be sent the body as it is. Absent: none. */
  readonly dialect?: string;
  /** How a streamed answer is labelled. Default `text/event-stream`. */
  readonly streamType?: string;
  /** Sent while the vendor thinks, so that nobody takes the connection for dead. Default: a comment. */
  readonly heartbeat?: string;
  /**
   * Reads a request.
   * @param body a JSON object; of a form, its texts
   * @throws LoomError `invalid-request`, whose `data.path` names the field as the caller wrote it
   */
  read(body: JsonObject, files: readonly FormFile[]): Asked;
  /** @param parts all of the answer, in order */
  write(parts: readonly Part[], facts: AnswerFacts): Written;
  /** Absent: this format has no streams. */
  stream?(facts: AnswerFacts): StreamWriter;
  /** Whether what a vendor of the format wrote is what this request asked for, so that it may go out as it is. Default: it is. */
  asAsked?(parts: readonly Part[], body: JsonObject): boolean;
  /** What ends a verbatim stream of this format well, where the vendor's own end is `hidden`. Default: nothing. */
  readonly verbatimEnd?: string;
  /** An error as the format's own API would put it, as JSON. The status is the gateway's. */
  error(error: LoomErrorLike, status: number, requestId: string): Json;
  /** The same, as what ends a stream that has begun. */
  errorEvent(error: LoomErrorLike, status: number, requestId: string): string;
}
