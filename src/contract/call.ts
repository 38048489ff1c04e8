/** What is asked: the normalised request that travels down the chain, the same for SDK, gateway and batch. */

import type { JsonObject } from "./json.ts";
import type { Message, OutputFormat, Params, Tool, ToolChoice } from "./message.ts";

/** The kind of work, which also decides the kind of result. */
export type Modality =
  | "text"
  | "image"
  | "video"
  | "embedding"
  | "speech"
  | "transcription"
  | "rerank"
  | "moderation";

/** One place a call may be sent to, as the caller names it, before names are resolved. */
export interface Candidate {
  /** Provider id; absent when `model` alone says it (`openai/gpt-4o-mini`, or a name only one vendor has). */
  readonly provider?: string;
  /** Default: the modality of the request. */
  readonly modality?: Modality;
  /** Absent: the provider's default model, such as the value of `OPENAI_MODEL`. */
  readonly model?: string;
  /** Laid over the request's params when this candidate is tried. */
  readonly params?: Params;
}

/**
 * A call. Immutable: middleware that wants another call hands a new one inward.
 *
 * Text calls carry `messages`; image, video and speech calls carry `prompt`; embedding, rerank and moderation calls carry `input`;
 * transcription calls carry `audio`.
 */
export interface Call {
  readonly modality: Modality;
  /** Where to send it, best first. More than one only when a router asked for it. */
  readonly candidates: readonly [Candidate, ...Candidate[]];
  /** The conversation, oldest turn first. Empty for modalities without turns. */
  readonly messages: readonly Message[];
  /** The prompt of modalities without turns. */
  readonly prompt?: string;
  /** Texts to embed or to judge, or documents to rank against `prompt`. */
  readonly input?: readonly string[];
  /** Pictures to change or to start from, for image and video calls. */
  readonly images?: readonly MediaInput[];
  /** What is to be written down, for transcription calls. */
  readonly audio?: MediaInput;
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly output?: OutputFormat;
  /** Vendor params in the vendor's own names, laid over the catalog's defaults for the model. */
  readonly params: Params;
  /** Whether what the vendor cannot do fails the call (`unsupported`) instead of being left out with a warning. */
  readonly strict?: boolean;
  /** Fetch what the vendor gives as an address that may expire, so that results hold the bytes. */
  readonly download?: boolean;
  /** Whether the caller reads parts as they arrive. Does not change the answer, so it is not in the cache key. */
  readonly stream: boolean;
  /** Whether a stored answer may be used and this answer may be stored. */
  readonly useCache: boolean;
  /** Calls of different tenants never share a stored or an in-flight answer. */
  readonly tenant?: string;
  /** Who asks, for accounting; not sent to the vendor. */
  readonly user?: string;
  readonly team?: string;
  readonly tags?: readonly string[];
  /** Most that this call may cost by estimate, in USD; refused before anything is sent when it would cost more. */
  readonly maxCostUsd?: number;
  /** Judges a whole answer; a rejected one moves the call to the next candidate. */
  readonly accept?: Accept;
  /** How it came in, where it came through a gateway; for accounting. */
  readonly via?: Via;
  /** What the caller, and those it belongs to, may use; the `limit` stage holds it to every one of them. */
  readonly allowances?: readonly Allowance[];
  /** The request as it came in, where it came in a vendor's own wire format. */
  readonly native?: NativeRequest;
}

/** The gateway's side of a call. */
export interface Via {
  /** Id of the gateway key; never the key. */
  readonly keyId: string;
  /** The wire format it came in, such as `openai-chat`. */
  readonly format: string;
}

/**
 * A request in a wire format, kept beside the call that was read from it. A codec of the same dialect sends it on as it is,
 * unknown fields included, and then gives the answer as it is (`Reply.verbatim`).
 *
 * It stands for the call only while that is as it was read: `of` is that call, and whoever changes a field of a call hands a
 * new one inward, which is then encoded like any other. `forwardable` compares the two.
 */
export interface NativeRequest {
  /** Id of the dialect. */
  readonly dialect: string;
  /** The body, parsed. */
  readonly body: JsonObject;
  /** The body's JSON text as it came. */
  readonly text: string;
  /** Names of top-level fields that Loom has no word for: they reach vendors of this dialect, and are warned of elsewhere. */
  readonly unknown: readonly string[];
  /** Those of `unknown` without which it would be another request (`previous_response_id`): no other dialect is asked. */
  readonly binding?: readonly string[];
  /** Headers that belong to the format, such as `anthropic-beta`; lower-case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The fields that the call had when it was read. Absent: it must be encoded, because as it came its vendors would refuse it. */
  readonly of?: NativeFields;
}

/** What a wire format says of a call. */
type NativeField =
  | "messages"
  | "prompt"
  | "input"
  | "images"
  | "audio"
  | "tools"
  | "toolChoice"
  | "output"
  | "params";

/** The fields of a call that a wire format says. */
export type NativeFields = Pick<Call, NativeField>;

/** What one caller may use; a key has one, its user and its team may have others. Absent fields are not bounded. */
export interface Allowance {
  /** Who is counted, for example `key:ab12` or `team:a`. Counters of equal names are one. */
  readonly scope: string;
  readonly requestsPerMinute?: number;
  /** Input and output together. */
  readonly tokensPerMinute?: number;
  readonly concurrentRequests?: number;
  readonly budgets?: readonly Budget[];
  /** Calls whose price is unknown may be made although there is a budget. Default false: they are refused. */
  readonly allowUnknownPrice?: boolean;
}

/** Most money in one period. Periods are those of the calendar in UTC; weeks begin on Monday. */
export interface Budget {
  readonly limitUsd: number;
  readonly per: "day" | "week" | "month" | "total";
}

/** A picture or a sound that goes in. Exactly one of `url` and `dataB64` is given. */
export interface MediaInput {
  readonly url?: string;
  /** The bytes in base64, without a `data:` prefix. */
  readonly dataB64?: string;
  /** Required with `dataB64`, for example `image/png` or `audio/wav`. */
  readonly mimeType?: string;
  readonly filename?: string;
}

/** A router's validator. `false` or a string (the reason) rejects the answer. Receives the result of DESIGN section 5. */
export type Accept = (result: never) => boolean | string | Promise<boolean | string>;
