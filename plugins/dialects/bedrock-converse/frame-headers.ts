/** Reads the headers of one frame of an event stream. */

/** Bytes of the value by its type; texts and byte strings (6, 7) say their length themselves. Types 0 and 1 are booleans. */
const sizes: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const bytesType = 6;
const textType = 7;

const utf8 = new TextDecoder();

/** The headers that are texts; others are skipped. `undefined`: the bytes are no headers. */
export function readHeaders(bytes: Uint8Array): ReadonlyMap<string, string> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headers = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + view.getUint8(at);
    if (nameEnd >= bytes.length) return undefined;
    const name = utf8.decode(bytes.subarray(at + 1, nameEnd));
    const type = view.getUint8(nameEnd);
    at = nameEnd + 1;
    let size = sizes[type];
    if (type === bytesType || type === textType) {
      if (at + 2 > bytes.length) return undefined;
      size = view.getUint16(at);
      at += 2;
    }
    if (size === undefined || at + size > bytes.length) return undefined;
    if (type === textType) headers.set(name, utf8.decode(bytes.subarray(at, at + size)));
    at += size;
  }
  return headers;
}
