/** Writes Avro files, as far as tests of their reader need it; the encoding is that of the specification. */

import { deflateRawSync } from "node:zlib";
import type { Json } from "../../../../src/contract/json.ts";

/** A schema, as JSON. */
export type Schema = string | readonly Schema[] | {
  readonly type: unknown;
  readonly [name: string]: unknown;
};

const sync = Buffer.alloc(16, 7);

/** @param packing how blocks are packed; other words are written as they are */
export function avroFile(schema: Schema, records: readonly Json[], packing: string): Uint8Array {
  const block = Buffer.concat(records.map((record) => encode(schema, record)));
  const packed = packing === "deflate" ? deflateRawSync(block) : block;
  const head = [["avro.schema", JSON.stringify(schema)], ["avro.codec", packing]] as const;
  return Buffer.concat([
    Buffer.from("Obj\u0001", "latin1"),
    long(head.length),
    ...head.flatMap(([name, value]) => [text(name), text(value)]),
    long(0),
    sync,
    long(records.length),
    long(packed.length),
    packed,
    sync,
  ]);
}

/** A whole number: zigzag, then seven bits in each byte. */
export function long(value: number): Buffer {
  let rest = BigInt(value) * 2n;
  if (value < 0) rest = -rest - 1n;
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([long(bytes.length), bytes]);
}

function encode(schema: Schema, value: Json): Buffer {
  if (Array.isArray(schema)) {
    const index = value === null ? schema.indexOf("null") : schema.findIndex((one) => one !== "null");
    return Buffer.concat([long(index), encode(schema[index] as Schema, value)]);
  }
  const kind = typeof schema === "string" ? schema : (schema as { readonly type: string }).type;
  const fields = schema as Readonly<Record<string, Schema>>;
  switch (kind) {
    case "null":
      return Buffer.alloc(0);
    case "boolean":
      return Buffer.from([value === true ? 1 : 0]);
    case "int":
    case "long":
      return long(value as number);
    case "float": {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(value as number);
      return bytes;
    }
    case "double": {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value as number);
      return bytes;
    }
    case "string":
      return text(value as string);
    case "enum":
      return long((fields["symbols"] as readonly string[]).indexOf(value as string));
    case "array": {
      const items = value as readonly Json[];
      return items.length === 0 ? long(0) : Buffer.concat([
        long(items.length),
        ...items.map((item) => encode(fields["items"] as Schema, item)),
        long(0),
      ]);
    }
    case "map": {
      const entries = Object.entries(value as Record<string, Json>).map(([name, one]) =>
        Buffer.concat([text(name), encode(fields["values"] as Schema, one)])
      );
      // In a block whose bytes are counted, which is the other way to write one.
      const body = Buffer.concat(entries);
      return entries.length === 0
        ? long(0)
        : Buffer.concat([long(-entries.length), long(body.length), body, long(0)]);
    }
    case "record":
      return Buffer.concat(
        (fields["fields"] as unknown as readonly { readonly name: string; readonly type: Schema }[]).map(
          ({ name, type }) => encode(type, (value as Record<string, Json>)[name] ?? null),
        ),
      );
    default:
      throw new Error(`the writer does not know ${kind}`);
  }
}
