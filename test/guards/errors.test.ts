/** The error table, the types, the classes, the code and the documentation speak of the same errors. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { errorClasses } from "../../src/errors/classes.ts";
import { errorTable } from "../../src/errors/table.ts";
import * as door from "../../src/index.ts";
import { filesIn, read, root } from "./support/files.ts";
import { source } from "./support/source.ts";

const codes = Object.keys(errorTable);
const page = "docs/errors.md";

/** Files that speak of codes without making errors. */
const speakers = ["src/errors/table.ts", "src/contract/errors.ts", "src/discovery/manifest-schema.ts"];

/** Codes that nothing makes yet, and what will. */
const unmade: Readonly<Record<string, string>> = {};

/** How an error of a code comes to be: made at once, or given by a verdict or a table that is made into one. Not a type. */
const made = (code: string) =>
  new RegExp(`(?:Error\\(|\\bfault\\(|\\breturn|=>|\\?|:)\\s*"${code}"(?!\\s*\\|)`);

/** The page's table, one line per code, as it must be. */
function expectedTable(): string {
  const lines = Object.entries(errorTable).map(([code, row]) =>
    `| \`${code}\` | \`${row.class}\` | ${row.status} | ${row.recovery} | ${row.exit} | ${row.meaning} |`
  );
  return [
    "| code | class | HTTP status | recovery | CLI exit | meaning |",
    "|---|---|--:|---|--:|---|",
    ...lines,
  ].join("\n");
}

describe("the error table", () => {
  it("has a row for every code of the contract, and no other", () => {
    const { code } = source("src/contract/errors.ts");
    const body = /interface ErrorData \{([^]*?)\n\}/.exec(code)?.[1] ?? "";
    const declared = [...body.matchAll(/^ {2}readonly "([a-z-]+)":/gm)].map((match) => match[1] ?? "");
    assert.ok(declared.length > 20, `only ${declared.length} codes were found in the contract`);
    assert.deepEqual([...declared].sort(), [...codes].sort());
  });

  it("names classes that exist, and all of them", () => {
    const named = new Set(Object.values(errorTable).map((row) => row.class));
    assert.deepEqual([...named].sort(), Object.keys(errorClasses).sort());
    for (const [name, constructor] of Object.entries(errorClasses)) assert.equal(constructor.className, name);
  });

  it("names classes that callers can import", () => {
    const exported = door as Readonly<Record<string, unknown>>;
    const missing = Object.entries(errorClasses).filter(([name, constructor]) =>
      exported[name] !== constructor
    );
    assert.deepEqual(missing.map(([name]) => name), []);
    assert.equal(exported["LoomError"], door.LoomError);
  });

  it("has statuses, exit codes and sentences that make sense", () => {
    for (const [code, row] of Object.entries(errorTable)) {
      assert.ok(row.status >= 400 && row.status <= 599, `${code}: status ${row.status}`);
      // After sysexits.h; 1 is for work that is done and not whole, 130 for what was told to stop.
      assert.ok(
        (row.exit >= 64 && row.exit <= 78) || row.exit === 1 || row.exit === 130,
        `${code}: exit code ${row.exit}`,
      );
      assert.match(row.meaning, /^[A-Z].*\.$/, `${code}: meaning`);
    }
  });

  it("holds no code that nothing makes", () => {
    const files = [...filesIn("src", ".ts"), ...filesIn("plugins", ".ts")].filter((path) =>
      !speakers.includes(path)
    );
    const texts = files.filter((path) => !path.startsWith("src/testing")).map((path) => source(path).code);
    const idle = codes.filter((code) => !texts.some((text) => made(code).test(text)));
    assert.deepEqual(idle, Object.keys(unmade), "codes without a maker, against those that wait for one");
  });
});

describe(page, () => {
  it("holds the table as it is", () => {
    const table = /(?<=<!-- the table: UPDATE=1 writes it -->\n\n)[^]*?(?=\n\n<!-- end of the table -->)/;
    const text = read(page);
    assert.match(text, table);
    const current = text.replace(table, () => expectedTable());
    if (process.env["UPDATE"] === "1") writeFileSync(new URL(page, root), current);
    else assert.equal(text, current, `run this test with UPDATE=1 to write the table of ${page}`);
  });

  it("speaks of no code, class or recovery that does not exist", () => {
    const known = new Set<string>([
      ...codes,
      ...Object.keys(door),
      "Error",
      "never",
      "same-target",
      "next-target",
    ]);
    const spoken = [...read(page).matchAll(/`([A-Z]\w*Error|[a-z]+(?:-[a-z]+)+)`/g)].map((match) =>
      match[1] ?? ""
    );
    const asked = [...read(page).matchAll(/LoomError\.is\(\w+, ([^)]*)\)/g)]
      .flatMap((match) => [...(match[1] ?? "").matchAll(/"([^"]+)"/g)].map((code) => code[1] ?? ""));
    assert.ok(spoken.length > codes.length && asked.length > 0);
    assert.deepEqual([...new Set([...spoken, ...asked])].filter((name) => !known.has(name)), []);
  });
});
