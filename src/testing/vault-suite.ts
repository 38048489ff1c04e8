/** What every vault must hold. */

import assert from "node:assert/strict";
import type { Vault } from "../contract/secret.ts";
import { assertNotIn, failureOf, type TestFunction, within } from "./suite.ts";

export interface VaultSuiteOptions {
  /** A secret that the vault holds: its standard name and its value. */
  readonly present: { readonly name: string; readonly value: string };
  /** A name that the vault does not know. Default `LOOM_NOBODY_API_KEY`. */
  readonly missing?: string;
  /** Makes a vault that cannot be asked (refused, unreachable, forbidden); its `read` must throw. */
  readonly broken?: () => Vault | Promise<Vault>;
  /** Makes a vault whose service never answers; a read must end when its signal does. */
  readonly hanging?: () => Vault | Promise<Vault>;
}

/**
 * Registers the tests. `make` gives a vault that holds `options.present`.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { vaultSuite } from "loom-router/testing";
 * const secrets = new Map([["ACME_API_KEY", "s3cret"]]);
 * vaultSuite(test, () => ({
 *   read: async (name, signal) => {
 *     signal.throwIfAborted();
 *     return secrets.get(name);
 *   },
 * }), { present: { name: "ACME_API_KEY", value: "s3cret" } });
 * ```
 */
export function vaultSuite(
  test: TestFunction,
  make: () => Vault | Promise<Vault>,
  options: VaultSuiteOptions,
): void {
  const { present, missing = "LOOM_NOBODY_API_KEY" } = options;
  const never = () => new AbortController().signal;

  function check(
    name: string,
    body: (vault: Vault) => Promise<void>,
    from: () => Vault | Promise<Vault> = make,
  ) {
    test(`vault: ${name}`, async () => {
      const vault = await from();
      try {
        await within(body(vault), name);
      } finally {
        await within(vault.close?.(), "close");
      }
    });
  }

  check("reads a secret that is there, as often as it is asked", async (vault) => {
    assert.equal(await vault.read(present.name, never()), present.value);
    const values = await Promise.all([1, 2, 3].map(() => vault.read(present.name, never())));
    assert.deepEqual(values, [present.value, present.value, present.value]);
  });

  check("a secret that is not there is undefined, not an error", async (vault) => {
    assert.equal(await vault.read(missing, never()), undefined);
    assert.equal(await vault.read(present.name, never()), present.value, "after a missing one");
  });

  check("a hostile name finds nothing", async (vault) => {
    for (const name of ["../" + present.name, present.name + "\n", present.name + "?x=1", "__proto__", ""]) {
      const value = await vault.read(name, never()).catch((error: unknown) => {
        assertNotIn(present.value, error, `read(${JSON.stringify(name)})`);
        return undefined;
      });
      assert.equal(value, undefined, `read(${JSON.stringify(name)})`);
    }
  });

  check("a signal that has aborted stops a read", async (vault) => {
    const error = await failureOf(
      vault.read(present.name, AbortSignal.abort()),
      "a read with an aborted signal",
    );
    assertNotIn(present.value, error, "an aborted read");
    assert.equal(await vault.read(present.name, never()), present.value, "after an aborted read");
  });

  check("may be closed twice", async (vault) => {
    await vault.read(present.name, never());
    await within(vault.close?.(), "the first close");
  });

  if (options.broken !== undefined) {
    check("throws when it cannot be asked, and prints no secret", async (vault) => {
      const error = await failureOf(vault.read(present.name, never()), "a read from a broken vault");
      assert.ok(
        error instanceof Error && error.message.length > 0,
        "a broken vault throws an Error with a message",
      );
      assertNotIn(present.value, error, "a broken vault");
    }, options.broken);
  }

  if (options.hanging !== undefined) {
    check("a read in flight ends when its signal aborts", async (vault) => {
      const controller = new AbortController();
      const read = failureOf(vault.read(present.name, controller.signal), "an aborted read");
      setTimeout(() => controller.abort(), 20);
      assertNotIn(present.value, await read, "an aborted read");
    }, options.hanging);
  }
}
