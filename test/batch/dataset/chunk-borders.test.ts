/** Where chunks are cut makes no difference, nor do random contents. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { csvFormat } from "../../../src/batch/dataset/csv/csv-format.ts";
import { jsonFormat } from "../../../src/batch/dataset/json/json-format.ts";
import { jsonlFormat } from "../../../src/batch/dataset/json/jsonl-format.ts";
import { mergeRows } from "../../../src/batch/dataset/merge-rows.ts";
import type { RawRow, RowFormat } from "../../../src/batch/dataset/raw-row.ts";
import { rawRows } from "../../../src/batch/dataset/raw-rows.ts";
import { LoomError } from "../../../src/index.ts";
import { seeded } from "./kit.ts";

const formats = { csv: csvFormat, json: jsonFormat, jsonl: jsonlFormat };
type Type = keyof typeof formats;

async function* chunksOf(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array, void> {
  const ends = [...cuts, bytes.length];
  let from = 0;
  for (const end of ends) {
    // The very same buffer each time, as a reader of files has it.
    const chunk = new Uint8Array(bytes.subarray(from, end));
    yield chunk;
    chunk.fill(0xff);
    from = end;
  }
}

interface Reading {
  readonly rows: readonly RawRow[];
  readonly fault: string | undefined;
}

async function reading(type: Type, bytes: Uint8Array, cuts: readonly number[]): Promise<Reading> {
  const format = formats[type]({ file: "f", maxRowBytes: 1 << 20 });
  const rows: RawRow[] = [];
  try {
    for await (const bunch of rawRows("f", chunksOf(bytes, cuts), format).bunches) rows.push(...bunch);
    return { rows, fault: undefined };
  } catch (error) {
    assert.ok(LoomError.is(error), String(error));
    return { rows, fault: error.message };
  }
}

async function merged(type: Type, bytes: Uint8Array, cuts: readonly number[], names: readonly string[]) {
  const format: RowFormat = formats[type]({ file: "f", maxRowBytes: 1 << 20 });
  let text = "";
  const write = async (piece: string) => void (text += piece);
  const none = async () => {};
  const additions = Object.fromEntries(names.map((name) => [name, "x"]));
  await mergeRows(
    rawRows("f", chunksOf(bytes, cuts), format),
    format,
    { write, commit: none, discard: none },
    names,
    () => additions,
  );
  return text;
}

const samples: readonly (readonly [Type, string])[] = [
  ["csv", '\ufeffid,tëxt\r\n1,"a ""q"", é€😀\r\n"\r\n\n"2",5" x\r\n\ufeff3,""\n4,"\r"\r\n'],
  ["csv", 'a;b\n"1;";2\n\r\n3;"x\n""y"'],
  ["csv", "a,b\n1,2\n3\n4,5\n"],
  ["csv", 'a,b\n1,2\n3,"x"y\n4,5\n'],
  ["json", '\ufeff [\r\n {"id":"é€😀","k":{"a":[1,"]}"]}} ,{ "n":-1.50e3,"s":"\\"\\\\\\u00e9" }\n,{}]\n'],
  ["json", '[{"a":"é"},\n{"b":tru},{"c":1}]'],
  ["json", '[{"a":1}]\n x'],
  ["jsonl", '\ufeff{"id":"é€😀"}\r\n\r\n{ "n":1.0 }\n \n{}'],
  ["jsonl", '{"a":1}\n{"a":\n{"a":2}\n'],
];

test("a cut after any byte changes nothing", async () => {
  for (const [type, text] of samples) {
    const bytes = new TextEncoder().encode(text);
    const whole = await reading(type, bytes, []);
    const isGood = whole.fault === undefined;
    if (isGood) assert.equal(await merged(type, bytes, [], []), text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      assert.deepEqual(await reading(type, bytes, [cut]), whole, `${text} cut at ${cut}`);
      if (isGood) assert.equal(await merged(type, bytes, [cut], []), text);
    }
    const every = Array.from(bytes.keys());
    assert.deepEqual(await reading(type, bytes, every), whole, `${text} cut everywhere`);
  }
});

test("bytes that are no UTF-8 are told by offset and line, wherever chunks are cut", async () => {
  const bad: readonly (readonly [string, readonly number[], number])[] = [
    ["a lone continuation", [0x80], 0],
    ["too long a form", [0xc0, 0xaf], 0],
    ["half a surrogate", [0xed, 0xa0, 0x80], 1],
    ["above the last character", [0xf4, 0x90, 0x80, 0x80], 1],
    ["a character cut short", [0xe2, 0x82, 0x41], 2],
    ["Latin-1", [0xe9, 0x20], 1],
  ];
  const before = new TextEncoder().encode("id,text\n1,é\n2,");
  for (const [title, piece, at] of bad) {
    const bytes = new Uint8Array([...before, ...piece, 0x0a]);
    const expected = `f: byte ${before.length + at} (line 3) is not UTF-8; `;
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { fault = "" } = await reading("csv", bytes, [cut]);
      assert.equal(fault.slice(0, expected.length), expected, `${title}, cut at ${cut}`);
    }
  }
  const cutOff = new Uint8Array([...before, 0xe2, 0x82]);
  assert.match((await reading("csv", cutOff, [])).fault ?? "", /^f: byte 16 \(line 3\) is not UTF-8/);
});

test("random CSV survives, and is read as it was meant", async () => {
  const random = seeded(7);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const pieces = ["a", "é", "😀", '"', ",", ";", "\n", "\r\n", "\r", " ", "\t", "\ufeff", "0", ""];
  for (let round = 0; round < 400; round++) {
    const columns = 1 + Math.floor(random() * 4);
    const value = () => Array.from({ length: Math.floor(random() * 5) }, () => pick(pieces)).join("");
    const rows = Array.from(
      { length: Math.floor(random() * 6) },
      () => Array.from({ length: columns }, value),
    );
    const needsQuotes = (text: string) => /[",\n\r]/.test(text) || (text === "" && columns === 1);
    const quoted = (text: string) =>
      needsQuotes(text) || random() < 0.2 ? `"${text.replaceAll('"', '""')}"` : text;
    const header = Array.from({ length: columns }, (_, at) => `c${at}`);
    const lines = [header, ...rows].map((row) => row.map(quoted).join(",") + pick(["\n", "\r\n", "\n\n"]));
    const text = (random() < 0.2 ? "\ufeff" : "") +
      lines.join("").replace(/(\r?\n)+$/, random() < 0.5 ? "" : "$1");
    const bytes = new TextEncoder().encode(text);
    const cuts = Array.from({ length: 3 }, () => Math.floor(random() * bytes.length)).sort((a, b) => a - b);
    const { rows: read, fault } = await reading("csv", bytes, cuts);
    assert.equal(fault, undefined, JSON.stringify(text));
    assert.deepEqual(read.map(({ fields }) => Object.values(fields)), rows, JSON.stringify(text));
    assert.equal(await merged("csv", bytes, cuts, []), text);
    const more = new TextEncoder().encode(await merged("csv", bytes, cuts, ["llm"]));
    const again = (await reading("csv", more, [])).rows;
    assert.deepEqual(
      again.map(({ fields: { llm, ...fields } }) => [...Object.values(fields), llm]),
      rows.map((row) => [...row, "x"]),
    );
  }
});

test("random JSON survives as a list and as lines", async () => {
  const random = seeded(11);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const space = () => pick(["", "", " ", "\t", "\r\n  ", "\n"]);
  const text = (): string =>
    JSON.stringify(pick(["", "é😀", '"', "\\", "}", "]", ",", "{[", "\n", "\u0001"]));
  function value(depth: number): string {
    const kind = Math.floor(random() * (depth > 3 ? 3 : 5));
    if (kind === 0) return text();
    if (kind === 1) return pick(["1.0", "-0", "12345678901234567890", "1e-7", "true", "null"]);
    if (kind === 2) return pick(["[]", "{}", "[ ]", "{\n}"]);
    const items = Array.from({ length: Math.floor(random() * 3) }, () => value(depth + 1));
    return kind === 3 ? `[${items.map((item) => space() + item + space()).join(",")}]` : object(items);
  }
  function object(items: readonly string[]): string {
    return `{${
      items.map((item, at) => `${space()}"k${at}"${space()}:${space()}${item}${space()}`).join(",")
    }}`;
  }
  for (let round = 0; round < 300; round++) {
    const rows = Array.from({ length: Math.floor(random() * 5) }, () => object([value(0), value(0)]));
    const list = `${space()}[${rows.map((row) => space() + row + space()).join(",")}]${space()}`;
    const lines = rows.map((row) => `${row.replaceAll(/[\r\n]/g, "")}${pick(["\n", "\r\n", "\n\n"])}`).join(
      "",
    );
    for (const [type, whole] of [["json", list], ["jsonl", lines]] as const) {
      const bytes = new TextEncoder().encode(whole);
      const cuts = Array.from({ length: 3 }, () => Math.floor(random() * bytes.length)).sort((a, b) => a - b);
      const { rows: read, fault } = await reading(type, bytes, cuts);
      assert.equal(fault, undefined, whole);
      assert.deepEqual(read.map(({ fields }) => fields), rows.map((row) => JSON.parse(row)), whole);
      assert.equal(await merged(type, bytes, cuts, []), whole);
      const more = await merged(type, bytes, cuts, ["llm"]);
      const parsed = type === "json"
        ? JSON.parse(more)
        : more.split("\n").filter((l) => l.trim() !== "").map((l) => JSON.parse(l));
      assert.deepEqual(parsed, rows.map((row) => ({ ...JSON.parse(row), llm: "x" })));
    }
  }
});

test("random texts, most of them bad, are taken or refused alike wherever they are cut", async () => {
  const random = seeded(23);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const pieces: Readonly<Record<Type, readonly string[]>> = {
    csv: ["a", "é", '"', '"', '""', ",", ",", ";", "\n", "\n", "\r\n", "\r", " ", "\ufeff"],
    json: [
      "[",
      "]",
      "{",
      "}",
      ",",
      ":",
      '"a"',
      '"é\\"]"',
      "1.0",
      "true",
      " ",
      "\n",
      '{"a":1}',
      '{"a":1}',
      '"',
      "\\",
    ],
    jsonl: ['{"a":1}', '{"a":1}', "{}", "\n", "\n", "\r\n", " ", '"', "é", "{", "}"],
  };
  let good = 0;
  for (let round = 0; round < 1500; round++) {
    const type = pick(["csv", "json", "jsonl"] as const);
    const body = Array.from({ length: Math.floor(random() * 14) }, () => pick(pieces[type])).join("");
    const text = type === "csv" ? `x,y\n${body}` : type === "json" && random() < 0.7 ? `[{}${body}]` : body;
    const bytes = new TextEncoder().encode(text);
    const whole = await reading(type, bytes, []);
    const cuts = Array.from({ length: 4 }, () => Math.floor(random() * bytes.length)).sort((a, b) => a - b);
    assert.deepEqual(await reading(type, bytes, cuts), whole, JSON.stringify([type, text, cuts]));
    if (whole.fault !== undefined) continue;
    good++;
    assert.equal(await merged(type, bytes, cuts, []), text, JSON.stringify([type, text]));
  }
  assert.ok(good > 100, `${good} were good`);
});
