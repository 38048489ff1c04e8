/** Secrets of gateway keys: how they are made, and the hash that is all Loom keeps of them. */

import { hash, randomBytes, timingSafeEqual } from "node:crypto";

/** SHA-256 in lower-case hex. Secrets are long and random, so nothing slower is needed. */
export function digestOf(secret: string): string {
  return hash("sha256", secret, "hex");
}

/** A digest in the form in which it is compared. */
export function digestBytes(digest: string): Uint8Array {
  return Buffer.from(digest, "latin1");
}

/** Compares in a time that does not depend on where the two differ. */
export function sameDigest(digest: string, bytes: Uint8Array): boolean {
  const given = Buffer.from(digest, "latin1");
  return given.length === bytes.length && timingSafeEqual(given, bytes);
}

/** A new secret: 192 random bits that fit into a header and a URL. */
export function newSecret(): string {
  return `loom-${randomBytes(24).toString("base64url")}`;
}

/** An id for people and counters; says nothing of the secret. */
export function newKeyId(): string {
  return `key-${randomBytes(6).toString("hex")}`;
}
