/** Where a call goes once names are resolved: targets, in the order of a plan. */

import type { Candidate, Modality } from "./call.ts";
import type { Price } from "./cost.ts";
import type { Params } from "./message.ts";

/** One vendor and model, with everything the rest of the chain needs to know of it. */
export interface Target {
  /** Provider id as configured. */
  readonly provider: string;
  readonly modality: Modality;
  /** The model's name in the catalog: what the caller sees. */
  readonly model: string;
  /** What the vendor is asked for. */
  readonly upstreamModel: string;
  /** Catalog defaults, then the call's params, then the candidate's; what the dialect encodes. */
  readonly params: Params;
  /** `undefined`: the catalog has no price, so costs of this target are unknown (`null`). */
  readonly price?: Price;
  /** Tokens that fit into one call, where known. */
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
}

/** The resolved course of a call. */
export interface Plan {
  /** Best first; failover walks them. */
  readonly targets: readonly [Target, ...Target[]];
  /** Candidates that could not be resolved and were left out, with the reason. */
  readonly skipped: readonly { readonly candidate: Candidate; readonly reason: string }[];
}
