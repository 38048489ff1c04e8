/** Keys in a file of their own: read, read again, and kept when the new content is broken. */

import assert from "node:assert/strict";
import { chmod, rename, rm, writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { digestOf } from "../../../src/gateway/keys/digest.ts";
import type { Principal } from "../../../src/gateway/options.ts";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";
import { keyringOf, letLook } from "../support/keyrings.ts";

const alice = "alice-key-0123456789";
const bob = "bob-key-0123456789abc";

async function fileOf(text: string, mode = 0o600) {
  const folder = await folderOf();
  const path = folder.file("keys.yaml");
  const write = async (content: string, newMode = mode) => {
    // As editors and Kubernetes do it: a new file in place of the old one.
    await writeFile(`${path}.new`, content, { mode: newMode });
    await chmod(`${path}.new`, newMode);
    await rename(`${path}.new`, path);
  };
  await write(text);
  return { path, write, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe("a key file", () => {
  const texts: readonly (readonly [string, string])[] = [
    [
      "YAML",
      `- key: ${alice}\n  id: a\n  rpm: 5\n  budget_usd: { limit: 2, per: week }\n  expires_at: 2027-01-01`,
    ],
    [
      "JSON",
      JSON.stringify([{
        key: alice,
        id: "a",
        rpm: 5,
        budget_usd: [{ limit: 2, per: "week" }],
        expires_at: "2027-01-01",
      }]),
    ],
    [
      "JSON in the words of options",
      JSON.stringify([{
        key: alice,
        id: "a",
        requestsPerMinute: 5,
        budgets: [{ limitUsd: 2, per: "week" }],
        expiresAt: "2027-01-01",
      }]),
    ],
  ];
  for (const [name, text] of texts) {
    it(`may be ${name}`, async () => {
      await using file = await fileOf(text);
      using kit = await keyringOf({ file: file.path });
      assert.deepEqual((kit.keyring.find({ "x-api-key": alice }) as Principal).allowances, [
        { scope: "key:a", requestsPerMinute: 5, budgets: [{ limitUsd: 2, per: "week" }] },
      ]);
    });
  }

  it("stands beside the list, and closes the gateway even when it is empty", async () => {
    await using file = await fileOf("[]");
    using kit = await keyringOf({ file: file.path });
    assert.equal(kit.keyring.open, false);
    using both = await keyringOf({ list: [{ key: bob, id: "b" }], file: file.path });
    assert.equal(both.who(bob), "b");
  });

  it("is read again when it changes", async () => {
    await using file = await fileOf(`- { key: ${alice}, id: a }`);
    using kit = await keyringOf({ file: file.path, teams: { t: { requestsPerMinute: 1 } } });
    await file.write(`- { key: ${bob}, id: b, team: t }`);
    assert.equal(kit.who(alice), "a");
    await letLook(kit.clock);
    await failureOf(() => kit.who(alice), "auth-rejected");
    assert.equal(kit.who(bob), "b");
    assert.deepEqual(kit.keyring.fixed().map(({ id }) => id), ["b"]);
    assert.deepEqual(kit.logged, []);
  });

  const broken: readonly (readonly [string, string, RegExp])[] = [
    ["no YAML", `- { key: ${alice}`, /neither YAML nor JSON: \w+ in line 1/],
    ["no list", `key: ${alice}`, /not as expected/],
    ["a text", alice, /not as expected/],
    ["nothing", "", /not as expected/],
    ["a short key", "- { key: short-key }", /\[0\]\.key must have at least 16/],
    ["a key that the list has", `- { key: ${bob} }`, /\[0\]\.key is the same key as keys\[0\]/],
    ["an id that the list has", `- { key: ${alice}, id: b }`, /\[0\]\.id "b" is the id of keys\[0\]/],
    ["an unknown field", `- { key: ${alice}, rmp: 1 }`, /\[0\] has unknown fields: rmp/],
    ["a key as a field", `- { ${alice}: 1 }`, /\[0\] has unknown fields: …/],
    ["a negative limit", `- { key: ${alice}, rpm: -1 }`, /\[0\]\.rpm .*whole number above 0/],
    ["an alias to nothing", `- { key: *${alice} }`, /aliases|UNRESOLVED|neither/],
  ];
  for (const [name, text, problem] of broken) {
    it(`with ${name} is refused at the start, and later kept out`, async () => {
      const list = [{ key: bob, id: "b" }];
      await using bad = await fileOf(text);
      const error = await failureOf(keyringOf({ list, file: bad.path }), "config-invalid");
      assert.match(error.message, problem);
      assert.ok(error.message.includes(bad.path));
      await using file = await fileOf(`- { key: ${alice}, id: a }`);
      using kit = await keyringOf({ list, file: file.path });
      await file.write(text);
      await letLook(kit.clock);
      await letLook(kit.clock);
      assert.equal(kit.who(alice), "a");
      assert.equal(kit.logged.length, 1, "said once");
      assert.match(kit.logged[0] ?? "", problem);
      assert.match(kit.logged[0] ?? "", /^error: .*stay in use/);
      for (const secret of [alice, bob]) assert.ok(!`${error.message}${kit.logged}`.includes(secret));
      await file.write(`- { key: ${alice}, id: c }`);
      await letLook(kit.clock);
      assert.equal(kit.who(alice), "c");
      assert.match(kit.logged[1] ?? "", /good again/);
    });
  }

  it("that is gone keeps its keys", async () => {
    await using file = await fileOf(`- { key: ${alice}, id: a }`);
    using kit = await keyringOf({ file: file.path });
    await rm(file.path);
    await letLook(kit.clock);
    await letLook(kit.clock);
    assert.equal(kit.who(alice), "a");
    assert.deepEqual(kit.logged.length, 1);
    assert.match(kit.logged[0] ?? "", /cannot be read \(ENOENT\)/);
    await file.write(`- { key: ${bob}, id: b }`);
    await letLook(kit.clock);
    assert.equal(kit.who(bob), "b");
  });

  it("that was never there is named", async () => {
    const error = await failureOf(keyringOf({ file: "/nowhere/keys.yaml" }), "config-invalid");
    assert.match(error.message, /\/nowhere\/keys\.yaml cannot be read \(ENOENT\)/);
    assert.match(
      (await failureOf(keyringOf({ file: "/tmp" }), "config-invalid")).message,
      /\/tmp is no file|EISDIR/,
    );
  });

  const hash = `- { hash: "sha256:${digestOf(alice)}", id: a }`;
  const modes: readonly (readonly [string, string, number, RegExp | undefined])[] = [
    ["keys for its owner alone", `- { key: ${alice} }`, 0o600, undefined],
    ["keys that others may read", `- { key: ${alice} }`, 0o640, /can be read by others.*mode 640.*chmod 600/],
    ["keys that others may write", `- { key: ${alice} }`, 0o602, /can be written by others.*mode 602/],
    ["hashes that others may read", hash, 0o644, undefined],
    ["hashes that others may write", hash, 0o664, /can be written by others/],
  ];
  for (const [name, text, mode, problem] of modes) {
    it(`of ${name} is ${problem ? "refused" : "good"}`, async () => {
      await using file = await fileOf(text, mode);
      if (problem === undefined) {
        using kit = await keyringOf({ file: file.path });
        return assert.ok(kit.who(alice));
      }
      assert.match((await failureOf(keyringOf({ file: file.path }), "config-invalid")).message, problem);
    });
  }

  it("leaves no timer behind", async () => {
    await using file = await fileOf("[]");
    const kit = await keyringOf({ file: file.path });
    kit.keyring.close();
    assert.equal(kit.clock.pending, 0);
  });
});
