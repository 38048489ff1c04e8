/** Cancellation inside the chain: what an AbortSignal is, without its price on every call. */

import type { LoomErrorLike } from "./errors.ts";

export interface Cancellation {
  /** Why it was cancelled; `undefined` while it was not. */
  readonly reason: LoomErrorLike | undefined;
  /** Runs `listener` once on cancellation (at once when already cancelled). Returns a function that takes it off again. */
  onCancel(listener: (reason: LoomErrorLike) => void): () => void;
  /** @throws the reason, when cancelled */
  throwIfCancelled(): void;
  /** The same as a web-standard signal, for libraries that want one. Made on first use. */
  readonly signal: AbortSignal;
}
