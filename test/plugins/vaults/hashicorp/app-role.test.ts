/** The vault `hashicorp` with an AppRole: one login for many, used for two thirds of its lease, renewed after a 403. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { failureOf } from "../../../support/failure.ts";
import { serve } from "../../../support/server.ts";
import { type HashicorpStandIn, startHashicorp } from "../support/hashicorp-stand-in.ts";
import { openHashicorp, type OpenVault } from "./open.ts";

const NAME = "ACME_API_KEY";
const appRole = { roleId: "role-1234", secretId: "secret-5678" };

let vault: HashicorpStandIn;
let opened: OpenVault;
before(async () => {
  vault = await startHashicorp();
  vault.state.secrets.set("secret/loom", { [NAME]: "sk" });
});
after(() => vault.close());
beforeEach(() => {
  vault.state.leaseSeconds = 3600;
  vault.state.hanging = false;
});

/** Opens it, runs the test, says how many logins that took. */
async function logins(run: () => Promise<void>, given: object = { appRole }): Promise<number> {
  const before = vault.logins;
  opened = await openHashicorp(vault, { ...given }, { VAULT_TOKEN: "hvs.not-this-one" });
  try {
    await run();
  } finally {
    await opened.close();
  }
  return vault.logins - before;
}

describe("an AppRole", () => {
  it("logs in once for all who read at the same time", async () => {
    const count = await logins(async () => {
      const values = await Promise.all(Array.from({ length: 20 }, () => opened.read(NAME)));
      assert.deepEqual(new Set(values), new Set(["sk"]));
    });
    assert.equal(count, 1);
  });

  it("keeps its token for two thirds of the lease", async () => {
    const count = await logins(async () => {
      await opened.read(NAME);
      await opened.clock.advance(2_399_999);
      await opened.read(NAME);
      assert.equal(vault.server.requests.filter(({ url }) => url.endsWith("/login")).length, vault.logins);
      const before = vault.logins;
      await opened.clock.advance(1);
      await opened.read(NAME);
      assert.equal(vault.logins - before, 1);
    });
    assert.equal(count, 2);
  });

  it("keeps a token that never ends", async () => {
    vault.state.leaseSeconds = 0;
    const count = await logins(async () => {
      await opened.read(NAME);
      await opened.clock.advance(1e12);
      await opened.read(NAME);
    });
    assert.equal(count, 1);
  });

  it("logs in anew, once, when its token was revoked", async () => {
    const count = await logins(async () => {
      await opened.read(NAME);
      vault.state.tokens.delete(`hvs.loom-test-login-${vault.logins}`);
      const values = await Promise.all([1, 2, 3].map(() => opened.read(NAME)));
      assert.deepEqual(values, ["sk", "sk", "sk"]);
    });
    assert.equal(count, 2);
  });

  it("gives up when the new token is refused as well", async () => {
    const asked: string[] = [];
    const server = await serve(({ url, response, headers }) => {
      asked.push(`${url} ${headers["x-vault-token"] ?? "-"}`);
      const login = url.endsWith("/login");
      const token = `hvs.t${asked.length}`;
      response.writeHead(login ? 200 : 403).end(
        login
          ? JSON.stringify({ auth: { client_token: token, lease_duration: 60 } })
          : '{"errors":["denied"]}',
      );
    });
    const own = await openHashicorp(server, { appRole: { ...appRole, mount: "roles/ci" } }, {});
    const error = await failureOf(own.read(NAME), "permission-denied");
    assert.doesNotMatch(`${error.message} ${error.stack}`, /hvs\.|secret-5678/);
    assert.deepEqual(asked, [
      "/v1/auth/roles/ci/login -",
      "/v1/secret/data/loom hvs.t1",
      "/v1/auth/roles/ci/login -",
      "/v1/secret/data/loom hvs.t3",
    ]);
    await own.close();
    await server.close();
  });

  it("says when the login is refused, without the secret", async () => {
    await logins(async () => {
      const error = await failureOf(opened.read(NAME), "invalid-request");
      assert.match(error.message, /logging in with the AppRole at approle: invalid role or secret ID/);
      assert.doesNotMatch(`${error.message} ${error.stack}`, /not-the-secret/);
    }, { appRole: { ...appRole, secretId: "not-the-secret" } });
  });

  it("says when the login gives no token", async () => {
    for (const body of ['{"auth":null}', '{"auth":{"client_token":"two\\nlines"}}', "half"]) {
      const server = await serve(({ response }) => void response.end(body));
      const own = await openHashicorp(server, { appRole }, {});
      assert.match((await failureOf(own.read(NAME), "invalid-reply")).message, /gave no token/);
      await own.close();
      await server.close();
    }
  });

  it("is waited for only as long as the caller wants; the login serves the others", async () => {
    const answer = Promise.withResolvers<void>();
    const server = await serve(async ({ url, response }) => {
      if (!url.endsWith("/login")) return void response.end(`{"data":{"data":{"${NAME}":"sk"}}}`);
      await answer.promise;
      response.end('{"auth":{"client_token":"hvs.t","lease_duration":60}}');
    });
    const own = await openHashicorp(server, { appRole }, {});
    const leaving = new AbortController();
    const [first, second] = [own.read(NAME, leaving.signal), own.read(NAME)];
    await server.request();
    leaving.abort(new Error("enough"));
    await assert.rejects(first, /enough/);
    answer.resolve();
    assert.equal(await second, "sk");
    assert.equal(server.requests.length, 2);
    await own.close();
    await server.close();
  });

  it("ends with the vault", async () => {
    vault.state.hanging = true;
    const own = await openHashicorp(vault, { appRole }, {});
    const reading = failureOf(own.read(NAME), "closed");
    await own.close();
    await reading;
  });
});
