/** The one vocabulary of answers: a reply is a sequence of these parts, whole or streamed, for every modality. */

import type { Json, JsonObject } from "./json.ts";
import type { Usage } from "./usage.ts";

/** Why the model stopped, in words that mean the same for every vendor. `other`: the vendor gave none that is known. */
export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "other";

/** What a vendor's judge says of a text, under the vendor's own names of categories. */
export interface Judgement {
  readonly flagged: boolean;
  readonly categories: Readonly<Record<string, boolean>>;
  /** From 0 to 1, where the vendor gives numbers. */
  readonly scores: Readonly<Record<string, number>>;
}

/** A source that the answer names. */
export interface Citation {
  readonly url?: string;
  readonly title?: string;
  readonly text?: string;
  /** Where in the answer's text it applies, as UTF-16 offsets. */
  readonly start?: number;
  readonly end?: number;
  /** The vendor's own object. */
  readonly raw?: Json;
}

/**
 * One part of an answer. `choice` numbers the alternatives of an `n > 1` call; absent means 0.
 *
 * Failures are never parts: they are thrown, or end a stream as a failed outcome.
 */
export type Part =
  /** What the vendor says of the answer as a whole; at most once, before the content. */
  | { readonly type: "response"; readonly id?: string; readonly model?: string }
  /** `signature` proves the origin of the text up to here; it may come with an empty text. */
  | { readonly type: "text"; readonly text: string; readonly signature?: string; readonly choice?: number }
  /** `signature` closes a block of thinking; it may come with an empty text. */
  | {
    readonly type: "reasoning";
    readonly text: string;
    readonly signature?: string;
    readonly choice?: number;
  }
  /** The model declines, in its own words. */
  | { readonly type: "refusal"; readonly text: string; readonly choice?: number }
  /** A tool call begins to stream. `index` joins its pieces. Streams only. */
  | {
    readonly type: "tool-call-start";
    readonly index: number;
    readonly id: string;
    readonly name: string;
    readonly choice?: number;
  }
  /** A piece of the arguments' JSON text. Streams only. */
  | {
    readonly type: "tool-call-delta";
    readonly index: number;
    readonly text: string;
    readonly choice?: number;
  }
  /** A complete tool call. Always comes, once per call, in streams after its pieces: readers of whole calls need only this. */
  | ToolCallPart
  /** A whole block that only this vendor understands, to be sent back in the next turn (`NativeContent`). */
  | { readonly type: "native"; readonly value: JsonObject; readonly choice?: number }
  | { readonly type: "citation"; readonly citation: Citation; readonly choice?: number }
  | { readonly type: "image"; readonly mimeType?: string; readonly dataB64?: string; readonly url?: string }
  | { readonly type: "video"; readonly mimeType?: string; readonly dataB64?: string; readonly url?: string }
  | { readonly type: "audio"; readonly mimeType?: string; readonly dataB64?: string; readonly url?: string }
  | { readonly type: "transcript"; readonly text: string; readonly raw?: Json }
  | { readonly type: "embedding"; readonly index: number; readonly vector: readonly number[] }
  | { readonly type: "rank"; readonly index: number; readonly score: number }
  /** What a vendor's judge says of one text. */
  | ({ readonly type: "moderation"; readonly index: number } & Judgement)
  /** Tokens so far; a later one replaces an earlier one. */
  | { readonly type: "usage"; readonly usage: Usage }
  /** Something asked for was left out or changed; `code` is stable, `message` is for people. */
  | { readonly type: "warning"; readonly code: string; readonly message: string }
  /** Vendor data that has no part of its own: the whole body of a whole answer, log probabilities of a stream … */
  | { readonly type: "raw"; readonly value: Json }
  /** The end of one alternative; `raw` is the vendor's own word. */
  | {
    readonly type: "finish";
    readonly reason: FinishReason;
    readonly raw?: string;
    readonly choice?: number;
  };

export interface ToolCallPart {
  readonly type: "tool-call";
  readonly index: number;
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it; it may not parse. */
  readonly arguments: string;
  readonly choice?: number;
  /** Vendor fields to send back with the call in the next turn, such as a signature. */
  readonly extra?: JsonObject;
}

export type PartType = Part["type"];
