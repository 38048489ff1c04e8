/** What a dataset had survives a merge byte for byte, however it was written. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { datasetOf } from "./kit.ts";

/** `«»` marks where the added column must appear; without it, the text is the input. */
const cases: Readonly<Record<string, readonly [name: string, marked: string]>> = {
  "plain": ["d.csv", "id,text«llm»\n1,a«ok»\n2,b«ok»\n"],
  "no line end at the end": ["d.csv", "id,text«llm»\n1,a«ok»\n2,b«ok»"],
  "header only": ["d.csv", "id,text«llm»\n"],
  "header only, no line end": ["d.csv", "id,text«llm»"],
  "CRLF": ["d.csv", "id,text«llm»\r\n1,a«ok»\r\n2,b«ok»\r\n"],
  "CRLF, then LF, then nothing": ["d.csv", 'id,text«llm»\r\n1,a«ok»\n2,"b"«ok»\r\n3,c«ok»'],
  "a lone CR at the very end": ["d.csv", "id,text«llm»\n1,a«ok»\r"],
  "byte order mark": ["d.csv", "\ufeffid,text«llm»\n1,a«ok»\n"],
  "a second byte order mark further down": ["d.csv", "id,text«llm»\n\ufeff1,a«ok»\n\ufeff2,b«ok»\n"],
  "quotes where none are needed": ["d.csv", '"id",text«llm»\n"1",a«ok»\n2,"b"«ok»\n"","“"«ok»\n'],
  "quotes in quotes": ["d.csv", 'id,text«llm»\n1,"say ""hi"""«ok»\n2,""""«ok»\n3,""«ok»\n'],
  "quotes within a value without quotes": ["d.csv", 'id,text«llm»\n1,5" disk«ok»\n2,a"b"c«ok»\n'],
  "line breaks in quotes": ["d.csv", 'id,text«llm»\n1,"a\nb\r\nc\rd\n"«ok»\n2,"\r\n"«ok»\r\n'],
  "CR before the closing quote, CRLF after": ["d.csv", 'id,text«llm»\r\n1,"a\r"«ok»\r\n2,"""\r"«ok»\r\n'],
  "separators in quotes": ["d.csv", 'id,"te,xt"«llm»\n1,"a,b"«ok»\n"1,2",c«ok»\n'],
  "spaces around values": ["d.csv", 'id, text «llm»\n 1 , a «ok»\n2,"b" «ok»\n'],
  "blank lines": ["d.csv", "\n\r\nid,text«llm»\n\n1,a«ok»\n\r\n\n2,b«ok»\n\n\n"],
  "empty values": ["d.csv", "id,text«llm»\n,«ok»\n1,«ok»\n,b«ok»\n"],
  "one column": ["d.csv", 'text«llm»\na«ok»\n""«ok»\nb«ok»\n'],
  "an unnamed index column": ["d.csv", ",text«llm»\n0,a«ok»\n"],
  "any script": ["d.csv", "id,текст«llm»\n1,😀 é€\u{10ffff}«ok»\n2,\u0000\u0085\u2028«ok»\n"],
  "json": ["d.json", '[\n  {"id": "a", "prompt": "p"«, "llm": "ok"»},\n  {"id": "b"«, "llm": "ok"»}\n]\n'],
  "json on one line": ["d.json", '[{"id":"a","n":1.0«,"llm":"ok"»},{"id":"b"«,"llm":"ok"»}]'],
  "json, indented": [
    "d.json",
    '[\n  {\n    "id": "a",\n    "prompt": "p"«,\n    "llm": "ok"»\n  }\n]',
  ],
  "json with its own spellings": [
    "d.json",
    '\ufeff \r\n[ {"id":"\\u0061","big":12345678901234567890,"e":1E+2,"z":-0.0,"x":"\\/"«,"llm":"ok"»}\t, {"n":{"a":[]},"id":2«,"llm":"ok"»}\n ] \n',
  ],
  "json with braces in strings": ["d.json", '[{"id":"}","{":"[\\"]"«,"llm":"ok"»},{"id":"]"«,"llm":"ok"»}]'],
  "json with repeated keys": ["d.json", '[{"a":1,"a":2«,"llm":"ok"»}]'],
  "json, empty objects": ["d.json", '[{«"llm":"ok"»},{«"llm":"ok"» }, {«"llm":"ok"»\n}]'],
  "json, empty list": ["d.json", " [ \n ] \n"],
  "jsonl": ["d.jsonl", '{"id":1«,"llm":"ok"»}\n{"id": 2«, "llm": "ok"»}\n'],
  "jsonl, CRLF, no line end": ["d.jsonl", '{"id":1«,"llm":"ok"»}\r\n{"id":2«,"llm":"ok"»}'],
  "jsonl with blank lines, marks and spaces": [
    "d.ndjson",
    '\ufeff\n  {"id":1«,"llm":"ok"»}  \n \n\r\n\t{"id":"é😀"«,"llm":"ok"» } \r\n\n',
  ],
  "jsonl, empty": ["d.jsonl", ""],
};

