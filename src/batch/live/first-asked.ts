/** Which row asked a prompt first, by digest: 20 bytes a prompt in a table that is a third to two thirds full, 30 to 60 in all. */

import { hash } from "node:crypto";

export interface FirstAsked {
  /** The row that asked this first: an earlier one, or this one, which is remembered. */
  of(prompt: string, index: number): number;
}

/** Words of 32 bits: 128 bits of SHA-256, which no two prompts of a dataset share by chance. */
const words = 4;
const mostFull = 2 / 3;

export function firstAsked(): FirstAsked {
  let slots = 1_024;
  let digests = new Uint32Array(slots * words);
  /** Row indexes plus one; 0: the slot is free. */
  let rows = new Uint32Array(slots);
  let count = 0;

  function slotOf(digest: Uint32Array, at: number): number {
    let slot = (digest[at] ?? 0) & (slots - 1);
    while (rows[slot] !== 0 && !equal(digests, slot * words, digest, at)) slot = (slot + 1) & (slots - 1);
    return slot;
  }

  function grow(): void {
    const [oldDigests, oldRows] = [digests, rows];
    slots *= 2;
    digests = new Uint32Array(slots * words);
    rows = new Uint32Array(slots);
    for (const [old, row] of oldRows.entries()) {
      if (row === 0) continue;
      const slot = slotOf(oldDigests, old * words);
      digests.set(oldDigests.subarray(old * words, (old + 1) * words), slot * words);
      rows[slot] = row;
    }
  }

  return {
    of(prompt, index) {
      const digest = digestOf(prompt);
      const slot = slotOf(digest, 0);
      const row = rows[slot] ?? 0;
      if (row !== 0) return row - 1;
      digests.set(digest, slot * words);
      rows[slot] = index + 1;
      if (++count > slots * mostFull) grow();
      return index;
    },
  };
}

/** Always the same list: it is copied, or forgotten, before the next one is made. */
const scratch = new Uint32Array(words);

function digestOf(prompt: string): Uint32Array {
  // In UTF-8 all lone surrogates look alike.
  const bytes = hash("sha256", prompt.isWellFormed() ? prompt : Buffer.from(prompt, "utf16le"), "buffer");
  for (let word = 0; word < words; word++) scratch[word] = bytes.readUInt32LE(word * 4);
  return scratch;
}

function equal(left: Uint32Array, leftAt: number, right: Uint32Array, rightAt: number): boolean {
  for (let word = 0; word < words; word++) if (left[leftAt + word] !== right[rightAt + word]) return false;
  return true;
}
