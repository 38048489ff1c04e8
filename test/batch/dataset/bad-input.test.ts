/** What is wrong with a dataset is said with row and line, and nothing of its content is repeated. */

import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { test } from "node:test";
import type { ErrorCode } from "../../../src/index.ts";
import { openDataset } from "../../../src/batch/dataset/open-dataset.ts";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";
import { all, datasetOf } from "./kit.ts";

const secret = "SECRET";

/** Each content, and what is said after the file's name. */
const cases:
  readonly (readonly [name: string, content: string | number[], problem: RegExp, code?: ErrorCode])[] = [
    ["d.csv", "", /: it is empty; the first line of a CSV file names the columns$/],
    ["d.csv", "\n\r\n\n", /: it is empty;/],
    ["d.csv", "\ufeff", /: it is empty;/],
    ["d.csv", ",,\n1,2,3\n", /: the header \(line 1\) names no columns$/],
    [
      "d.csv",
      "\n\nid,a,id\n",
      /: in the header \(line 3\) columns 1 and 3 are both named "id"; names must differ$/,
    ],
    ["d.csv", "a,,\n", /: in the header \(line 1\) columns 2 and 3 have no name; names must differ$/],
    ["d.csv", 'a,"b\n', /: the header \(line 1\) has a quote that is never closed$/],
    [
      "d.csv",
      'a,"b"c\n',
      /: the header \(line 1\) has text after a closing quote; a quote inside quotes is written twice, ""$/,
    ],
    [
      "d.csv",
      "a,b\r1,2\r",
      /: the header \(line 1\) has carriage returns without line feeds; end lines with LF or CRLF$/,
    ],
    ["d.csv", "a\0,\0b\0\n", /: the header \(line 1\) is no text; /],
    [
      "d.csv",
      `a,b\n1,2\n${secret}\n`,
      /, row 2 \(line 3\): it has 1 column where the header has 2; a value with a /,
    ],
    [
      "d.csv",
      `a,b\n\n1,2\n\n1,2,${secret}\n`,
      /, row 2 \(line 5\): it has 3 columns where the header has 2; /,
    ],
    [
      "d.csv",
      `a,b\n"1\n\n",2\n1,"${secret}\n\n2,3\n`,
      /, row 2 \(line 5\): it has a quote that is never closed$/,
    ],
    ["d.csv", `a,b\n1,"${secret}"x\n2,3\n`, /, row 1 \(line 2\): it has text after a closing quote; /],
    [
      "d.csv",
      `a,b\n1,"say "${secret}" now"\n2,3\n`,
      /, row 1 \(line 2\): it has text after a closing quote; /,
    ],
    [
      "d.csv",
      `a,b\n1,2\n3,"${secret.repeat(500)}"\n`,
      /, row 2 \(line 3\): it is longer than 2000 bytes, which is the most/,
    ],
    [
      "d.csv",
      `a,b\n1,2\n3,"${"é".repeat(900)}"\n4,"${"é".repeat(1000)}"\n`,
      /, row 3 \(line 4\): it is longer than/,
    ],
    ["d.csv", `a,b\n1,2\n3,"${`${secret}\n`.repeat(90_000)}`, /, row 2 \(line 3\): it is longer than/],

    [
      "d.jsonl",
      `{"id":1}\n\n{"id":${secret}}\n`,
      /, row 2 \(line 3\): it is no valid JSON: there is a character that may not be there$/,
    ],
    [
      "d.jsonl",
      '{"id":1}\n{"id":2\n',
      /, row 2 \(line 2\): it is no valid JSON: expected ',' or '}' after property value, at column 8$/,
    ],
    ["d.jsonl", '{"id":1}\n{"id":', /, row 2 \(line 2\): it is no valid JSON: it ends too early$/],
    [
      "d.jsonl",
      `{"id":1} {"a":"${secret}"}\n`,
      /, row 1 \(line 1\): it is no valid JSON: unexpected non-whitespace character, at column 10$/,
    ],
    [
      "d.jsonl",
      `{"id":"${secret}\n"}\n`,
      /, row 1 \(line 1\): it is no valid JSON: unterminated string, at column 14$/,
    ],
    ["d.jsonl", '{"id":1}\n[1]\n', /, row 2 \(line 2\): it is a list; each row is an object, such as /],
    ["d.jsonl", `"${secret}"\n`, /, row 1 \(line 1\): it is a string; each row is an object/],
    ["d.jsonl", "null\n", /, row 1 \(line 1\): it is null; each row is an object/],
    ["d.jsonl", "[\n{}\n]\n", /, row 1 \(line 1\): it is no valid JSON: it ends too early$/],
    ["d.jsonl", `{"a":"${secret.repeat(400)}"}\n`, /, row 1 \(line 1\): it is longer than 2000 bytes/],
    ["d.jsonl", `{}\n{"a":"${secret.repeat(90_000)}`, /, row 2 \(line 2\): it is longer than 2000 bytes/],

    ["d.json", "", /: it is empty; a .json file is one list of objects, /],
    ["d.json", " \n ", /: it is empty; /],
    [
      "d.json",
      '{"id":1}',
      /: line 1: a .json file is one list of objects, .* name it .jsonl if each line is an object$/,
    ],
    ["d.json", '\n\n{"id":1}\n{"id":2}\n', /: line 3: a .json file is one list of objects/],
    ["d.json", `${secret}`, /: line 1: a .json file is one list of objects/],
    ["d.json", '"text"', /: line 1: a .json file is one list of objects/],
    ["d.json", "[{}]\n\n]", /: line 3: there is something after the end of the list$/],
    ["d.json", `[{}]\n ${secret}`, /: line 2: there is something after the end of the list$/],
    ["d.json", "[]\n[]", /: line 2: there is something after the end of the list$/],
    [
      "d.json",
      '[{},\n {"id":1}',
      /, row 3 \(line 2\): the file ends here; it is cut off, or a quote, brace or \] is missing$/,
    ],
    ["d.json", '[{},\n {"id":1', /, row 2 \(line 2\): the file ends here; /],
    ["d.json", "[", /, row 1 \(line 1\): the file ends here; /],
    ["d.json", "[{},\n]", /, row 2 \(line 2\): it is no object; each row is an object/],
    ["d.json", "[,{}]", /, row 1 \(line 1\): it is no object; /],
    ["d.json", "[{}\n\n{}]", /, row 2 \(line 3\): a comma or \] is missing before it$/],
    ["d.json", `[{},\n"${secret}"]`, /, row 2 \(line 2\): it is no object; /],
    ["d.json", "[{},\n12]", /, row 2 \(line 2\): it is no object; /],
    ["d.json", "[{},\n[{}]]", /, row 2 \(line 2\): it is no object; /],
    ["d.json", `[{},\n${secret}]`, /, row 2 \(line 2\): it is no object; /],
    [
      "d.json",
      `[{},\n{"a":\n${secret}}]`,
      /, row 2 \(line 2\): it is no valid JSON: there is a character that may not be there$/,
    ],
    [
      "d.json",
      '[{},\n{"a":1\n,}]',
      /, row 2 \(line 2\): it is no valid JSON: expected double-quoted property name, on line 3$/,
    ],
    ["d.json", '[{"a":1, {"b":2}]', /, row 1 \(line 1\): it is no valid JSON: /],
    ["d.json", `[{"a":"${secret.repeat(400)}"}]`, /, row 1 \(line 1\): it is longer than 2000 bytes/],
    ["d.json", `[{"a":"${secret.repeat(90_000)}`, /, row 1 \(line 1\): it is longer than 2000 bytes/],
    ["d.json", `[{}${" ".repeat(300_000)}`, /, row 2 \(line 1\): it is longer than 2000 bytes/],

    [
      "d.csv",
      [0xff, 0xfe, 0x61, 0x00],
      /: it is UTF-16; convert it to UTF-8, for example with iconv -f UTF-16 -t UTF-8$/,
      "file-unreadable",
    ],
    ["d.json", [0xfe, 0xff, 0x00, 0x5b], /: it is UTF-16; /, "file-unreadable"],
    [
      "d.jsonl",
      [0x7b, 0x7d, 0x0a, 0xe9],
      /: byte 3 \(line 2\) is not UTF-8; convert it, for example with iconv /,
      "file-unreadable",
    ],
    ["d.csv", [0x1f, 0x8b, 0x08, 0x00], /: it holds gzip data where text is expected; /, "file-unreadable"],
  ];