for (const [title, [name, marked]] of Object.entries(cases)) {
  test(`${name}: ${title}`, async () => {
    const input = marked.replaceAll(/«.*?»/gs, "");
    await using made = await datasetOf(name, input);
    const isCsv = name.endsWith("csv");
    const expected = isCsv ? marked.replaceAll("«", ",").replaceAll("»", "") : marked.replaceAll(/[«»]/g, "");
    assert.equal(await made.merged(["llm"], () => ({ llm: "ok" })), expected);
    assert.equal(await made.merged([], () => ({})), input);
  });
}

test("rows that are left out leave a file that is whole", async () => {
  const only = (...kept: number[]) => (index: number) => kept.includes(index) ? { llm: "ok" } : undefined;
  const json = '[\n  {"id":"a"},\n  {"id":"b"},\n  {"id":"c"}\n]\n';
  const table: readonly (readonly [string, string, readonly number[], string])[] = [
    ["d.json", json, [0], '[\n  {"id":"a","llm":"ok"}\n]\n'],
    ["d.json", json, [2], '[\n  {"id":"c","llm":"ok"}\n]\n'],
    ["d.json", json, [0, 2], '[\n  {"id":"a","llm":"ok"},\n  {"id":"c","llm":"ok"}\n]\n'],
    ["d.json", json, [], "[\n  \n]\n"],
    ["d.jsonl", '{"a":1}\n\n{"a":2}\n{"a":3}', [1], '\n{"a":2,"llm":"ok"}\n'],
    ["d.csv", "a\n1\n\n2\n3", [1], "a,llm\n\n2,ok\n"],
    ["d.csv", "a\n1\n2\n3", [], "a,llm\n"],
  ];
  for (const [name, input, kept, expected] of table) {
    await using made = await datasetOf(name, input);
    assert.equal(await made.merged(["llm"], only(...kept)), expected, `${name} ${kept}`);
  }
});

test("added values are written so that they are read as they were", async () => {
  const values = ["plain", "a,b", 'say "hi"', "two\nlines", "cr\r", " spaces ", "\t", "", "😀", "a;b"];
  for (const input of ["id,text\n1,a\n", "id;text\n1;a\n", "id\ttext\n1\ta\n"]) {
    for (const value of values) {
      await using made = await datasetOf("d.csv", input);
      const text = await made.merged(["llm", "x,;\ty"], () => ({ llm: value, "x,;\ty": value }));
      await using again = await datasetOf("again.csv", text);
      assert.deepEqual((await again.rows())[0]?.fields, { id: "1", text: "a", llm: value, "x,;\ty": value });
    }
  }
});

test("what is no string is written as JSON, and null as nothing", async () => {
  await using made = await datasetOf("d.csv", "a\n1\n");
  const additions = { n: 1.5, b: true, z: null, o: { k: ["x", 1] }, l: [] };
  assert.equal(
    await made.merged(["n", "b", "z", "o", "l", "none"], () => additions),
    'a,n,b,z,o,l,none\n1,1.5,true,,"{""k"":[""x"",1]}",[],\n',
  );
  await using json = await datasetOf("d.json", '[{"id":"a"}]');
  assert.equal(
    await json.merged(["o", "z", "none"], () => additions),
    '[{"id":"a","o":{"k":["x",1]},"z":null,"none":null}]',
  );
});
