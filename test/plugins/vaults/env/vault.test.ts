/** The vault `env`: variables with a prefix. */

import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import plugin from "../../../../plugins/vaults/env/index.ts";
import { ENVIRONMENT, type Vault } from "../../../../src/plugin.ts";
import { vaultSuite } from "../../../../src/testing.ts";
import { bareLoom } from "../../../support/looms.ts";
import { complaintsOf, optionsOf } from "../../../support/options.ts";
import { useOf } from "../../../support/use.ts";

const never = () => new AbortController().signal;

async function open(values: Record<string, string>, given: object = {}): Promise<Vault> {
  // An environment of a caller's own, which hides nothing that every object has.
  const environment = { get: (name: string) => values[name] };
  return await plugin.make(useOf([ENVIRONMENT, environment]), optionsOf(plugin, given));
}

vaultSuite(test, () => open({ PROD_ACME_API_KEY: "sk-env" }, { prefix: "PROD_" }), {
  present: { name: "ACME_API_KEY", value: "sk-env" },
});

describe("the vault env", () => {
  it("reads the name itself without a prefix", async () => {
    assert.equal(await (await open({ ACME_API_KEY: "sk" })).read("ACME_API_KEY", never()), "sk");
  });

  it("sees what changes while the program runs", async () => {
    const values: Record<string, string> = { X_KEY: "one" };
    const vault = await open(values, { prefix: "X_" });
    assert.equal(await vault.read("KEY", never()), "one");
    values["X_KEY"] = "two";
    assert.equal(await vault.read("KEY", never()), "two");
    assert.equal(vault.ttlMs, 0);
  });

  it("takes no prefix that is no variable's name", () => {
    assert.match(complaintsOf(plugin, { prefix: "a b" }).join(), /must be letters, digits and _/);
  });

  it("is found by its name", async () => {
    await using loom = bareLoom({
      vault: { type: "env", prefix: "PROD_" },
      variables: { PROD_OPENAI_API_KEY: "sk" },
    });
    const { candidates: [candidate] } = await loom.explain({ model: "openai/gpt-4o-mini", prompt: "hi" });
    assert.equal(candidate?.key, "vault");
  });
});
