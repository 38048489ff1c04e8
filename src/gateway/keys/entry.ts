/** One accepted secret, as it is looked up: its digest, who it stands for, and until when. */

import type { KeyOptions, Principal } from "../options.ts";
import { digestBytes, digestOf } from "./digest.ts";
import type { MakePrincipal } from "./principal.ts";
import { refused } from "./presented.ts";

export interface KeyEntry {
  readonly digest: Uint8Array;
  readonly principal: Principal;
  readonly disabled: boolean;
  /** Milliseconds since the epoch; `Infinity`: for good. */
  readonly untilMs: number;
}

export type KeyTable = ReadonlyMap<string, KeyEntry>;

/** The digest that a key's options say, whichever way they say it. */
export function digestOfKey({ key, hash }: Pick<KeyOptions, "key" | "hash">): string {
  return key === undefined ? (hash ?? "").slice("sha256:".length).toLowerCase() : digestOf(key);
}

export function idOfKey(options: Pick<KeyOptions, "key" | "hash" | "id">): string {
  return options.id ?? digestOfKey(options).slice(0, 8);
}

/** Secrets end here: the table holds digests alone. */
export function tableOf(list: readonly KeyOptions[], principalOf: MakePrincipal): KeyTable {
  const table = new Map<string, KeyEntry>();
  for (const options of list) {
    const digest = digestOfKey(options);
    table.set(digest, {
      digest: digestBytes(digest),
      principal: principalOf(idOfKey(options), options),
      disabled: options.disabled ?? false,
      untilMs: untilMsOf(options.expiresAt),
    });
  }
  return table;
}

export function untilMsOf(expiresAt: string | undefined): number {
  return expiresAt === undefined ? Infinity : Date.parse(expiresAt);
}

/** @throws LoomError `auth-rejected`, when the key is good but may not be used */
export function principalOfEntry({ principal, disabled, untilMs }: KeyEntry, nowMs: number): Principal {
  if (disabled) throw refused("this gateway key is disabled");
  if (nowMs >= untilMs) throw refused("this gateway key has expired");
  return principal;
}
