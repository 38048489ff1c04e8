/** Imports point inward only, as DESIGN section 1 says, and what is heavy loads when it is needed. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Import, importMap, reachedFrom } from "./support/imports.ts";
import { faultOf } from "./support/judge.ts";
import { within } from "./support/rooms.ts";
import { source } from "./support/source.ts";

const files = importMap();
/** Files beside `src/runtime` and `src/cli` that name the process, and why. */
const processExceptions: Readonly<Record<string, string>> = {
  "plugins/sinks/log/index.ts": "writes to the standard streams, which is what this sink is for",
};

/** Not loaded by `import "loom-router"`: each waits until something needs it. */
const lazy = /^(?:yaml|zod|undici|tsyringe|reflect-metadata|@opentelemetry\/.*)(?:\/|$)/;

/** Rooms that are opened with the first call. */
const lazyRooms = ["src/wire", "src/vendor", "src/discovery/registry.ts", "src/di", "plugins"];

/** Imports and what is wrong with them. */
const judged: readonly (readonly [path: string, kind: Import["kind"], specifier: string, fault?: RegExp])[] =
  [
    ["src/contract/call.ts", "type", "../errors/index.ts", /imports src\/errors/],
    ["src/util/content.ts", "type", "../contract/part.ts"],
    ["src/util/content.ts", "static", "../contract/part.ts", /at run time/],
    ["src/errors/table.ts", "static", "../util/content.ts", /imports src\/util/],
    ["src/kernel/reply.ts", "static", "node:fs", /the package node:fs/],
    ["src/wire/http.ts", "dynamic", "undici"],
    ["src/wire/http.ts", "type", "../kernel/reply.ts", /imports src\/kernel/],
    ["src/middleware/retry.ts", "static", "../wire/http.ts", /imports src\/wire/],
    ["src/middleware/retry.ts", "static", "../kernel/gone.ts", /does not exist/],
    ["src/client/loom.ts", "static", "../cli/main.ts", /imports src\/cli/],
    ["src/client/loom.ts", "static", "tsyringe", /only src\/di\/container\.ts/],
    ["src/di/container.ts", "static", "tsyringe"],
    ["src/client/loom.ts", "dynamic", "left-pad", /does not declare/],
    ["src/client/loom.ts", "computed", "", /computed/],
    ["src/new-room/a.ts", "type", "../contract/call.ts", /no room/],
    ["plugins/sinks/log/index.ts", "static", "../../../src/plugin.ts"],
    ["plugins/sinks/log/index.ts", "static", "./line.ts"],
    ["plugins/sinks/log/index.ts", "type", "../../../src/contract/sink.ts", /imports src\/contract/],
    ["plugins/sinks/log/index.ts", "static", "../../caches/memory/copy.ts", /imports plugins\/caches/],
  ];

describe("import directions", () => {
  for (const [path, kind, specifier, fault] of judged) {
    it(`${fault === undefined ? "allow" : "refuse"} ${kind} ${specifier} in ${path}`, () => {
      const problem = faultOf(path, { kind, specifier, line: 1 }, files);
      if (fault === undefined) assert.equal(problem, undefined);
      else assert.match(problem ?? "", fault);
    });
  }

  it("look at the whole tree", () => {
    assert.ok(files.size > 100, `only ${files.size} files were found`);
    const all = [...files.values()].flat();
    for (const kind of ["static", "type", "dynamic", "computed"]) {
      assert.ok(all.some((one) => one.kind === kind), `no ${kind} import was found`);
    }
  });

  it("point inward", () => {
    const faults: string[] = [];
    for (const [path, imports] of files) {
      for (const one of imports) {
        const problem = faultOf(path, one, files);
        if (problem !== undefined) faults.push(`${path}:${one.line} ${problem}`);
      }
    }
    assert.deepEqual(faults, []);
  });

  it("leave nothing at run time of the contract", () => {
    const allowed = /^(?:(?:export\s+)?(?:type|interface|declare)\b|import\s+type\b)/;
    const faults: string[] = [];
    for (const path of files.keys()) {
      if (!path.startsWith("src/contract/")) continue;
      for (const line of source(path).bare.split("\n")) {
        if (/^[^\s})\]|&]/.test(line) && !allowed.test(line)) faults.push(`${path}: ${line}`);
      }
    }
    assert.deepEqual(faults, []);
  });

  it("know the process and Deno only at the edge", () => {
    const faults: string[] = [];
    const needed = new Set<string>();
    for (const [path, imports] of files) {
      if (within(path, "src/runtime") || within(path, "src/cli")) continue;
      const named = /(?<![\w$#])Deno\b|(?:\bglobalThis\s*\.\s*|(?<![\w$.#]))process\s*[.?[]/.test(
        source(path).bare,
      );
      const imported = imports.some(({ specifier }) => /^(?:node:)?process$/.test(specifier));
      if (!named && !imported) continue;
      needed.add(path);
      if (processExceptions[path] === undefined) {
        faults.push(`${path} names ${imported ? "process" : "Deno or process"}`);
      }
    }
    assert.deepEqual(faults, []);
    assert.deepEqual(
      Object.keys(processExceptions).filter((path) => !needed.has(path)),
      [],
      "needless exceptions",
    );
  });

  it("load nothing heavy with the SDK", () => {
    const { files: reached, packages, chain } = reachedFrom("src/index.ts", files);
    assert.ok(reached.length > 10, `only ${reached.length} files are reached`);
    const heavy = [...packages].filter(([name]) => lazy.test(name));
    assert.deepEqual(heavy.map(([name, path]) => `${name} <- ${chain(path)}`), []);
    const opening = reachedFrom("src/client/engine.ts", files);
    const schemas = [...opening.packages].filter(([name]) => name === "zod" || name === "yaml");
    assert.deepEqual(
      schemas.map(([name, path]) => `${name} <- ${opening.chain(path)}`),
      [],
      "a first call needs no schemas",
    );
    const early = reached.filter((path) => lazyRooms.some((room) => within(path, room)));
    assert.deepEqual(early.map(chain), []);
  });
});
