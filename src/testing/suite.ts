/** What the conformance suites share: the runner's test function, a deadline for everything awaited, error checks. */

import assert from "node:assert/strict";
import { clearTimeout, setTimeout } from "node:timers";
import { inspect } from "node:util";
import { LoomError } from "../errors/index.ts";

/** The part of a test runner that a suite needs; `node:test`, `Deno.test` and vitest's `test` all fit. */
export type TestFunction = (name: string, body: () => Promise<void>) => unknown;

/** Real time after which something that never settles is called a failure. */
const patienceMs = 5000;

/** Settles as `promise` does, or fails saying what never settled. */
export async function within<T>(promise: Promise<T> | T, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new assert.AssertionError({ message: `${what} did not settle` })),
      patienceMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The failure of `promise`. */
export async function failureOf(promise: Promise<unknown>, what: string): Promise<unknown> {
  let settled: "well" | "badly" = "well";
  const failure = await within(
    promise.then(() => undefined, (error: unknown) => {
      settled = "badly";
      return error;
    }),
    what,
  );
  assert.equal(settled, "badly", `${what} should have failed`);
  return failure;
}

/** Asserts that something thrown is a LoomError with words in it. */
export function assertLoomError(error: unknown, what: string): asserts error is LoomError {
  assert.ok(
    LoomError.is(error),
    `${what} should fail with a LoomError, but threw ${inspect(error, { depth: 1 })}`,
  );
  assert.ok(error.message.length > 0, `${what}: the error has no message`);
  assert.ok(
    error.message.length <= 10_000,
    `${what}: the error's message is ${error.message.length} characters long`,
  );
}

/** Asserts that a secret is in no form in which an error is printed, logged or sent on, its causes included. */
export function assertNotIn(secret: string, error: unknown, what: string): void {
  const seen = new Set<unknown>();
  for (let current = error; current instanceof Error && !seen.has(current); current = current.cause) {
    seen.add(current);
    const forms = [current.message, String(current), JSON.stringify(current) ?? "", current.stack ?? ""];
    for (const form of forms) assert.ok(!form.includes(secret), `${what}: the error prints a secret`);
  }
  const shown = inspect(error, { depth: 10, showHidden: true });
  assert.ok(!shown.includes(secret), `${what}: the error shows a secret when inspected`);
}

/** Freezes a value and everything in it, so that whoever writes to it fails. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const field of Object.values(value)) deepFreeze(field);
  }
  return value;
}
