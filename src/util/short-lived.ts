/** A table of things that come and go all the time, such as calls in flight. */

interface Entry<T> {
  readonly name: string;
  readonly value: T;
}

/** Power of two; more than are there at once, as a rule. */
const bucketCount = 1024;
/** Names differ in their last letters, where counters stand. */
const hashedLetters = 8;

/**
 * Names and values in plain buckets, and no Map: with a few entries that come and go all the time V8 makes a Map a new table
 * every few calls, and the old tables keep each other, and all that was in them, until the next full collection.
 */
export class ShortLived<T> {
  readonly #buckets: (Entry<T>[] | undefined)[] = new Array(bucketCount);
  size = 0;

  get(name: string): T | undefined {
    const bucket = this.#buckets[bucketOf(name)];
    if (bucket === undefined) return undefined;
    for (const entry of bucket) if (entry.name === name) return entry.value;
    return undefined;
  }

  /** The name must not be there. */
  add(name: string, value: T): void {
    const bucket = this.#buckets[bucketOf(name)] ??= [];
    bucket.push({ name, value });
    this.size++;
  }

  /** Takes it out, and gives it. */
  take(name: string): T | undefined {
    const bucket = this.#buckets[bucketOf(name)] ?? [];
    for (let at = 0; at < bucket.length; at++) {
      const entry = bucket[at] as Entry<T>;
      if (entry.name !== name) continue;
      const last = bucket.pop() as Entry<T>;
      if (at < bucket.length) bucket[at] = last;
      this.size--;
      return entry.value;
    }
    return undefined;
  }

  /** All that are there now; what is taken out meanwhile may come all the same. */
  *entries(): Generator<readonly [name: string, value: T]> {
    for (const bucket of this.#buckets) {
      for (const { name, value } of [...bucket ?? []]) yield [name, value];
    }
  }
}

function bucketOf(name: string): number {
  let hash = name.length;
  for (let at = Math.max(0, name.length - hashedLetters); at < name.length; at++) {
    hash = Math.imul(hash, 31) + name.charCodeAt(at) | 0;
  }
  return hash & (bucketCount - 1);
}
