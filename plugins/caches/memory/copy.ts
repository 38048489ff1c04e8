/** Copies an answer so that nobody outside can change what is stored, and estimates what the copy weighs. */

import type { CachedAnswer, Part } from "../../../src/plugin.ts";

export interface FrozenCopy {
  readonly copy: CachedAnswer;
  /** Estimate, on the high side: UTF-16 for strings, one word per number, a small header per object and field. */
  readonly bytes: number;
  readonly hasVectors: boolean;
}

const bytesPerObject = 32;
const bytesPerField = 16;

/**
 * Copies and freezes an answer, but for the numbers of embeddings: freezing a vector would blow it up to three times its
 * size, so these are copied for each reader instead (`withOwnVectors`).
 */
export function frozenCopy(answer: CachedAnswer): FrozenCopy {
  let bytes = 0;
  let hasVectors = false;

  function copyOf(value: unknown): unknown {
    if (typeof value === "string") {
      bytes += 2 * value.length;
      return value;
    }
    bytes += 8;
    if (typeof value !== "object" || value === null) return value;
    bytes += bytesPerObject;
    if (Array.isArray(value)) return Object.freeze(value.map(copyOf));
    const copy: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(value)) {
      bytes += bytesPerField;
      const copied = copyOf(field);
      if (name === "__proto__") Object.defineProperty(copy, name, { value: copied, enumerable: true });
      else copy[name] = copied;
    }
    return Object.freeze(copy);
  }

  function partCopy(part: Part): Part {
    if (part.type !== "embedding") return copyOf(part) as Part;
    hasVectors = true;
    bytes += bytesPerObject + 8 * part.vector.length;
    return Object.freeze({ ...part, vector: part.vector.slice() });
  }

  const { parts, ...rest } = answer;
  const copy = { ...copyOf(rest) as Omit<CachedAnswer, "parts">, parts: Object.freeze(parts.map(partCopy)) };
  return { copy: Object.freeze(copy), bytes, hasVectors };
}

/** The stored answer with vectors that belong to the reader. */
export function withOwnVectors(answer: CachedAnswer): CachedAnswer {
  const parts = answer.parts.map((part) =>
    part.type === "embedding" ? { ...part, vector: part.vector.slice() } : part
  );
  return { ...answer, parts };
}
