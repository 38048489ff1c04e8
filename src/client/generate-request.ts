/** The request as callers write it. */

import type { MediaInput, Modality } from "../contract/call.ts";
import type { Message, Params, Tool, ToolChoice } from "../contract/message.ts";
import type { OutputSchema } from "./output.ts";

/** What to run. Four things identify it (provider, modality, model, prompt); the rest has defaults. */
export interface GenerateRequest {
  /** Provider id, for example `openai`. May be left out when `model` says it. */
  readonly provider?: string;
  /** Default `text`. */
  readonly modality?: Modality;
  /** Catalog id, upstream name, or `provider/model`. Default: the provider's default model, if it has one. */
  readonly model?: string;
  /** One user turn. Exactly one of `prompt` and `messages` for text; the prompt for pictures, video and speech. */
  readonly prompt?: string;
  /** A conversation, oldest turn first. */
  readonly messages?: readonly Message[];
  /** System text, put before the conversation. */
  readonly system?: string;
  /** Texts to embed or to judge, or documents to rank. One text may be given as a string. */
  readonly input?: string | readonly string[];
  /** Pictures to change or to start from, for image and video. */
  readonly images?: readonly MediaInput[];
  /** What is to be written down, for transcription. */
  readonly audio?: MediaInput;
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  /** The form of the answer: a zod schema (any Standard Schema with JSON Schema), a JSON Schema, or one of both in `{ schema, name, repair }`. */
  readonly output?: OutputSchema;
  /** Vendor params in the vendor's own names, laid over the catalog's defaults. */
  readonly params?: Params;
  /** `true`: what the vendor cannot do fails the call instead of being left out with a warning. Default false. */
  readonly strict?: boolean;
  /** `true`: pictures, films and sounds that the vendor gives as addresses are fetched into `dataB64`. Default false. */
  readonly download?: boolean;
  /** `false`: neither read from the cache nor written to it. Default true. */
  readonly useCache?: boolean;
  /** Aborts the call wherever it is, and reaches the vendor. */
  readonly signal?: AbortSignal;
  /** Total deadline of this call. Default: that of the Loom, 300,000, or 1,800,000 for video. */
  readonly timeoutMs?: number;
  /** Refuse the call when its estimate is higher than this many USD. */
  readonly maxCostUsd?: number;
  /** Calls of different tenants never share an answer. */
  readonly tenant?: string;
  readonly user?: string;
  readonly team?: string;
  readonly tags?: readonly string[];
}
