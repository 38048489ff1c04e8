/** The guards' own eyes: what the import scanner sees and what it must not take for code. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anyType, apart, later, machine, silence } from "./support/forbidden.ts";
import { packageOf, resolveFrom, scanImports } from "./support/imports.ts";
import { splitSource } from "./support/source.ts";

const cases: readonly (readonly [title: string, text: string, seen: readonly string[]])[] = [
  ["a default import", 'import a from "./a.ts";', ["static ./a.ts"]],
  ["named imports over lines", 'import {\n  a,\n  type B as C,\n} from "./a.ts";', ["static ./a.ts"]],
  ["a namespace", "import * as all from './a.ts'", ["static ./a.ts"]],
  ["default and named", 'import a, { b } from "./a.ts";', ["static ./a.ts"]],
  ["a side effect", 'import "./a.ts";', ["static ./a.ts"]],
  ["an attribute", 'import a from "./a.json" with { type: "json" };', ["static ./a.json"]],
  ["types only", 'import type { A } from "./a.ts";\nexport type { B } from "./b.ts";', [
    "type ./a.ts",
    "type ./b.ts",
  ]],
  ["all types", 'export type * from "./a.ts";', ["type ./a.ts"]],
  ["re-exports", 'export { a } from "./a.ts";\nexport * from "./b.ts";\nexport * as c from "./c.ts";', [
    "static ./a.ts",
    "static ./b.ts",
    "static ./c.ts",
  ]],
  ["an import when reached", 'const a = await import("./a.ts");', ["dynamic ./a.ts"]],
  ["a lazy import", 'const load = () => import(\n  "./a.ts"\n);', ["dynamic ./a.ts"]],
  ["the type of a module", 'type A = typeof import("a");\nlet b: import("b").Thing;', ["type a", "type b"]],
  ["a computed import", "import(name); import(`./${name}.ts`);", ["computed ", "computed "]],
  ["two on one line", 'import a from "a"; import b from "b";', ["static a", "static b"]],
  ["comments", '/* import a from "a"; */\n// import b from "b";\n/** `import("c")` */', []],
  ["strings and templates", 'const a = "import x from \\"x\\"";\nconst b = `import "y"; ${c}`;', []],
  ["code inside a template", 'const a = `${await import("./a.ts")} "${{ b: `${c}` }}`;', ["dynamic ./a.ts"]],
  ["a regular expression with quotes", 'const a = /["\'`/*]/; import("./a.ts"); const b = c / d; // "', [
    "dynamic ./a.ts",
  ]],
  [
    "words that are near",
    'const from = "a"; important("b"); this.#import("c"); x.import("d"); import.meta.url;',
    [],
  ],
  [
    "an export of its own",
    'export const from = "a";\nexport { from };\nexport function f() {}\nconst s = "x";',
    [],
  ],
];

describe("the import scanner", () => {
  for (const [title, text, seen] of cases) {
    it(`sees ${title}`, () => {
      const found = scanImports(splitSource(text)).map(({ kind, specifier }) => `${kind} ${specifier}`);
      assert.deepEqual(found.sort(), [...seen].sort());
    });
  }

  it("says the line", () => {
    assert.equal(scanImports(splitSource('#!/usr/bin/env node\n/** a\n */\nimport "b";'))[0]?.line, 4);
  });

  it("keeps positions and tells comments, strings and code apart", () => {
    const text = 'a = "b // c"; // d "e"\nf /* "g" */ = /h"i/;';
    const { code, bare } = splitSource(text);
    assert.equal(code, 'a = "b // c";         \nf           = /h"i/;');
    assert.equal(bare, 'a = "      ";         \nf           = /    ;');
  });

  it("resolves paths and names packages", () => {
    assert.equal(resolveFrom("src/a/b.ts", "../c.ts"), "src/c.ts");
    assert.equal(packageOf("@scope/name/deep.js"), "@scope/name");
    assert.equal(packageOf("name/deep"), "name");
    assert.equal(packageOf("node:fs/promises"), "node:*");
  });
});

/** Samples in pieces, so that the guards do not find them here. */
const samples: readonly (readonly [string, RegExp, bad: readonly string[], good: readonly string[]])[] = [
  ["untyped values", anyType, [
    "let a: an" + "y = 1",
    "a as an" + "y",
    "Map<string, an" + "y>",
    "<an" + "y>a",
    "a: an" + "y[]",
  ], ["AbortSignal.any([a])", "const any = 1", "many: Company", "{ any: 1 }"]],
  ["silenced compilers", silence, ["// @ts" + "-ignore", "// @ts" + "-expect-error"], ["// @ts"]],
  ["work put off", later, ["// TO" + "DO: x", "FIX" + "ME"], ["TODOS", "todo"]],
  ["tests set apart", apart, [
    "it.on" + "ly('a', f)",
    "{ sk" + "ip: true }",
    "t.to" + "do()",
    "x" + "it('a')",
  ], [
    "{ skip: false }",
    "exit(1)",
    "skips(1)",
    "only",
  ]],
  ["machine paths", machine, [
    '"/ho' + 'me/ann/x"',
    "file:///Us" + "ers/ann/x",
    " /tm" + "p/x",
    "https://registry" + ".npmjs.org",
  ], [`https://host${"/wo"}rk/a`, "./tmp/a", "src/root/a", "/v1/home"]],
];

describe("the forbidden patterns", () => {
  for (const [title, pattern, bad, good] of samples) {
    it(`find ${title}`, () => {
      const finds = (text: string) => text.search(pattern) >= 0;
      assert.deepEqual([bad.filter((text) => !finds(text)), good.filter(finds)], [[], []]);
    });
  }
});
