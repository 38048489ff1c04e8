/** The vault suite passes a plain good vault and catches each way of being a bad one. */

import { describe, test } from "node:test";
import type { Vault } from "../../src/plugin.ts";
import { vaultSuite, type VaultSuiteOptions } from "../../src/testing.ts";
import { expectCaught, expectGood } from "../support/run-suite.ts";

const present = { name: "ACME_API_KEY", value: "s3cret-value" };

function read(name: string, signal: AbortSignal): Promise<string | undefined> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return Promise.resolve(name === present.name ? present.value : undefined);
}

const untilAborted: Vault["read"] = (_name, signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

const good: VaultSuiteOptions = {
  present,
  broken: () => ({ read: () => Promise.reject(new Error("the vault said 403")) }),
  hanging: () => ({ read: untilAborted }),
};

describe("vaultSuite", () => {
  test("passes a good vault", () => expectGood((run) => vaultSuite(run, () => ({ read }), good)));

  const faults: [string, Vault["read"], RegExp][] = [
    [
      "throws for a missing secret",
      (name, signal) => name === present.name ? read(name, signal) : Promise.reject(new Error("404")),
      /not there is undefined/,
    ],
    ["finds everything", () => Promise.resolve(present.value), /not there is undefined/],
    ["strips names", (name, signal) => read(name.trim(), signal), /hostile name/],
    ["ignores the signal", (name) => read(name, new AbortController().signal), /signal that has aborted/],
  ];
  for (const [name, bad, what] of faults) {
    test(`catches a vault that ${name}`, () =>
      expectCaught((run) => vaultSuite(run, () => ({ read: bad }), good), what));
  }

  test("catches errors that show the secret, in a cause too", async () => {
    const leaks = [
      new Error(`could not use ${present.value}`),
      new Error("failed", { cause: new Error(present.value) }),
      Object.assign(new Error("failed"), { response: { body: present.value } }),
    ];
    for (const error of leaks) {
      const options = { ...good, broken: () => ({ read: () => Promise.reject(error) }) };
      await expectCaught((run) => vaultSuite(run, () => ({ read }), options), /secret/);
    }
  });

  test("catches a broken vault that finds nothing", () => {
    const options = { ...good, broken: () => ({ read: () => Promise.resolve(undefined) }) };
    return expectCaught((run) => vaultSuite(run, () => ({ read }), options), /should have failed/);
  });
});
