/** Avro files: every kind of value, both ways of packing, and files that are none. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { avroRecords } from "../../../../plugins/dialects/cohere/avro.ts";
import type { Json } from "../../../../src/contract/json.ts";
import { avroFile, long, type Schema, text } from "./avro-file.ts";

const inner = { type: "record", name: "inner", namespace: "n", fields: [{ name: "x", type: "long" }] };
const schema: Schema = {
  type: "record",
  name: "all",
  fields: [
    { name: "none", type: "null" },
    { name: "yes", type: "boolean" },
    { name: "small", type: "int" },
    { name: "large", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "half", type: "float" },
    { name: "pi", type: "double" },
    { name: "words", type: "string" },
    { name: "maybe", type: ["null", "string"] },
    { name: "list", type: { type: "array", items: "int" } },
    { name: "map", type: { type: "map", values: "string" } },
    { name: "kind", type: { type: "enum", name: "kind", symbols: ["A", "B"] } },
    { name: "inner", type: inner },
  ],
};
const record: Json = {
  none: null,
  yes: true,
  small: -65,
  large: 1_793_000_000_000,
  half: 0.5,
  pi: Math.PI,
  words: "ä€\n",
  maybe: null,
  list: [1, -2, 3],
  map: { a: "b", c: "" },
  kind: "B",
  inner: { x: Number.MIN_SAFE_INTEGER },
};

describe("an Avro file", () => {
  for (const packing of ["null", "deflate"]) {
    it(`gives its records, packed as ${packing}`, () => {
      const other: Json = { ...record, maybe: "x", list: [], map: {} };
      assert.deepEqual(avroRecords(avroFile(schema, [record, other], packing)), [record, other]);
    });
  }

  it("may name a type that it has named before, itself too", () => {
    const tree = {
      type: "record",
      name: "tree",
      fields: [{ name: "value", type: "int" }, { name: "next", type: ["null", "tree"] }],
    };
    // The writer does not follow names: 1, then there is one, then 2, then there is none.
    const body = Buffer.concat([long(1), long(1), long(2), long(0)]);
    const head = Buffer.concat([
      Buffer.from("Obj\u0001", "latin1"),
      long(1),
      text("avro.schema"),
      text(JSON.stringify(tree)),
      long(0),
      Buffer.alloc(16),
    ]);
    const file = Buffer.concat([head, long(1), long(body.length), body, Buffer.alloc(16)]);
    assert.deepEqual(avroRecords(file), [{ value: 1, next: { value: 2, next: null } }]);
  });

  it("may have no records", () => {
    assert.deepEqual(avroRecords(avroFile("string", [], "null")), []);
  });

  const good = avroFile("string", ["Hi."], "null");
  const bad: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["something else", new TextEncoder().encode("PAR1 and more"), /no Avro file/],
    ["nothing", new Uint8Array(), /ends too early/],
    ["one that is cut", good.subarray(0, good.length - 18), /ends too early/],
    ["one that is packed otherwise", avroFile("string", ["Hi."], "snappy"), /packed with snappy/],
    ["one with an unknown type", avroFile("colour" as Schema, [], "null"), /type that is not known: colour/],
  ];
  for (const [what, file, message] of bad) {
    it(`is not ${what}`, () => assert.throws(() => avroRecords(file), message));
  }
});
