/** Reads Avro's object container files (https://avro.apache.org/docs/1.12.0/specification), in which Cohere gives datasets. */

import { inflateRawSync } from "node:zlib";
import { asFields, asList, asText, type Json } from "../../../src/plugin.ts";

const magic = "Obj\u0001";
const syncBytes = 16;
/** Most bytes that one block of records may have when it is unpacked. */
const maxBlockBytes = 512 * 1024 * 1024;
/** Schemas that nest deeper make no sense. */
const maxDepth = 64;

type Read = (from: Cursor) => Json;

/** The records of a file. @throws RangeError, when it is no such file, or broken, or packed in an unknown way */
export function avroRecords(file: Uint8Array): readonly Json[] {
  const from = new Cursor(file);
  if (Buffer.from(from.take(magic.length)).toString("latin1") !== magic) {
    throw new RangeError("it is no Avro file");
  }
  const head = new Map<string, Uint8Array>();
  blocks(from, (at) => head.set(text(at), at.take(at.size())));
  const codec = Buffer.from(head.get("avro.codec") ?? []).toString("utf8");
  const read = reader(JSON.parse(Buffer.from(head.get("avro.schema") ?? []).toString("utf8")), new Map(), 0);
  from.take(syncBytes);
  const records: Json[] = [];
  while (!from.atEnd) {
    const count = from.size();
    const block = new Cursor(unpacked(from.take(from.size()), codec));
    for (let at = 0; at < count; at++) records.push(read(block));
    from.take(syncBytes);
  }
  return records;
}

function unpacked(bytes: Uint8Array, codec: string): Uint8Array {
  if (codec === "" || codec === "null") return bytes;
  if (codec === "deflate") return inflateRawSync(bytes, { maxOutputLength: maxBlockBytes });
  throw new RangeError(`it is packed with ${codec}, which is not known`);
}

class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(length: number): Uint8Array {
    const to = this.#at + length;
    if (to > this.#bytes.length) throw new RangeError("it ends too early");
    const found = this.#bytes.subarray(this.#at, to);
    this.#at = to;
    return found;
  }

  /** A whole number: seven bits in each byte, the lowest first, zigzag. */
  long(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = BigInt(this.take(1)[0] as number);
      value |= (byte & 0x7fn) << shift;
      if ((byte & 0x80n) === 0n) return Number((value >> 1n) ^ -(value & 1n));
    }
    throw new RangeError("a number in it has too many bytes");
  }

  /** How long something is. */
  size(): number {
    const size = this.long();
    if (size >= 0 && Number.isSafeInteger(size)) return size;
    throw new RangeError("a length in it is negative");
  }
}

function text(from: Cursor): string {
  return Buffer.from(from.take(from.size())).toString("utf8");
}

/** Items in blocks, each with their number in front, which is negative where the block's bytes are counted too. */
function blocks(from: Cursor, item: (from: Cursor) => void): void {
  for (let count = from.long(); count !== 0; count = from.long()) {
    if (count < 0) from.size();
    for (let at = 0; at < Math.abs(count); at++) item(from);
  }
}

const primitives: Readonly<Record<string, Read>> = {
  null: () => null,
  boolean: (from) => from.take(1)[0] === 1,
  int: (from) => from.long(),
  long: (from) => from.long(),
  float: (from) => view(from, 4).getFloat32(0, true),
  double: (from) => view(from, 8).getFloat64(0, true),
  bytes: (from) => Buffer.from(from.take(from.size())).toString("base64"),
  string: text,
};

function view(from: Cursor, length: number): DataView {
  const { buffer, byteOffset } = from.take(length);
  return new DataView(buffer, byteOffset, length);
}

/** Compiles a schema. @param named types that have a name, for those who use them again */
function reader(schema: unknown, named: Map<string, Read>, depth: number): Read {
  if (depth > maxDepth) throw new RangeError("its schema is nested too deeply");
  const inner = (one: unknown) => reader(one, named, depth + 1);
  const union = asList(schema)?.map(inner);
  if (union !== undefined) return (from) => at(union, from.size())(from);
  const fields = asFields(schema);
  const type = fields?.["type"] ?? schema;
  if (typeof type !== "string") return inner(type);
  switch (type) {
    case "record":
      return record(fields ?? {}, named, inner);
    case "array": {
      const item = inner(fields?.["items"]);
      return (from) => {
        const items: Json[] = [];
        blocks(from, (one) => items.push(item(one)));
        return items;
      };
    }
    case "map": {
      const value = inner(fields?.["values"]);
      return (from) => {
        const entries: [string, Json][] = [];
        blocks(from, (one) => entries.push([text(one), value(one)]));
        return Object.fromEntries(entries);
      };
    }
    case "enum": {
      const symbols = asList(fields?.["symbols"]) ?? [];
      return name(fields, named, (from) => asText(at(symbols, from.size())) ?? "");
    }
    case "fixed": {
      const size = Number(fields?.["size"]);
      return name(fields, named, (from) => Buffer.from(from.take(size)).toString("base64"));
    }
  }
  const found = primitives[type] ?? named.get(type);
  if (found === undefined) throw new RangeError(`its schema names a type that is not known: ${type}`);
  return found;
}

function record(
  schema: Readonly<Record<string, unknown>>,
  named: Map<string, Read>,
  inner: (schema: unknown) => Read,
): Read {
  const readers: [string, Read][] = [];
  // Before its fields, which may be of the same kind.
  const read = name(
    schema,
    named,
    (from) => Object.fromEntries(readers.map(([field, one]) => [field, one(from)])),
  );
  for (const entry of asList(schema["fields"]) ?? []) {
    const field = asFields(entry);
    readers.push([asText(field?.["name"]) ?? "", inner(field?.["type"])]);
  }
  return read;
}

function name(
  schema: Readonly<Record<string, unknown>> | undefined,
  named: Map<string, Read>,
  read: Read,
): Read {
  const short = asText(schema?.["name"]);
  const space = asText(schema?.["namespace"]);
  if (short !== undefined) {
    named.set(short, read);
    if (space !== undefined) named.set(`${space}.${short}`, read);
  }
  return read;
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError("it chooses what is not there");
  return found;
}
