/** Types: which result a request gives. */

import type {
  EmbeddingResult,
  ImageResult,
  ModerationResult,
  RerankResult,
  Result,
  SpeechResult,
  TextResult,
  TranscriptionResult,
  VideoResult,
} from "../contract/result.ts";
import type { StandardSchema } from "./output.ts";

interface ByModality<O> {
  text: TextResult<O>;
  image: ImageResult;
  video: VideoResult;
  embedding: EmbeddingResult;
  speech: SpeechResult;
  transcription: TranscriptionResult;
  rerank: RerankResult;
  moderation: ModerationResult;
}

/** The result of a request type: text unless `modality` says otherwise, `output` typed by its schema. */
export type ResultOf<R> = unknown extends R ? Result
  : "modality" extends OptionalKeys<R> ? Result<OutputOf<R>>
  : R extends { readonly modality: infer M }
    ? M extends keyof ByModality<unknown> ? ByModality<OutputOf<R>>[M] : Result<OutputOf<R>>
  : TextResult<OutputOf<R>>;

/** Keys that may be absent: a request whose modality is not known at compile time gives any result. */
type OptionalKeys<R> = { [K in keyof R]-?: undefined extends R[K] ? K : never }[keyof R];

/** What a request's output schema produces; `undefined` when it has none. */
export type OutputOf<R> = R extends { readonly output: { readonly schema: StandardSchema<infer O> } } ? O
  : R extends { readonly output: StandardSchema<infer O> } ? O
  : R extends { readonly output: object } ? unknown
  : undefined;

/** Refuses fields that `T` does not have, so that a mistyped one is a compile error. */
export type Exact<R, T> = R & { readonly [K in Exclude<keyof R, keyof T>]: never };
