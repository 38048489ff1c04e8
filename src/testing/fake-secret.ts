/** A key for tests, which prints as `[secret]` as real ones do. */

import type { Secret } from "../contract/secret.ts";

/** Wraps a text as a key. */
export function fakeSecret(text: string): Secret {
  return { reveal: () => text, toString: () => "[secret]", toJSON: () => "[secret]" };
}
