/** How answers travel back out through the chain: whole, or as a flow that is pushed part by part. */

import type { LoomErrorLike } from "./errors.ts";
import type { Part } from "./part.ts";
import type { Target } from "./target.ts";

/** Who made the answer: a vendor now, a cache before, or an identical call that was already in flight. */
export type Origin = "vendor" | "cache" | "dedup";

/**
 * An answer on its way out. Middleware returns it from `handle`; it may look at it with `observe`, but not lose it.
 *
 * A whole reply has `parts`; a streamed one does not, and must be started with `flow`, once, by whoever reads it.
 */
export interface Reply {
  readonly target: Target;
  readonly origin: Origin;
  /** The vendor's id of the request, for its support. */
  readonly requestId?: string;
  readonly parts?: readonly Part[];
  /**
   * The answer in the vendor's own words, for a caller who speaks them (`Call.native`). Whoever changes an answer makes a new
   * reply, which has none; so what is here always says what the parts say.
   */
  readonly verbatim?: Verbatim;
  /**
   * Starts delivery. Nothing is delivered before `flow` has returned. Whole replies deliver one batch and end.
   * @throws when called a second time on a streamed reply
   */
  flow(receiver: Receiver): Flow;
}

/** An answer as the vendor wrote it. */
export interface Verbatim {
  /** Id of the dialect it is written in. */
  readonly dialect: string;
  /** The bytes of a whole answer. Absent: it streams, and each batch has its `frames`. */
  readonly body?: Uint8Array;
}

/** Parts that arrived together. */
export interface Batch extends ReadonlyArray<Part> {
  /** Of a reply that is `verbatim`: the server-sent events that these parts were decoded from, which may be none. */
  readonly frames?: string;
}

/** Reads a reply. Batches come in order, synchronously, as the network delivers; then exactly one `end`. */
export interface Receiver {
  parts(batch: Batch): void;
  end(outcome: Outcome): void;
}

/** The reading end's hold on a running reply. All three are safe to call at any time and more than once. */
export interface Flow {
  /** Asks the source to stop reading from the network; parts already on the way still come. */
  pause(): void;
  resume(): void;
  /** Gives up: the source lets go of the vendor's connection and ends as cancelled. */
  cancel(reason: LoomErrorLike): void;
}

/** How a reply ended; told exactly once, whatever happens. */
export type Outcome =
  | { readonly status: "ok" }
  | { readonly status: "failed"; readonly error: LoomErrorLike }
  | { readonly status: "cancelled"; readonly error: LoomErrorLike };

/** What a provider hands to the chain: all parts at once, or a source that pushes them. */
export type Answer =
  & { readonly requestId?: string; readonly verbatim?: Verbatim }
  & (
    | { readonly parts: readonly Part[] }
    | { readonly source: (receiver: Receiver) => Flow }
  );
