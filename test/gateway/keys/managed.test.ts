/** Keys made while the gateway runs: rotation, expiry, revocation, and several processes on one file. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { fakeClock } from "../../../src/testing.ts";
import type { Principal } from "../../../src/gateway/options.ts";
import { memoryStore } from "../../../src/gateway/keys/managed-row.ts";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";
import { keyringOf } from "../support/keyrings.ts";

const dayMs = 86_400_000;

describe("managed keys", () => {
  it("close an open gateway with the first of them, for good", async () => {
    using kit = await keyringOf(undefined);
    const { id, secret } = kit.keyring.managed.create({});
    assert.equal(kit.keyring.open, false);
    assert.equal(kit.who(secret), id);
    kit.keyring.managed.revoke(id);
    assert.equal(kit.keyring.open, false, "revoking the last key must not let everybody in");
    await failureOf(() => kit.who(secret), "auth-rejected");
  });

  it("have the limits of their user and team", async () => {
    using kit = await keyringOf({ teams: { a: { tokensPerMinute: 9 } } });
    const { id, secret } = kit.keyring.managed.create({ team: "a", requestsPerMinute: 2 });
    const principal = kit.keyring.find({ "x-api-key": secret }) as Principal;
    assert.deepEqual(principal.allowances, [
      { scope: `key:${id}`, requestsPerMinute: 2 },
      { scope: "team:a", tokensPerMinute: 9 },
    ]);
  });

  it("work with the old secret until the overlap ends", async () => {
    using kit = await keyringOf(undefined);
    const { managed } = kit.keyring;
    const { id, secret: first } = managed.create({});
    const { secret: second } = managed.rotate(id, dayMs);
    assert.deepEqual([kit.who(first), kit.who(second)], [id, id]);
    await kit.clock.advance(dayMs - 1);
    assert.equal(kit.who(first), id);
    await kit.clock.advance(1);
    await failureOf(() => kit.who(first), "auth-rejected");
    assert.equal(kit.who(second), id);
  });

  it("have at most one old secret", async () => {
    using kit = await keyringOf(undefined);
    const { managed } = kit.keyring;
    const { id, secret: first } = managed.create({});
    const { secret: second } = managed.rotate(id, dayMs);
    const { secret: third } = managed.rotate(id, dayMs);
    await failureOf(() => kit.who(first), "auth-rejected");
    assert.deepEqual([kit.who(second), kit.who(third)], [id, id]);
    const { secret: fourth } = managed.rotate(id, 0);
    for (const old of [first, second, third]) await failureOf(() => kit.who(old), "auth-rejected");
    assert.equal(kit.who(fourth), id);
    assert.equal(managed.table.size, 1);
  });

  it("end with both secrets at their date, when disabled, and when revoked", async () => {
    using kit = await keyringOf(undefined);
    const { managed } = kit.keyring;
    const { id, secret: first } = managed.create({ expiresAt: "2026-01-01T01:00:00Z" });
    const { secret: second } = managed.rotate(id, dayMs);
    managed.update(id, { disabled: true });
    for (const secret of [first, second]) await failureOf(() => kit.who(secret), "auth-rejected");
    managed.update(id, { disabled: undefined });
    assert.deepEqual([kit.who(first), kit.who(second)], [id, id]);
    await kit.clock.advance(3_600_000);
    for (const secret of [first, second]) await failureOf(() => kit.who(secret), "auth-rejected");
    managed.update(id, { expiresAt: undefined });
    assert.deepEqual([kit.who(first), kit.who(second)], [id, id]);
    managed.revoke(id);
    for (const secret of [first, second]) await failureOf(() => kit.who(secret), "auth-rejected");
  });

  it("once revoked cannot be changed, rotated or revoked again", async () => {
    using kit = await keyringOf(undefined);
    const { managed } = kit.keyring;
    const { id } = managed.create({});
    managed.revoke(id);
    const attempts = [() => managed.update(id, {}), () => managed.rotate(id, 0), () => managed.revoke(id)];
    for (const attempt of attempts) {
      const error = await failureOf(attempt, "invalid-request");
      assert.equal(error.status, 409);
    }
  });

  it("in memory outlive the keyring, and are shared, where their store is", async () => {
    const store = memoryStore();
    const clock = fakeClock();
    using old = await keyringOf(undefined, { clock, store });
    const { id, secret } = old.keyring.managed.create({});
    using young = await keyringOf(undefined, { clock, store });
    assert.equal(young.keyring.open, false, "a new configuration must not let everybody in");
    assert.equal(young.who(secret), id);
    young.keyring.managed.revoke(id);
    await clock.advance(2000);
    await failureOf(() => old.who(secret), "auth-rejected");
  });

  it("are not made to expire in the past", async () => {
    using kit = await keyringOf(undefined);
    for (const expiresAt of ["2025-12-31", "2026-01-01T00:00:00Z", "soon"]) {
      await failureOf(() => kit.keyring.managed.create({ expiresAt }), "invalid-request");
    }
    assert.equal(kit.keyring.open, true);
  });
});

describe("a file of managed keys", () => {
  it("outlives the process, without the secrets", async () => {
    await using folder = await folderOf();
    const file = folder.file("loom.db");
    const clock = fakeClock();
    let made: { readonly id: string; readonly secret: string };
    let rotated: { readonly secret: string };
    {
      using kit = await keyringOf(undefined, { clock, file });
      made = kit.keyring.managed.create({ user: "alice", models: ["gpt-*"] });
      rotated = kit.keyring.managed.rotate(made.id, dayMs);
    }
    using kit = await keyringOf(undefined, { clock, file });
    assert.equal(kit.keyring.open, false);
    assert.deepEqual([kit.who(made.secret), kit.who(rotated.secret)], [made.id, made.id]);
    const bytes = await readFile(file, "latin1") + await readFile(`${file}-wal`, "latin1").catch(() => "");
    assert.ok(bytes.includes("alice"), "the settings are there");
    for (const secret of [made.secret, rotated.secret]) assert.ok(!bytes.includes(secret.slice(5)));
  });

  it("shows each process within 2 s what another changed", async () => {
    await using folder = await folderOf();
    const file = folder.file("loom.db");
    const clock = fakeClock();
    using first = await keyringOf(undefined, { clock, file });
    using second = await keyringOf(undefined, { clock, file });
    const { id, secret } = first.keyring.managed.create({});
    assert.equal(second.keyring.open, true, "not looked yet");
    await clock.advance(2000);
    assert.equal(second.keyring.open, false);
    assert.equal(second.who(secret), id);
    second.keyring.managed.update(id, { disabled: true });
    await clock.advance(2000);
    await failureOf(() => first.who(secret), "auth-rejected");
    first.keyring.managed.update(id, { disabled: undefined });
    await clock.advance(2000);
    assert.equal(second.who(secret), id);
    first.keyring.managed.revoke(id);
    assert.equal(second.who(secret), id, "not looked yet");
    await clock.advance(2000);
    await failureOf(() => second.who(secret), "auth-rejected");
    assert.deepEqual([...first.logged, ...second.logged], []);
  });

  it("keeps what two processes change of one key at the same moment", async () => {
    await using folder = await folderOf();
    const file = folder.file("loom.db");
    const clock = fakeClock();
    using first = await keyringOf(undefined, { clock, file });
    const { id } = first.keyring.managed.create({});
    using second = await keyringOf(undefined, { clock, file });
    first.keyring.managed.update(id, { requestsPerMinute: 5 });
    second.keyring.managed.update(id, { models: ["gpt-*"] });
    await clock.advance(2000);
    for (const { keyring } of [first, second]) {
      assert.deepEqual(keyring.managed.rows.get(id)?.settings, { requestsPerMinute: 5, models: ["gpt-*"] });
    }
    first.keyring.managed.revoke(id);
    await failureOf(() => second.keyring.managed.rotate(id, 0), "invalid-request");
  });

  it("may hold tables of others, whose changes are not news", async () => {
    await using folder = await folderOf();
    const file = folder.file("loom.db");
    using kit = await keyringOf(undefined, { file });
    const { id, secret } = kit.keyring.managed.create({});
    const row = kit.keyring.managed.rows.get(id);
    const other = new DatabaseSync(file);
    other.exec("CREATE TABLE usage (n INTEGER); INSERT INTO usage VALUES (1)");
    await kit.clock.advance(2000);
    assert.equal(kit.keyring.managed.rows.get(id), row, "the row was not read again");
    assert.equal(kit.who(secret), id);
    other.close();
  });

  it("with a row that cannot be read refuses that key, and says so", async () => {
    await using folder = await folderOf();
    const file = folder.file("loom.db");
    using kit = await keyringOf(undefined, { file });
    const broken = kit.keyring.managed.create({ requestsPerMinute: 1 });
    const good = kit.keyring.managed.create({});
    const other = new DatabaseSync(file);
    other.prepare("UPDATE gateway_keys SET settings = '{', change = 99 WHERE id = ?").run(broken.id);
    other.close();
    await kit.clock.advance(2000);
    await failureOf(() => kit.who(broken.secret), "auth-rejected");
    assert.equal(kit.who(good.secret), good.id);
    assert.match(kit.logged.join(), new RegExp(`error: key "${broken.id}" .* cannot be read`));
    await failureOf(() => kit.keyring.managed.rotate(broken.id, 0), "internal");
  });

  it("that is busy makes a change fail, not the gateway", async () => {
    await using folder = await folderOf();
    const file = folder.file("loom.db");
    using kit = await keyringOf(undefined, { file });
    const { id, secret } = kit.keyring.managed.create({});
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    const error = await failureOf(() => kit.keyring.managed.revoke(id), "internal");
    assert.equal(error.status, 503);
    assert.equal(kit.who(secret), id, "still as the file says");
    other.exec("ROLLBACK");
    other.close();
    kit.keyring.managed.revoke(id);
    await failureOf(() => kit.who(secret), "auth-rejected");
  });

  it("that is no file of SQLite is named at the start", async () => {
    await using folder = await folderOf({
      "loom.db": "this is a text and no database, and long enough to tell",
    });
    const error = await failureOf(keyringOf(undefined, { file: folder.file("loom.db") }), "config-invalid");
    assert.match(error.message, /loom\.db cannot be opened as a file of SQLite/);
  });

  it("leaves no timer behind", async () => {
    await using folder = await folderOf();
    const kit = await keyringOf(undefined, { file: folder.file("loom.db") });
    assert.equal(kit.clock.pending, 1);
    kit.keyring.close();
    kit.keyring.close();
    assert.equal(kit.clock.pending, 0);
  });
});
