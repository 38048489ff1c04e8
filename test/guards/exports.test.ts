/** The doors: both package files name the same ones, and what comes out of them changes only on purpose. */

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { read, root } from "./support/files.ts";

interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
}

interface DenoFile {
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
}

const node = JSON.parse(read("package.json")) as PackageFile;
const deno = JSON.parse(read("deno.json")) as DenoFile;
const typescript = JSON.parse(read("tsconfig.json")) as {
  readonly compilerOptions: { readonly paths: Readonly<Record<string, readonly string[]>> };
};

/** Doors whose names are watched. */
const watched = ["src/index.ts", "src/gateway.ts", "src/plugin.ts", "src/testing.ts"];
const listFile = new URL("test/guards/public-names.json", root);

/** `./dist/src/index.js` -> `./src/index.ts` */
const sourceOf = (built: string) => built.replace(/^(?:\.\/)?dist\//, "./").replace(/\.js$/, ".ts");

/** Everything that can be called by name at run time, door by door. Types leave no trace here. */
async function publicNames(): Promise<Record<string, readonly string[]>> {
  const names: Record<string, readonly string[]> = {};
  for (const door of watched) names[door] = Object.keys(await import(new URL(door, root).href)).sort();
  return names;
}

describe("the doors", () => {
  it("are the same for npm and JSR", () => {
    const ours: Record<string, string> = {};
    for (const [door, target] of Object.entries(node.exports)) {
      if (typeof target !== "string") ours[door] = sourceOf(target.default);
      else assert.equal(door, "./package.json", `${door} has no types`);
    }
    assert.deepEqual(ours, { ...deno.exports });
  });

  it("have types beside the code", () => {
    for (const [door, target] of Object.entries(node.exports)) {
      if (typeof target === "string") continue;
      assert.equal(target.types, target.default.replace(/\.js$/, ".d.ts"), door);
      assert.deepEqual(
        Object.keys(target),
        ["types", "default"],
        `${door}: the first condition that fits wins`,
      );
    }
  });

  it("lead to files", () => {
    const files = [...Object.values(deno.exports), ...Object.values(node.bin).map(sourceOf)];
    assert.deepEqual(files.filter((file) => !existsSync(new URL(file, root))), []);
    for (const file of Object.values(node.bin).map(sourceOf)) {
      assert.match(readFileSync(new URL(file, root), "utf8"), /^#!\/usr\/bin\/env node\n/, file);
    }
  });

  it("are what examples resolve the package's name to", () => {
    const expected = Object.entries(deno.exports).map(([door, file]) => [node.name + door.slice(1), [file]]);
    assert.deepEqual(typescript.compilerOptions.paths, Object.fromEntries(expected));
  });

  it("show the names that are written down", async () => {
    const names = await publicNames();
    for (const door of watched) assert.ok((names[door] ?? []).length > 0, `${door} exports nothing`);
    if (process.env["UPDATE"] === "1") writeFileSync(listFile, JSON.stringify(names, undefined, 2) + "\n");
    const written = JSON.parse(readFileSync(listFile, "utf8")) as unknown;
    assert.deepEqual(names, written, "what is public changed; if that is meant, run this test with UPDATE=1");
  });
});

describe("the package files", () => {
  it("agree on version and license", () => {
    assert.deepEqual([deno.version, deno.license], [node.version, node.license]);
    assert.match(node.version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/);
  });

  it("leave the compiler's options to tsconfig.json, which Deno would otherwise ignore", () => {
    assert.ok(!("compilerOptions" in deno));
  });
});
