/** Runs a conformance suite inside a test, to see what it says of good and of broken plugins. */

import assert from "node:assert/strict";
import type { TestFunction } from "../../src/testing.ts";

export interface SuiteReport {
  readonly passed: readonly string[];
  /** One line each: `name: message`. */
  readonly failed: readonly string[];
}

/** Registers a suite's tests and runs them one after the other, until `enough` says so. */
export async function runSuite(
  register: (test: TestFunction) => void,
  enough: (failure: string) => boolean = () => false,
): Promise<SuiteReport> {
  const tests: [string, () => Promise<void>][] = [];
  register((name, body) => tests.push([name, body]));
  assert.ok(tests.length > 0, "the suite has no tests");
  assert.equal(
    new Set(tests.map(([name]) => name)).size,
    tests.length,
    "two tests of the suite share a name",
  );
  const passed: string[] = [];
  const failed: string[] = [];
  for (const [name, body] of tests) {
    try {
      await body();
      passed.push(name);
    } catch (error) {
      const failure = `${name}: ${error instanceof Error ? error.message : String(error)}`;
      failed.push(failure);
      if (enough(failure)) break;
    }
  }
  return { passed, failed };
}

/** Fails unless the suite finds nothing wrong. */
export async function expectGood(register: (test: TestFunction) => void): Promise<void> {
  const { failed } = await runSuite(register);
  assert.deepEqual(failed, []);
}

/** Fails unless a test of the suite fails whose name or message fits. */
export async function expectCaught(register: (test: TestFunction) => void, what: RegExp): Promise<void> {
  const { failed } = await runSuite(register, (failure) => what.test(failure));
  const fits = failed.some((failure) => what.test(failure));
  assert.ok(fits, `nothing fits ${what} among:\n${failed.join("\n") || "(all passed)"}`);
}
