/** Which ids have been seen, by 64-bit hashes: about 8 to 15 bytes for each, whatever their length. */

/** Hashes may agree by chance (for a million ids once in 40 million files), so whoever is told «seen» looks again. */
export interface IdSet {
  /** Adds an id. @returns whether its hash was there already */
  seen(id: string): boolean;
}

/** Tables grow one after the other, so that growing never needs much memory at once. */
const shardCount = 64;

interface Shard {
  /** Pairs of low and high halves; both 0: free. */
  slots: Uint32Array;
  used: number;
}

export function idSet(): IdSet {
  const shards = Array.from(
    { length: shardCount },
    (): Shard => ({ slots: new Uint32Array(2 * 64), used: 0 }),
  );
  return {
    seen(id) {
      const [low, high] = hash64(id);
      const shard = shards[high % shardCount];
      if (shard === undefined) return false;
      if (!insert(shard.slots, low, high)) return true;
      shard.used++;
      if (shard.used * 2 > shard.slots.length * 0.8) grow(shard);
      return false;
    },
  };
}

/** @returns whether it is new */
function insert(slots: Uint32Array, low: number, high: number): boolean {
  const count = slots.length / 2;
  let at = low % count;
  for (;;) {
    const [thereLow, thereHigh] = [slots[2 * at], slots[2 * at + 1]];
    if (thereLow === low && thereHigh === high) return false;
    if (thereLow === 0 && thereHigh === 0) break;
    at = at + 1 === count ? 0 : at + 1;
  }
  slots[2 * at] = low;
  slots[2 * at + 1] = high;
  return true;
}

function grow(shard: Shard): void {
  const { slots } = shard;
  const larger = new Uint32Array(2 * Math.ceil(slots.length * 0.75));
  for (let at = 0; at < slots.length; at += 2) {
    const [low = 0, high = 0] = [slots[at], slots[at + 1]];
    if (low !== 0 || high !== 0) insert(larger, low, high);
  }
  shard.slots = larger;
}

/** Two mixed halves (cyrb53 without its cut to 53 bits); never both 0. */
function hash64(text: string): readonly [low: number, high: number] {
  let one = 0xdeadbeef;
  let two = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 2654435761);
    two = Math.imul(two ^ code, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  return [(one >>> 0) || 1, two >>> 0];
}
