/** What a call fails with. */

import assert from "node:assert/strict";
import { type ErrorCode, LoomError } from "../../src/index.ts";

/** The error of a promise, or of a function that throws; fails the test unless it is a LoomError of this code. */
export async function failureOf<C extends ErrorCode>(
  running: Promise<unknown> | (() => unknown),
  code: C,
): Promise<LoomError<C>> {
  let given: unknown;
  try {
    given = await (typeof running === "function" ? running() : running);
  } catch (error) {
    assert.ok(LoomError.is(error), `not a LoomError: ${error}`);
    assert.ok(LoomError.is(error, code), `${error.code}, not ${code}: ${error.message}`);
    return error;
  }
  throw new assert.AssertionError({ message: `nothing failed; it gave ${String(given)}` });
}
