/** What every file keeps: a first line that says why it exists, a size that can be read, and nothing private. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anyType, apart, later, machine, silence } from "./support/forbidden.ts";
import { filesIn, lineAt, lineCount, read } from "./support/files.ts";
import { source } from "./support/source.ts";

const kernelCeiling = 950;
const fileCeiling = 320;

const runtime = [...filesIn("src", ".ts"), ...filesIn("plugins", ".ts")];
const code = [...runtime, ...filesIn("examples", ".ts")];
const tests = filesIn("test", ".ts");
const generated = (path: string) => path.endsWith("/_index.ts");

/** `path:line found` for every place where a pattern fits. */
function places(
  paths: readonly string[],
  pattern: RegExp,
  textOf: (path: string) => string,
): readonly string[] {
  return paths.flatMap((path) => {
    const text = textOf(path);
    return [...text.matchAll(pattern)].map((match) =>
      `${path}:${lineAt(text, match.index)} ${match[0].trim()}`
    );
  });
}

const bareOf = (path: string) => source(path).bare;

describe("files", () => {
  it("are found", () => {
    assert.ok(runtime.length > 100 && tests.length > 20, `${runtime.length} sources, ${tests.length} tests`);
  });

  it("begin with a sentence that says what they are for", () => {
    const faults = code.filter((path) => !/^(?:#!.*\n)?\/\*\*\s*(?:\n \* )?\S/.test(read(path)));
    assert.deepEqual(faults, []);
  });

  it("are short enough to be read", () => {
    const sizes = runtime.filter((path) => !generated(path)).map((path) =>
      [path, lineCount(read(path))] as const
    );
    const sorted = sizes.map(([, lines]) => lines).sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    const long = sizes.filter(([, lines]) => lines > fileCeiling).map(([path, lines]) => `${path} ${lines}`);
    assert.deepEqual(long, [], `no file over ${fileCeiling} lines; the median is ${median}`);
  });

  it("make a kernel that stays small", () => {
    const lines = filesIn("src/kernel", ".ts").map((path) => lineCount(read(path))).reduce(
      (a, b) => a + b,
      0,
    );
    assert.ok(
      lines > 0 && lines < kernelCeiling,
      `src/kernel has ${lines} lines, the ceiling is ${kernelCeiling}`,
    );
  });

  it("have names in kebab-case", () => {
    const shape = /^(?:_?[a-z0-9]+(?:-[a-z0-9]+)*)(?:\.test)?\.ts$/;
    assert.deepEqual([...code, ...tests].filter((path) => !shape.test(path.split("/").at(-1) ?? "")), []);
  });

  it("know the type of everything", () => {
    assert.deepEqual(places([...code, ...tests], anyType, bareOf), []);
  });

  it("silence no compiler", () => {
    assert.deepEqual(places(code, silence, read), []);
  });

  it("promise nothing for later", () => {
    const pages = filesIn("docs").filter((path) => !path.endsWith(".png"));
    const written = [...code, ...tests, ...pages, ...filesIn("catalog", ".yaml")];
    assert.deepEqual(places(written, later, read), []);
  });

  it("hold tests that all run", () => {
    assert.deepEqual(places(tests.filter((path) => path.endsWith(".test.ts")), apart, bareOf), []);
  });

  it("name no machine and no registry", () => {
    const text = filesIn("").filter((path) => !/\.(?:png|jpe?g|gif|ico|woff2?|wasm|db)$/.test(path));
    assert.ok(text.includes("package-lock.json") && text.includes(".ci/run"));
    assert.deepEqual(places(text, machine, read), []);
  });
});
