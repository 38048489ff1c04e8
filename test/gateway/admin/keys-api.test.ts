/** The admin API's handlers for keys: what they take, what they answer, and that no answer holds a secret twice. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keysApi } from "../../../src/gateway/admin/keys-api.ts";
import { digestOf } from "../../../src/gateway/keys/digest.ts";
import type { Principal } from "../../../src/gateway/options.ts";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";
import { keyringOf } from "../support/keyrings.ts";

const configured = "configured-key-0123456789";
const dayMs = 86_400_000;

type Shown = { readonly id: string; readonly key?: string } & Readonly<Record<string, unknown>>;

async function bench() {
  const kit = await keyringOf({
    list: [{ key: configured, id: "fixed", user: "root", requestsPerMinute: 3 }],
  });
  const api = keysApi(kit.keyring);
  return {
    ...kit,
    api,
    make(body: unknown): { readonly id: string; readonly key: string } {
      const { status, json } = api.create(body);
      assert.equal(status, 201);
      const { id, key } = json as Shown;
      assert.ok(typeof key === "string");
      return { id, key };
    },
  };
}

describe("/ai/keys", () => {
  it("makes a key, shows it once, and then never again", async () => {
    using at = await bench();
    const body = {
      name: "CI",
      user: "alice",
      team: "a",
      tags: ["x"],
      models: ["gpt-*"],
      rpm: 60,
      tpm: 1000,
      concurrent: 2,
      budget_usd: { limit: 5, per: "day" },
      allow_unknown_price: true,
      may_route: true,
      expires_at: "2027-01-01",
    };
    const { status, json } = at.api.create(body);
    assert.equal(status, 201);
    const { key, ...rest } = json as Shown;
    assert.match(key ?? "", /^loom-[\w-]{32}$/);
    assert.deepEqual(rest, {
      ...body,
      id: rest.id,
      source: "admin",
      status: "active",
      budget_usd: [{ limit: 5, per: "day" }],
      created_at: "2026-01-01T00:00:00.000Z",
    });
    assert.equal(at.who(key ?? ""), rest.id);
    assert.deepEqual(at.api.get(rest.id), { status: 200, json: rest });
    assert.deepEqual(at.api.list(), {
      status: 200,
      json: {
        keys: [
          { id: "fixed", source: "config", defined_in: "keys[0]", status: "active", user: "root", rpm: 3 },
          rest,
        ],
      },
    });
  });

  it("changes what is named, takes away what is null, and keeps the rest", async () => {
    using at = await bench();
    const { id, key } = at.make({ user: "alice", rpm: 60, tpm: 5, models: ["a"], expires_at: "2027-01-01" });
    const { status, json } = at.api.update(id, {
      rpm: 90,
      tpm: null,
      models: null,
      name: "new",
      expires_at: null,
    });
    assert.equal(status, 200);
    const shown = { id, source: "admin", status: "active", user: "alice", rpm: 90, name: "new" };
    assert.deepEqual(json, { ...shown, created_at: "2026-01-01T00:00:00.000Z" });
    assert.deepEqual(
      at.keyring.find({ "x-api-key": key }),
      {
        id,
        user: "alice",
        mayRoute: false,
        allowances: [{ scope: `key:${id}`, requestsPerMinute: 90 }],
      } satisfies Principal,
    );
    at.api.update(id, { disabled: true });
    assert.equal((at.api.get(id).json as Shown)["status"], "disabled");
    await failureOf(() => at.who(key), "auth-rejected");
  });

  it("rotates with a day of overlap, or as long as is asked for", async () => {
    using at = await bench();
    const { id, key } = at.make({});
    const { status, json } = at.api.rotate(id, undefined);
    assert.equal(status, 200);
    const rotated = json as Shown;
    assert.equal(rotated["old_key_until"], "2026-01-02T00:00:00.000Z");
    assert.deepEqual([at.who(key), at.who(rotated.key ?? "")], [id, id]);
    await at.clock.advance(dayMs);
    await failureOf(() => at.who(key), "auth-rejected");
    assert.equal((at.api.get(id).json as Shown)["old_key_until"], undefined);
    const last = at.api.rotate(id, { overlap_ms: 0 }).json as Shown;
    await failureOf(() => at.who(rotated.key ?? ""), "auth-rejected");
    assert.equal(at.who(last.key ?? ""), id);
  });

  it("revokes at once, and still lists the key", async () => {
    using at = await bench();
    const { id, key } = at.make({ user: "alice" });
    assert.equal(at.api.revoke(id).status, 200);
    await failureOf(() => at.who(key), "auth-rejected");
    const shown = at.api.get(id).json as Shown;
    assert.deepEqual([shown["status"], shown["user"]], ["revoked", "alice"]);
    for (const again of [at.api.revoke(id), at.api.rotate(id, {}), at.api.update(id, { rpm: 1 })]) {
      assert.equal(again.status, 409);
    }
  });

  it("shows when a key has expired", async () => {
    using at = await bench();
    const { id } = at.make({ expires_at: "2026-01-02" });
    await at.clock.advance(dayMs);
    assert.equal((at.api.get(id).json as Shown)["status"], "expired");
  });

  it("does not change keys of the configuration, and says where they are", async () => {
    using at = await bench();
    const answers = [at.api.update("fixed", { rpm: 1 }), at.api.rotate("fixed", {}), at.api.revoke("fixed")];
    for (const { status, json } of answers) {
      assert.equal(status, 409);
      const { error } = json as { readonly error: { readonly code: string; readonly message: string } };
      assert.equal(error.code, "invalid-request");
      assert.match(error.message, /defined in the configuration \(keys\[0\]\)/);
    }
    await using folder = await folderOf();
    const file = await folder.write(
      "keys.json",
      JSON.stringify([{ hash: `sha256:${digestOf("x")}`, id: "f" }]),
    );
    using kit = await keyringOf({ file });
    assert.match(JSON.stringify(keysApi(kit.keyring).revoke("f")), /entry 1 of the key file/);
  });

  it("does not know ids that are not there, and does not repeat keys that stand in their place", async () => {
    using at = await bench();
    const { key } = at.make({});
    for (const id of ["gone", "__proto__", "", key, configured.repeat(2)]) {
      for (const { status, json } of [at.api.get(id), at.api.update(id, {}), at.api.revoke(id)]) {
        assert.equal(status, 404, id);
        assert.ok(!JSON.stringify(json).includes("loom-") && !JSON.stringify(json).includes(configured));
      }
    }
  });

  const bodies: readonly (readonly [body: unknown, path: string])[] = [
    [[], ""],
    ["text", ""],
    [{ rpm: -1 }, "rpm"],
    [{ rpm: "60" }, "rpm"],
    [{ rpm: 1e300 }, "rpm"],
    [{ tpm: 0 }, "tpm"],
    [{ concurrent: 1.5 }, "concurrent"],
    [{ budget_usd: { limit: -5, per: "day" } }, "budget_usd.limit"],
    [{ budget_usd: 5 }, "budget_usd"],
    [{ models: "gpt-*" }, "models"],
    [{ models: [""] }, "models[0]"],
    [{ expires_at: "2020-01-01" }, "expires_at"],
    [{ expires_at: "soon" }, "expires_at"],
    [{ name: "a\nb" }, "name"],
    [{ disabled: "yes" }, "disabled"],
    [{ rmp: 5 }, "rmp"],
    [{ key: "my-own-key-0123456789" }, "key"],
    [JSON.parse('{ "__proto__": { "rpm": 1 } }'), "__proto__"],
  ];
  for (const [body, path] of bodies) {
    it(`refuses ${JSON.stringify(body).slice(0, 60)}`, async () => {
      using at = await bench();
      const { id } = at.make({});
      for (const { status, json } of [at.api.create(body), at.api.update(id, body)]) {
        assert.equal(status, 400);
        const { error } = json as { readonly error: { readonly code: string; readonly path?: string } };
        assert.equal(error.code, "invalid-request");
        assert.equal(error.path ?? "", path);
        assert.ok(!JSON.stringify(json).includes("my-own-key-0123456789"));
      }
      assert.equal(at.keyring.managed.rows.size, 1);
    });
  }

  it("refuses overlaps that are none, and users that change", async () => {
    using at = await bench();
    const { id } = at.make({});
    for (const body of [{ overlap_ms: -1 }, { overlap_ms: 1e12 }, { overlap: 1 }]) {
      assert.equal(at.api.rotate(id, body).status, 400);
    }
    assert.equal(at.api.update(id, { user: "mallory" }).status, 400);
  });

  it("answers and logs hold neither secret nor hash, but for the one answer that gives the secret", async () => {
    using at = await bench();
    const { id, key } = at.make({ user: "alice" });
    const rotated = at.api.rotate(id, {}).json as Shown;
    const said = [at.api.list(), at.api.get(id), at.api.update(id, { rpm: 1 }), at.api.revoke(id), at.logged];
    const text = JSON.stringify(said);
    for (const secret of [key, rotated.key ?? "", configured]) {
      assert.ok(!text.includes(secret));
      assert.ok(!text.includes(digestOf(secret)));
    }
  });
});