test("bad contents", async () => {
  for (const [name, content, problem, code = "invalid-request"] of cases) {
    const bytes = typeof content === "string" ? content : new Uint8Array(content);
    const told = await failureOf(async () => {
      await using made = await datasetOf(name, bytes, { maxRowBytes: 2000 });
      return await made.rows();
    }, code);
    assert.match(told.message, problem, JSON.stringify(content).slice(0, 100));
    assert.ok(told.message.includes(name), told.message);
    assert.ok(!`${told.message}${JSON.stringify(told)}`.includes(secret), "it repeats the content");
  }
});

test("rows before a bad one are handed out first", async () => {
  for (
    const [name, content] of [["d.csv", "a,b\n1,2\n3,4\n5\n"], ["d.jsonl", "{}\n{}\n{\n"], [
      "d.json",
      "[{},{},{1}]",
    ]] as const
  ) {
    await using made = await datasetOf(name, content);
    let count = 0;
    const told = await failureOf(async () => {
      for await (const bunch of made.dataset.rows()) count += bunch.length;
    }, "invalid-request");
    assert.match(told.message, /row 3/);
    assert.equal(count, 2, name);
  }
});

test("names that tell no type are told which do", async () => {
  for (const name of ["d.txt", "d", ".csv.bak", "d.gz", "d.csv.gz.gz", "d.csv.zip", "csv"]) {
    const told = await failureOf(openDataset(`/nowhere/${name}`), "invalid-request");
    assert.equal(
      told.message,
      `/nowhere/${name}: a dataset is named .csv, .json, .jsonl or .ndjson, each also with .gz`,
    );
  }
  for (const [name, type] of [["D.CSV", "csv"], ["a.b.Json", "json"], ["d.ndjson", "jsonl"]] as const) {
    await using made = await datasetOf(name, type === "json" ? "[]" : "{}\n");
    assert.equal(made.dataset.type, type);
  }
});

