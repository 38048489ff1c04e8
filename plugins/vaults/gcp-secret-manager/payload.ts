/** The bytes of a secret as text, after their checksum was compared. */

import { Buffer } from "node:buffer";
import { loomError } from "../../../src/plugin.ts";

export interface Payload {
  readonly data?: Uint8Array | string | null;
  /** CRC32C of the bytes, as a number of 64 bits in whatever form the client has for it. */
  readonly dataCrc32c?: unknown;
}

/** @throws LoomError `invalid-reply`, when the bytes are not those that were stored, or no text */
export function decodePayload(payload: Payload | null | undefined, resource: string): string {
  const data = payload?.data;
  if (!payload || data === undefined || data === null) throw wrong(resource, "came without its payload");
  const bytes = typeof data === "string" ? new Uint8Array(Buffer.from(data, "base64")) : data;
  const sum = payload.dataCrc32c;
  if (sum !== undefined && sum !== null && String(sum) !== String(crc32c(bytes))) {
    throw wrong(resource, "arrived damaged: its checksum does not fit");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw wrong(resource, "is no UTF-8 text");
  }
}

/** Castagnoli's polynomial, bits reversed (RFC 3720, appendix B.4). */
const polynomial = 0x82f63b78;

const table: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? value >>> 1 ^ polynomial : value >>> 1;
  return value;
});

export function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (table[(sum ^ byte) & 0xff] as number) ^ sum >>> 8;
  return (sum ^ 0xffffffff) >>> 0;
}

function wrong(resource: string, problem: string): Error {
  return loomError("invalid-reply", `GCP Secret Manager: ${resource} ${problem}`, {});
}
