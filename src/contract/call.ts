/** What is asked: the normalised request that travels down the chain, the same for SDK, gateway and batch. */

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
