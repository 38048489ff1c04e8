/** Providers: a vendor's service, as the adapter stage calls it. */

import type { Attempting } from "./context.ts";
import type { Secret } from "./secret.ts";
import type { Answer } from "./reply.ts";
import type { Batches } from "./batch.ts";
import type { Modality } from "./call.ts";
import type { CacheOrder, ContextCache, TokenCount } from "./operations.ts";

export interface Provider {
  /** The vendor's name for people. */
  readonly label: string;
  readonly modalities: readonly Modality[];
  /** `open`: any model name may be asked for, in the catalog or not. Default `catalog`. */
  readonly models?: "catalog" | "open";
  /** The vendor whose models it serves, in the catalog. Default: its own id. */
  readonly catalog?: string;
  /** How its key is found. Absent: it needs none. */
  readonly key?: KeyNeed;
  /** What proves who asks where there is no key, for people, such as `AWS credentials`. It is found when it is needed. */
  readonly credentials?: string;
  /** `gen_ai.provider.name` of OpenTelemetry, when it is not the provider's id. */
  readonly otelName?: string;
  /** Host and port that calls go to, for traces. */
  readonly address?: { readonly host: string; readonly port?: number };
  /** Model asked for when a call names only the provider, such as the value of `OPENAI_MODEL`. */
  readonly defaultModel?: string;
  /**
   * It ends, by itself and at once, whatever it does for a call whose `ctx.cancellation` is cancelled. Others are watched, so
   * that none can hold a call; that costs a little.
   */
  readonly honoursCancellation?: true;
  /**
   * Makes one attempt. Settles when the vendor has begun to answer well: whole answers when they are complete, streams when
   * their head is there. Must let go of everything when `ctx.cancellation` is cancelled.
   * @throws LoomError for every failure, already classified
   */
  open(ctx: Attempting, key: Secret | undefined): Promise<Answer>;
  /** How many tokens a call would have, by the vendor's own count. Absent: the vendor cannot say. */
  countTokens?(ctx: Attempting, key: Secret | undefined): Promise<TokenCount>;
  /** Keeps the beginning of conversations at the vendor. Absent: it cannot be asked to. */
  readonly contextCaches?: {
    create(ctx: Attempting, key: Secret | undefined, order: CacheOrder): Promise<ContextCache>;
    delete(ctx: Attempting, key: Secret | undefined, id: string): Promise<void>;
  };
  /** Many calls at once, for less, within hours. Absent: the vendor has no batches. */
  readonly batches?: Batches;
  close?(): Promise<void> | void;
}

/** Which key a provider needs. */
export interface KeyNeed {
  /** Names in the order they are looked for, for example `["GEMINI_API_KEY", "GOOGLE_API_KEY"]`. */
  readonly names: readonly string[];
  /** The provider also works without. */
  readonly optional?: boolean;
}
