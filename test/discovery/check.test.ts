/** What a plugin module may export, and what is said of everything else. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { checkOptions, checkPlugin } from "../../src/discovery/check.ts";
import { pluginKinds } from "../../src/discovery/kinds.ts";
import type { Plugin } from "../../src/plugin.ts";
import { failureOf } from "../support/failure.ts";

const good = { api: 1, kind: "sink", id: "paper", make: () => ({ write() {} }) };

describe("checkPlugin()", () => {
  it("gives a good plugin back, of every kind", () => {
    for (const kind of pluginKinds) {
      const plugin = { ...good, kind };
      assert.equal(checkPlugin(plugin, "here"), plugin);
    }
  });

  const rows: readonly (readonly [what: string, value: unknown, says: RegExp])[] = [
    ["nothing", undefined, /must export a plugin as default, made with definePlugin; it exports nothing/],
    ["null", null, /exports null/],
    ["a function", () => good, /exports a function/],
    ["a string", "sink", /exports a string/],
    ["no version", { ...good, api: undefined }, /speaks version undefined .*this Loom speaks 1/],
    ["a later version", { ...good, api: 2 }, /speaks version 2/],
    ["an unknown kind", { ...good, kind: "snik" }, /unknown kind "snik"; kinds are provider, dialect, vault/],
    ["no kind", { ...good, kind: undefined }, /unknown kind/],
    ["an id with a slash", { ...good, id: "a/b" }, /has the id "a\/b"; ids are letters/],
    ["an empty id", { ...good, id: "" }, /has the id ""/],
    ["an id that climbs", { ...good, id: "../x" }, /has the id "\.\.\/x"/],
    ["no make", { ...good, make: undefined }, /has no function make\(use, options\)/],
  ];
  for (const [what, value, says] of rows) {
    it(`refuses ${what}, naming where it came from`, async () => {
      const error = await failureOf(() => checkPlugin(value, "./acme.ts"), "plugin-invalid");
      assert.match(error.message, says);
      assert.match(error.message, /^plugin \.\/acme\.ts /);
      assert.equal(error.data.plugin, "./acme.ts");
    });
  }
});

describe("checkOptions()", () => {
  const options = z.strictObject({
    ttl: z.number().default(60),
    servers: z.array(z.object({ port: z.int() })).default([]),
  });
  const plugin = { ...good, options } as unknown as Plugin;

  it("fills in defaults", () => {
    assert.deepEqual(checkOptions(plugin, {}, "cache"), { ttl: 60, servers: [] });
  });

  const rows: readonly (readonly [given: Record<string, unknown>, path: string, says: RegExp])[] = [
    [{ ttl: "60" }, "cache.ttl", /cache\.ttl of sink "paper": .*number.*, but is "60"/],
    [{ servers: [{ port: 1 }, { port: 1.5 }] }, "cache.servers.1.port", /but is 1\.5/],
    [{ tll: 60 }, "cache.tll", /tll/],
  ];
  for (const [given, path, says] of rows) {
    it(`names path and value: ${JSON.stringify(given)}`, async () => {
      const error = await failureOf(() => checkOptions(plugin, given, "cache"), "config-invalid");
      assert.equal(error.data.path, path);
      assert.match(error.message, says);
    });
  }

  it("refuses options of a plugin that takes none", async () => {
    const plain = good as unknown as Plugin;
    assert.equal(checkOptions(plain, {}, "sinks[0]"), undefined);
    const error = await failureOf(() => checkOptions(plain, { ttl: 5 }, "sinks[0]"), "config-invalid");
    assert.equal(error.message, 'sinks[0].ttl: sink "paper" takes no options');
  });
});
