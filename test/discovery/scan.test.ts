/** The project's plugin folder: what counts as a plugin, what is passed over, and that nothing is imported. */

import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { scanPlugins } from "../../src/discovery/scan.ts";
import { failureOf } from "../support/failure.ts";
import { folderOf } from "../support/folder.ts";

const bomb = "throw new Error('nobody may import this');";

describe("scanPlugins()", () => {
  it("finds modules, folders with an index, and manifests, without importing them", async () => {
    await using folder = await folderOf({
      "plugins/sinks/paper.ts": bomb,
      "plugins/sinks/stone.js": bomb,
      "plugins/vaults/safe/index.mjs": bomb,
      "plugins/vaults/safe/helper.ts": bomb,
      "plugins/strategies/mine.mjs": bomb,
      "plugins/middleware/shout.ts": bomb,
      "plugins/providers/newco.yaml": "",
      "plugins/providers/oldco.yml": "",
      "plugins/providers/code.ts": bomb,
    });
    const found = await scanPlugins(folder.file("plugins"));
    assert.deepEqual(
      found.map(({ kind, id, manifest }) => `${kind} ${id}${manifest ? " (manifest)" : ""}`).sort(),
      [
        "middleware shout",
        "provider code",
        "provider newco (manifest)",
        "provider oldco (manifest)",
        "sink paper",
        "sink stone",
        "strategy mine",
        "vault safe",
      ],
    );
    assert.ok(found.every(({ file }) => file.startsWith(folder.path)));
  });

  it("passes over what is no plugin", async () => {
    await using folder = await folderOf({
      "plugins/sinks/types.d.ts": bomb,
      "plugins/sinks/_shared.ts": bomb,
      "plugins/sinks/.hidden.ts": bomb,
      "plugins/sinks/readme.md": "",
      "plugins/sinks/data.yaml": "",
      "plugins/sinks/empty/other.ts": bomb,
      "plugins/things/thing.ts": bomb,
      "plugins/loose.ts": bomb,
    });
    assert.deepEqual(await scanPlugins(folder.file("plugins")), []);
  });

  it("takes a folder that is not there for an empty one, and a file too", async () => {
    await using folder = await folderOf({ plugins: "not a folder" });
    assert.deepEqual(await scanPlugins(folder.file("nothing")), []);
    assert.deepEqual(await scanPlugins(folder.file("plugins")), []);
  });

  it("says when a folder cannot be read, rather than finding nothing", async () => {
    await using folder = await folderOf({ "plugins/sinks/paper.ts": bomb });
    await symlink("vaults", folder.file("plugins/vaults"));
    const error = await failureOf(scanPlugins(folder.file("plugins")), "plugin-invalid");
    assert.match(error.message, /vaults.*cannot be read/);
  });

  it("does not take Loom's own plugins for those of a project", async () => {
    assert.deepEqual(await scanPlugins(fileURLToPath(new URL("../../plugins", import.meta.url))), []);
  });
});