test("files that are not there, or are none", async () => {
  await using folder = await folderOf({ "plain.csv": "a\n1\n" });
  await mkdir(folder.file("folder.csv"));
  await symlink("/dev/null", folder.file("device.csv"));
  await symlink(folder.file("loop.csv"), folder.file("loop.csv"));
  const table: readonly (readonly [string, RegExp])[] = [
    ["missing.csv", /missing\.csv: there is no such file or folder \(ENOENT\)$/],
    ["no/folder.csv", /no\/folder\.csv: there is no such file or folder/],
    ["plain.csv/d.csv", /d\.csv: a part of its path is no folder/],
    ["folder.csv", /folder\.csv: it is a folder$/],
    ["device.csv", /device\.csv: it is no regular file; /],
    ["loop.csv", /loop\.csv: ELOOP$/],
  ];
  for (const [name, problem] of table) {
    const told = await failureOf(openDataset(folder.file(name)), "file-unreadable");
    assert.match(told.message, problem);
    assert.equal(told.data.file, folder.file(name));
  }
});

test("a file that changes meanwhile is not mixed with what it was", async () => {
  await using made = await datasetOf("d.jsonl", "{}\n{}\n");
  const { dataset } = made;
  await all(dataset);
  const { writeFile } = await import("node:fs/promises");
  await writeFile(dataset.path, "{}\n{}\n{}\n");
  const told = await failureOf(all(dataset), "file-unreadable");
  assert.match(told.message, /it has changed since the work on it began; put it back, or begin anew$/);
});
