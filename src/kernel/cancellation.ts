/** The chain's cancellation: a list of listeners; a real AbortSignal only for those who ask for one. */

import type { Cancellation } from "../contract/cancellation.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import { LoomError, loomError } from "../errors/index.ts";

export class Canceller implements Cancellation {
  reason: LoomErrorLike | undefined;
  /** A list, not a set: a call has a handful, and makes one of these each time. */
  readonly #listeners: ((reason: LoomErrorLike) => void)[] = [];
  #controller: AbortController | undefined;

  /** Cancels; the first reason stays. A listener that throws does not keep the others from hearing it. */
  cancel(reason: LoomErrorLike): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    let fault: unknown;
    for (let listener = this.#listeners.shift(); listener !== undefined; listener = this.#listeners.shift()) {
      try {
        listener(reason);
      } catch (error) {
        fault ??= error;
      }
    }
    this.#controller?.abort(reason);
    if (fault !== undefined) throw fault;
  }

  onCancel(listener: (reason: LoomErrorLike) => void): () => void {
    if (this.reason !== undefined) {
      listener(this.reason);
      return nothing;
    }
    this.#listeners.push(listener);
    return () => {
      const at = this.#listeners.lastIndexOf(listener);
      if (at !== -1) this.#listeners.splice(at, 1);
    };
  }

  throwIfCancelled(): void {
    if (this.reason !== undefined) throw this.reason;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.reason !== undefined) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }
}

function nothing(): void {}

/** The error of a caller who gave up; what the caller gave as its reason becomes the cause. */
export function abortedError(cause?: unknown): LoomError {
  if (LoomError.is(cause)) return cause;
  return loomError("aborted", "the call was aborted", {}, cause === undefined ? {} : { cause });
}
