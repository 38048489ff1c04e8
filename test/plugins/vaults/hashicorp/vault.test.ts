/** The vault `hashicorp`: what it reads, how it fails, and that its token goes nowhere else. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it, test } from "node:test";
import plugin from "../../../../plugins/vaults/hashicorp/index.ts";
import { vaultSuite } from "../../../../src/testing.ts";
import { failureOf } from "../../../support/failure.ts";
import { complaintsOf } from "../../../support/options.ts";
import { serve } from "../../../support/server.ts";
import { type HashicorpStandIn, rootToken, startHashicorp } from "../support/hashicorp-stand-in.ts";
import { openHashicorp } from "./open.ts";

const NAME = "ACME_API_KEY";

let vault: HashicorpStandIn;
before(async () => vault = await startHashicorp());
after(() => vault.close());
beforeEach(() => {
  vault.state.secrets.clear();
  Object.assign(vault.state, { status: 200, errors: [], redirect: undefined, hanging: false });
});

async function read(
  given: Readonly<Record<string, unknown>> = {},
  name = NAME,
  server: Pick<HashicorpStandIn, "url"> = vault,
): Promise<string | undefined> {
  const opened = await openHashicorp(server, given);
  try {
    return await opened.read(name);
  } finally {
    await opened.close();
  }
}

vaultSuite(
  test,
  () => {
    vault.state.secrets.set("secret/loom", { [NAME]: "sk-suite" });
    return openHashicorp(vault);
  },
  {
    present: { name: NAME, value: "sk-suite" },
    broken: () => openHashicorp(vault, { token: "hvs.wrong" }, {}),
    hanging: () => {
      vault.state.hanging = true;
      return openHashicorp(vault);
    },
  },
);

describe("the vault hashicorp reads", () => {
  for (
    const [what, given, secret, expected, path] of [
      ["a field of one secret", {}, ["secret/loom", { [NAME]: "sk" }], "sk", "/v1/secret/data/loom"],
      [
        "a secret of its own",
        { path: "keys/{name}" },
        [`secret/keys/${NAME}`, { value: "sk" }],
        "sk",
        `/v1/secret/data/keys/${NAME}`,
      ],
      [
        "the field that is named",
        { path: "keys/{name}", field: "api key" },
        [`secret/keys/${NAME}`, { value: "no", "api key": "sk" }],
        "sk",
        `/v1/secret/data/keys/${NAME}`,
      ],
      [
        "with a prefix",
        { prefix: "PROD_", path: "a/b" },
        ["secret/a/b", { [`PROD_${NAME}`]: "sk" }],
        "sk",
        "/v1/secret/data/a/b",
      ],
      ["KV version 1", { mount: "kv1", kvVersion: 1 }, ["kv1/loom", { [NAME]: "sk" }], "sk", "/v1/kv1/loom"],
      ["a number", {}, ["secret/loom", { [NAME]: 42 }], "42", "/v1/secret/data/loom"],
      ["no such secret", {}, ["secret/other", { [NAME]: "sk" }], undefined, "/v1/secret/data/loom"],
      ["no such field", {}, ["secret/loom", { OTHER: "sk" }], undefined, "/v1/secret/data/loom"],
      ["a deleted version", {}, ["secret/loom", null], undefined, "/v1/secret/data/loom"],
    ] as readonly (readonly [
      string,
      Readonly<Record<string, unknown>>,
      readonly [string, Readonly<Record<string, unknown>> | null],
      string | undefined,
      string,
    ])[]
  ) {
    it(what, async () => {
      vault.state.secrets.set(...secret);
      assert.equal(await read(given), expected);
      const last = vault.server.requests.at(-1);
      assert.equal(last?.url, path);
      assert.deepEqual(
        [
          last?.headers["x-vault-token"],
          last?.headers["x-vault-request"],
          last?.headers["x-vault-namespace"],
        ],
        [rootToken, "true", undefined],
      );
    });
  }

  it("in a namespace, of the option or of the environment", async () => {
    const other = await startHashicorp("team/a");
    other.state.secrets.set("secret/loom", { [NAME]: "sk" });
    assert.equal(await read({ namespace: "team/a/" }, NAME, other), "sk");
    const opened = await openHashicorp(other, {}, { VAULT_TOKEN: rootToken, VAULT_NAMESPACE: "team/a" });
    assert.equal(await opened.read(NAME), "sk");
    await opened.close();
    await other.close();
  });
});

describe("the vault hashicorp fails", () => {
  for (
    const [status, errors, code, message] of [
      [400, ["bad"], "invalid-request", /refused the request \(HTTP 400\) reading secret\/loom: bad/],
      [403, ["permission denied"], "permission-denied", /its policies do not allow .*: permission denied/],
      [412, [], "overloaded", /not yet replicated/],
      [429, ["rate limit quota exceeded"], "rate-limited", /rate limit quota exceeded/],
      [473, [], "overloaded", /performance standby/],
      [500, ["internal"], "provider-failed", /failed \(HTTP 500\)/],
      [501, [], "provider-failed", /not initialised/],
      [503, ["Vault is sealed"], "overloaded", /is sealed or in maintenance .*: Vault is sealed/],
    ] as const
  ) {
    it(`with words for ${status}, after one request`, async () => {
      Object.assign(vault.state, { status, errors });
      const sent = vault.server.requests.length;
      const error = await failureOf(read(), code);
      assert.match(error.message, message);
      assert.equal(vault.server.requests.length - sent, 1);
      assert.equal(error.message.includes(rootToken), false);
    });
  }

  it("when the mount is of the other version", async () => {
    vault.state.secrets.set("secret/loom", { [NAME]: "sk" });
    const error = await failureOf(read({ kvVersion: 1 }), "config-invalid");
    assert.match(error.message, /set kvVersion: 2/);
  });

  it("when a field is no text", async () => {
    vault.state.secrets.set("secret/loom", { [NAME]: { nested: "sk-hidden" } });
    const error = await failureOf(read(), "invalid-reply");
    assert.match(error.message, /the field ACME_API_KEY is no text/);
    assert.doesNotMatch(error.message, /sk-hidden/);
  });

  for (
    const [what, body, message] of [
      ["half a JSON", '{"data":{"data":{"ACME_API_KEY":"sk-hid', /has no data/],
      ["a page", "<html>sk-hidden</html>", /has no data/],
      ["a list", "[1]", /has no data/],
    ] as const
  ) {
    it(`at ${what}, quoting nothing of it`, async () => {
      const server = await serve(({ response }) => void response.end(body));
      const error = await failureOf(read({}, NAME, server), "invalid-reply");
      assert.match(error.message, message);
      assert.doesNotMatch(`${error.stack} ${error.cause}`, /sk-h/);
      await server.close();
    });
  }
});

describe("a redirect of Vault", () => {
  it("is followed with method and token", async () => {
    const active = await startHashicorp();
    active.state.secrets.set("secret/loom", { [NAME]: "sk-active" });
    vault.state.redirect = active.url;
    assert.equal(await read(), "sk-active");
    assert.equal(active.server.requests[0]?.headers["x-vault-token"], rootToken);
    const { roleId, secretId } = active.state;
    const opened = await openHashicorp(vault, { appRole: { roleId, secretId } }, {});
    assert.equal(await opened.read(NAME), "sk-active");
    assert.deepEqual(active.server.requests.map(({ method }) => method), ["GET", "POST", "GET"]);
    assert.equal(active.server.requests[1]?.headers["content-type"], "application/json");
    await opened.close();
    await active.close();
  });

  it("in a ring ends", async () => {
    vault.state.redirect = vault.url;
    const sent = vault.server.requests.length;
    assert.match((await failureOf(read(), "invalid-reply")).message, /more than 3 times/);
    assert.equal(vault.server.requests.length - sent, 4);
  });

  for (const target of ["http://vault.example.com", "ftp://127.0.0.1", "http://user:pass@127.0.0.1:1"]) {
    it(`to ${target} is not followed`, async () => {
      vault.state.redirect = target;
      const sent = vault.server.requests.length;
      const error = await failureOf(read(), "connection-failed");
      assert.match(error.message, /where its token must not go/);
      assert.doesNotMatch(error.message, /user|pass@|hvs/);
      assert.equal(vault.server.requests.length - sent, 1);
    });
  }

  it("without a target is an error", async () => {
    const server = await serve(({ response }) => void response.writeHead(307).end());
    assert.match((await failureOf(read({}, NAME, server), "invalid-reply")).message, /without saying where/);
    await server.close();
  });
});

describe("the vault hashicorp is set up", () => {
  it("from VAULT_ADDR", async () => {
    vault.state.secrets.set("secret/loom", { [NAME]: "sk" });
    const opened = await openHashicorp({ url: "" }, { address: undefined }, {
      VAULT_ADDR: `${vault.url}/`,
      VAULT_TOKEN: rootToken,
    });
    assert.equal(await opened.read(NAME), "sk");
    await opened.close();
  });

  for (
    const [what, given, variables, message] of [
      [
        "without an address",
        { address: undefined },
        { VAULT_TOKEN: "t" },
        /set vault\.address or VAULT_ADDR/,
      ],
      ["without a login", {}, {}, /set vault\.token, VAULT_TOKEN or vault\.appRole/],
      [
        "without TLS",
        { address: "http://vault.example.com:8200" },
        { VAULT_TOKEN: "t" },
        /without TLS; use https, or set allowHttp: true/,
      ],
    ] as const
  ) {
    it(`not ${what}`, async () => {
      const error = await failureOf(openHashicorp(vault, given, variables), "config-invalid");
      assert.match(error.message, message);
    });
  }

  for (
    const [given, complaint] of [
      [{ field: "key" }, /^field: has a meaning only when path has \{name\}/],
      [{ token: "t", appRole: { roleId: "r", secretId: "s" } }, /^token: and appRole are two ways/],
      [{ token: "t\n" }, /^token: must be a token/],
      [{ path: "../sys/seal" }, /^path: must be segments/],
      [{ path: "a//b" }, /^path: must be segments/],
      [{ mount: "secret?x=1" }, /^mount: must be segments/],
      [{ kvVersion: 3 }, /^kvVersion: /],
      [{ address: "unix:///vault" }, /^address: /],
      [{ adress: "x" }, /adress/],
    ] as const
  ) {
    it(`not with ${JSON.stringify(given)}`, () => {
      assert.match(complaintsOf(plugin, given).join("\n"), complaint);
    });
  }
});
