/** Every dependency is accounted for in docs/dependencies.md, and is really used. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { filesIn, read } from "./support/files.ts";

interface PackageFile {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const installed = JSON.parse(read("package.json")) as PackageFile;
const page = "docs/dependencies.md";

/** Under each heading of the page, its table: first column -> the other columns. */
function tables(): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, Map<string, readonly string[]>>();
  for (const section of read(page).split(/^## /m).slice(1)) {
    const rows = new Map<string, readonly string[]>();
    for (const [, name = "", rest = ""] of section.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)) {
      assert.ok(!rows.has(name), `${page} lists ${name} twice`);
      rows.set(name, rest.split("|").map((cell) => cell.trim()));
    }
    found.set(section.slice(0, section.indexOf("\n")), rows);
  }
  return found;
}

/** Packages that nobody imports, and who uses them. */
const unimported: Readonly<Record<string, string>> = {
  "@types/node": "the compilers",
  "@types/opossum": "the compilers",
  "@types/papaparse": "the compilers",
  deno: "scripts",
  node: "scripts",
  tsx: "scripts",
  typescript: "scripts",
};

describe(page, () => {
  const accounts = tables();

  const optional = Object.keys(installed.peerDependencies ?? {});
  const expected = {
    "At run time": Object.keys(installed.dependencies),
    "Optional, when a plugin needs them": optional,
    "For development": Object.keys(installed.devDependencies).filter((name) => !optional.includes(name)),
  };
  for (const [heading, names] of Object.entries(expected)) {
    it(`lists under "${heading}" what is in package.json, and no other`, () => {
      assert.deepEqual([...accounts.get(heading)?.keys() ?? []].sort(), names.sort());
    });
  }

  it("optional packages are installed for the tests, and never with Loom", () => {
    assert.deepEqual(optional.filter((name) => installed.devDependencies[name] === undefined), []);
    assert.deepEqual(
      optional.filter((name) => installed.peerDependenciesMeta?.[name]?.optional !== true),
      [],
    );
  });

  it("says of each what for, why this one and what it weighs", () => {
    for (const rows of accounts.values()) {
      for (const [name, cells] of rows) {
        assert.equal(cells.length, 3, name);
        assert.ok(cells.every((cell) => cell !== ""), `${name} has an empty cell`);
        assert.match(cells[2] ?? "", /^\d+(?:\.\d+)? MB$/, `${name}: weight`);
      }
    }
  });
});

describe("dependencies", () => {
  const texts = (folders: readonly string[]) =>
    folders.flatMap((folder) => filesIn(folder, ".ts")).map(read).join("\n");
  const idle = (names: readonly string[], text: string) =>
    names.filter((name) => {
      const quoted = new RegExp(`["']${name.replaceAll("/", "\\/")}(?:\\/[^"']*)?["']`);
      return unimported[name] === undefined && !quoted.test(text);
    });

  it("of the runtime are imported by it", () => {
    assert.deepEqual(idle(Object.keys(installed.dependencies), texts(["src", "plugins"])), []);
  });

  it("of development are used by tests, scripts or examples", () => {
    assert.deepEqual(idle(Object.keys(installed.devDependencies), texts(["test", "examples"])), []);
  });

  it("are not excused without need", () => {
    const all = { ...installed.dependencies, ...installed.devDependencies };
    assert.deepEqual(Object.keys(unimported).filter((name) => all[name] === undefined), []);
  });
});
