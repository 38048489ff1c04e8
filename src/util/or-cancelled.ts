/** Waiting that ends with the call. */

import type { Cancellation } from "../contract/cancellation.ts";

/** Settles as `promise` does, or rejects when cancelled first. The promise itself is left running. */
export function orCancelled<T>(promise: Promise<T>, cancellation: Cancellation): Promise<T> {
  return new Promise((resolve, reject) => {
    const off = cancellation.onCancel(reject);
    promise.then(
      (value) => (off(), resolve(value)),
      (error) => (off(), reject(error)),
    );
  });
}
