/** The stand-in for HashiCorp Vault, proven with the client `node-vault` before the plugin is. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import nodeVault from "node-vault";
import { type HashicorpStandIn, rootToken, startHashicorp } from "../support/hashicorp-stand-in.ts";

let vault: HashicorpStandIn;
before(async () => {
  vault = await startHashicorp("team/a");
  vault.state.secrets.set("secret/loom", { ACME_API_KEY: "sk-two" });
  vault.state.secrets.set("secret/gone", null);
  vault.state.secrets.set("kv1/loom", { ACME_API_KEY: "sk-one" });
});
after(() => vault.close());

const client = (more: Readonly<Record<string, string>> = {}) =>
  nodeVault({ endpoint: vault.url, token: rootToken, namespace: "team/a", ...more });

describe("the stand-in for Vault", () => {
  it("gives node-vault both versions of KV", async () => {
    const two = await client().read("secret/data/loom");
    assert.deepEqual(two.data.data, { ACME_API_KEY: "sk-two" });
    assert.equal(two.data.metadata.version, 1);
    assert.deepEqual((await client().read("kv1/loom")).data, { ACME_API_KEY: "sk-one" });
  });

  it("lets node-vault log in with an AppRole", async () => {
    const guest = client({ token: "" });
    const { roleId, secretId } = vault.state;
    const { auth } = await guest.approleLogin({ role_id: roleId, secret_id: secretId });
    assert.equal(auth.client_token, guest.token);
    assert.equal((await guest.read("kv1/loom")).data.ACME_API_KEY, "sk-one");
    await assert.rejects(client().approleLogin({ role_id: roleId, secret_id: "wrong" }), {
      message: "invalid role or secret ID",
    });
  });

  for (
    const [what, more, path, message, status] of [
      ["another token", { token: "hvs.other" }, "secret/data/loom", "permission denied", 403],
      ["another namespace", { namespace: "team/b" }, "secret/data/loom", "no handler for route", 404],
      ["a secret that is not there", {}, "secret/data/none", "Status 404", 404],
      ["a deleted version", {}, "secret/data/gone", "Status 404", 404],
      ["a path of version 1 on a mount of version 2", {}, "secret/loom", "Status 404", 404],
    ] as const
  ) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(client(more).read(path), (error: Error) => {
        assert.equal(error.message, message);
        const { statusCode } = (error as unknown as { readonly response: { readonly statusCode: number } })
          .response;
        assert.equal(statusCode, status);
        return true;
      });
    });
  }

  it("can be sealed, and can send on to another node", async () => {
    vault.state.status = 503;
    vault.state.errors = ["Vault is sealed"];
    await assert.rejects(client().read("kv1/loom"), { message: "Vault is sealed" });
    vault.state.status = 200;
    const standby = await startHashicorp();
    standby.state.redirect = vault.url;
    const through = nodeVault({ endpoint: standby.url, token: rootToken, namespace: "team/a" });
    assert.equal((await through.read("kv1/loom")).data.ACME_API_KEY, "sk-one");
    await standby.close();
  });
});
