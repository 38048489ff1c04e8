/** What the caller gets: one shape per kind, the same whichever vendor answered. */

import type { Cost } from "./cost.ts";
import type { Json } from "./json.ts";
import type { Message } from "./message.ts";
import type { Citation, FinishReason, Judgement } from "./part.ts";
import type { Receipt, Warning } from "./receipt.ts";
import type { Usage } from "./usage.ts";

/** What every result carries. */
export interface ResultBase {
  /** The target that answered. */
  readonly provider: string;
  readonly model: string;
  readonly usage: Usage;
  readonly cost: Cost;
  /** Every decision, attempt and wait of this call. */
  readonly trace: Receipt;
  readonly warnings: readonly Warning[];
  /** The vendor's own body of a whole answer; absent for streams and stored answers. */
  readonly raw?: Json;
  /** Which candidate of a router answered, and which were tried. */
  readonly router?: RouterReport;
}

export interface RouterReport {
  /** `provider/model` of the answer. */
  readonly used: string;
  /** `provider/model` of everything that was tried, in order, the answer last. */
  readonly tried: readonly string[];
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it. */
  readonly arguments: string;
  /** The arguments parsed; `undefined` when the text is not JSON. */
  readonly input: Json | undefined;
}

export interface TextResult<O = unknown> extends ResultBase {
  readonly kind: "text";
  readonly text: string;
  /** Thinking, where the vendor shows it; empty otherwise. */
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCall[];
  /** The parsed and checked answer when an output schema was given. */
  readonly output: O;
  readonly finishReason: FinishReason;
  /**
   * The answer as a turn, to be put into `messages` of the next call as it is: with the signatures of its thinking, its tool
   * calls, and the blocks that only its vendor understands.
   */
  readonly message: Message;
  /** The model's words when it declined. */
  readonly refusal?: string;
  readonly citations: readonly Citation[];
  /** All alternatives of an `n > 1` call; `text` and the rest are those of the first. */
  readonly choices?: readonly Choice[];
}

export interface Choice {
  readonly text: string;
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
}

/** A made picture, sound or film: as base64, as a URL, or both. */
export interface Media {
  readonly mimeType?: string;
  readonly dataB64?: string;
  readonly url?: string;
}

export interface ImageResult extends ResultBase {
  readonly kind: "image";
  readonly images: readonly Media[];
}
export interface VideoResult extends ResultBase {
  readonly kind: "video";
  readonly videos: readonly Media[];
}
export interface SpeechResult extends ResultBase {
  readonly kind: "speech";
  readonly audio: Media;
}
export interface TranscriptionResult extends ResultBase {
  readonly kind: "transcription";
  readonly text: string;
}
export interface EmbeddingResult extends ResultBase {
  readonly kind: "embedding";
  /** In the order of the input. */
  readonly embeddings: readonly (readonly number[])[];
}
export interface RerankResult extends ResultBase {
  readonly kind: "rerank";
  /** Best first; `index` points into the input. */
  readonly ranking: readonly { readonly index: number; readonly score: number }[];
}

export interface ModerationResult extends ResultBase {
  readonly kind: "moderation";
  /** In the order of the input. */
  readonly judgements: readonly Judgement[];
}

export type Result<O = unknown> =
  | TextResult<O>
  | ImageResult
  | VideoResult
  | SpeechResult
  | TranscriptionResult
  | EmbeddingResult
  | RerankResult
  | ModerationResult;
