/** The registry: order of sources, clashes, laziness, and manifests that may not take what is not theirs. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Bundle, createRegistry, type RegistrySources } from "../../src/discovery/registry.ts";
import type { Manifest, Plugin } from "../../src/plugin.ts";
import { failureOf } from "../support/failure.ts";
import { folderOf, manifestText, pluginText } from "../support/folder.ts";
import { bareLoom } from "../support/looms.ts";

const openai: Manifest = {
  id: "openai",
  label: "OpenAI",
  dialect: "openai-chat",
  baseUrl: "https://api.openai.com/v1",
  auth: { type: "bearer", env: ["OPENAI_API_KEY"] },
  sources: [],
};

function bundleOf(plugins: Bundle["plugins"] = {}): Bundle {
  return { manifests: { openai }, plugins };
}

function registryOf(sources: Partial<RegistrySources> = {}) {
  return createRegistry({ given: [], folder: false, bundle: bundleOf(), ...sources });
}

function sink(id: string): Plugin {
  return { api: 1, kind: "sink", id, make: () => ({ write() {} }) };
}

describe("createRegistry()", () => {
  it("knows given, found and bundled plugins with their origin", async () => {
    await using folder = await folderOf({
      "sinks/stone.mjs": pluginText("sink", "stone"),
      "providers/newco.yaml": manifestText("https://api.newco.example", "NEWCO_KEY"),
    });
    const registry = await registryOf({
      given: [sink("paper")],
      folder: folder.path,
      bundle: bundleOf({ "sink/log": () => Promise.resolve({ default: sink("log") }) }),
    });
    assert.deepEqual(
      registry.list().map(({ kind, id, origin, manifest }) => [`${kind}/${id}`, origin, manifest]),
      [
        ["provider/openai", "bundled", true],
        ["sink/log", "bundled", false],
        ["sink/paper", "code", false],
        ["provider/newco", folder.file("providers/newco.yaml"), true],
        ["sink/stone", folder.file("sinks/stone.mjs"), false],
      ].sort((a, b) => order(a) - order(b)),
    );
    assert.equal(registry.manifest("newco")?.baseUrl, "https://api.newco.example");
    for (const id of ["log", "paper", "stone"]) assert.equal((await registry.plugin("sink", id)).id, id);
    assert.deepEqual(registry.given("sink").map(({ id }) => id), ["paper"]);
    assert.ok(registry.has("sink", "stone") && !registry.has("vault", "stone"));
  });

  const clashes: readonly (readonly [
    what: string,
    given: (file: string) => RegistrySources["given"],
    files: Record<string, string>,
    names: RegExp,
  ])[] = [
    ["two given", () => [sink("a"), sink("a")], {}, /sink\/a: one from code, one from code/],
    ["given and bundled", () => [sink("log")], {}, /sink\/log: one from bundled, one from code/],
    ["found and bundled", () => [], { "sinks/log.mjs": "" }, /one from bundled, one from .*sinks.log\.mjs/],
    ["found and given", () => [sink("a")], { "sinks/a.ts": "" }, /one from code, one from .*sinks.a\.ts/],
    [
      "two found",
      () => [],
      { "sinks/a.ts": "", "sinks/a/index.ts": "" },
      /a.index\.ts.*a\.ts|a\.ts.*a.index\.ts/,
    ],
    ["a given path and a found one", (file) => [file], {
      "x.mjs": pluginText("sink", "a"),
      "sinks/a.ts": "",
    }, /x\.mjs, one from .*a\.ts/],
    ["a manifest and a bundled one", () => [], {
      "providers/openai.yaml": manifestText("https://api.openai.com/v1"),
    }, /provider\/openai: one from bundled, one from .*openai\.yaml/],
  ];
  for (const [what, given, files, names] of clashes) {
    it(`refuses a clash of ids, naming both origins: ${what}`, async () => {
      await using folder = await folderOf(files);
      const error = await failureOf(
        registryOf({
          given: given(folder.file("x.mjs")),
          folder: folder.path,
          bundle: bundleOf({ "sink/log": () => Promise.resolve({ default: sink("log") }) }),
        }),
        "plugin-invalid",
      );
      assert.match(error.message, names);
      assert.match(error.message, /two plugins are called .*rename or remove one/);
    });
  }

  it("the same id of two kinds is no clash", async () => {
    const vault: Plugin = { ...sink("a"), kind: "vault" };
    const registry = await registryOf({ given: [sink("a"), vault] });
    assert.equal((await registry.plugin("vault", "a")).kind, "vault");
  });

  it("loads code on first use, once; a broken plugin that nobody uses harms nobody", async () => {
    let loads = 0;
    await using folder = await folderOf({ "sinks/bomb.mjs": "throw new Error('boom');" });
    const registry = await registryOf({
      folder: folder.path,
      bundle: bundleOf({
        "sink/log": () => {
          loads++;
          return Promise.resolve({ default: sink("log") });
        },
      }),
    });
    assert.equal(loads, 0);
    await Promise.all([registry.plugin("sink", "log"), registry.plugin("sink", "log")]);
    await registry.plugin("sink", "log");
    assert.equal(loads, 1);
    const error = await failureOf(registry.plugin("sink", "bomb"), "plugin-invalid");
    assert.match(error.message, /bomb\.mjs failed while loading: boom/);
  });

  it("tries a load that failed again", async () => {
    let loads = 0;
    const registry = await registryOf({
      bundle: bundleOf({
        "sink/log": () =>
          ++loads === 1 ? Promise.reject(new Error("offline")) : Promise.resolve({ default: sink("log") }),
      }),
    });
    await assert.rejects(registry.plugin("sink", "log"), /offline/);
    assert.equal((await registry.plugin("sink", "log")).id, "log");
  });

  it("refuses a found plugin whose path and words differ", async () => {
    await using folder = await folderOf({
      "sinks/stone.mjs": pluginText("sink", "paper"),
      "sinks/safe.mjs": pluginText("vault", "safe"),
    });
    const registry = await registryOf({ folder: folder.path });
    for (
      const [id, says] of [["stone", /calls itself sink "paper"/], [
        "safe",
        /calls itself vault "safe"/,
      ]] as const
    ) {
      const error = await failureOf(registry.plugin("sink", id), "plugin-invalid");
      assert.match(error.message, says);
      assert.match(error.message, new RegExp(`its path says sink "${id}"; make them agree`));
    }
  });

  it("names what there is when something is asked for that is not", async () => {
    const registry = await registryOf({ given: [sink("b"), sink("a")] });
    const error = await failureOf(registry.plugin("sink", "c"), "plugin-invalid");
    assert.match(
      error.message,
      /no sink "c"; known are a, b\. Give it in plugins: \[\.\.\.\], or put it into plugins\/sinks\//,
    );
    const other = await failureOf(registry.plugin("strategy", "c"), "plugin-invalid");
    assert.match(other.message, /known are none.*plugins\/strategies\//);
  });

  it("adds vendors at run time, under the same rules", async () => {
    const registry = await registryOf();
    const newco: Manifest = {
      ...openai,
      id: "newco",
      baseUrl: "https://newco.example",
      auth: { type: "none" },
    };
    registry.addManifest(newco, "here");
    assert.equal(registry.manifest("newco"), newco);
    await failureOf(() => registry.addManifest(newco, "there"), "plugin-invalid");
    await failureOf(
      () => registry.addManifest({ ...newco, id: "thief", auth: openai.auth }, "there"),
      "plugin-invalid",
    );
  });
});

describe("the plugin folder of a Loom", () => {
  it("makes a manifest in it a provider, and refuses one that would take a bundled vendor's key", async () => {
    const { startFakeVendor } = await import("../../src/testing.ts");
    const vendor = await startFakeVendor();
    await using folder = await folderOf({ "providers/newco.yaml": manifestText(vendor.url, "NEWCO_KEY") });
    {
      await using loom = bareLoom({ pluginFolder: folder.path, variables: { NEWCO_KEY: "nk-1" } });
      const result = await loom.generate({ model: "newco/any", prompt: "hi" });
      assert.equal(result.provider, "newco");
      assert.equal(vendor.requests[0]?.headers["authorization"], "Bearer nk-1");
    }
    await folder.write("providers/thief.yaml", manifestText("https://thief.example/v1", "OPENAI_API_KEY"));
    await using loom = bareLoom({ pluginFolder: folder.path, variables: { OPENAI_API_KEY: "sk-1" } });
    const error = await failureOf(loom.open(), "plugin-invalid");
    assert.match(
      error.message,
      /thief.*would send OPENAI_API_KEY, the key of OpenAI, to https:\/\/thief\.example/,
    );
    assert.match(error.message, /providers\.openai\.baseUrl/);
    await vendor.close();
  });
});

/** Bundled manifests, bundled code, given, found; found ones by kind. */
function order([key, origin]: readonly (string | boolean)[]): number {
  const rank = origin === "bundled" ? 0 : origin === "code" ? 1 : 2;
  return rank * 10 + (String(key).startsWith("provider") ? 0 : 1);
}
