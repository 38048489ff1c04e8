/** The store suite passes a plain good store and catches each way of being a bad one. */

import { describe, test } from "node:test";
import { reservations, type Store } from "../../src/plugin.ts";
import { type StoreSetup, storeSuite } from "../../src/testing.ts";
import { expectCaught, expectGood } from "../support/run-suite.ts";

interface Entry {
  value: string;
  untilMs: number;
}

/** A small store that does everything right; `entries` is what it holds. */
function goodStore({ clock }: StoreSetup, entries: Map<string, Entry> = new Map()): Store {
  const fresh = (key: string) => {
    const entry = entries.get(key);
    return entry !== undefined && clock.now() < entry.untilMs ? entry : undefined;
  };
  const { hold, settle } = reservations(clock);
  return {
    hold,
    settle,
    get: (key) => Promise.resolve(fresh(key)?.value),
    set: (key, value, { ttlMs = Infinity } = {}) =>
      Promise.resolve(void entries.set(key, { value, untilMs: clock.now() + ttlMs })),
    async add(key, amount, { ttlMs = Infinity } = {}) {
      const entry = fresh(key) ?? { value: "0", untilMs: clock.now() + ttlMs };
      const sum = (entry.value === "" ? NaN : Number(entry.value)) + amount;
      if (!Number.isFinite(sum)) throw await Promise.resolve(new TypeError("not a number"));
      entry.value = String(sum);
      entries.set(key, entry);
      return sum;
    },
    delete: (key) => Promise.resolve(void entries.delete(key)),
  };
}

/** The good store with some of it replaced. */
function spoilt(change: (good: Store, setup: StoreSetup) => Partial<Store>) {
  return (setup: StoreSetup): Store => {
    const good = goodStore(setup);
    return { ...good, ...change(good, setup) };
  };
}

const shared = new Map<string, Entry>();
let closes = 0;
let settlements = 0;

describe("storeSuite", () => {
  test("passes a good store", () => expectGood((run) => storeSuite(run, goodStore)));

  const faults: readonly (readonly [string, (setup: StoreSetup) => Store, RegExp])[] = [
    [
      "gives null for what it does not have",
      spoilt((good) => ({
        get: async (key) => await good.get(key) ?? (null as unknown as undefined),
      })),
      /unknown key/,
    ],
    [
      "loses empty texts",
      spoilt((good) => ({ get: async (key) => await good.get(key) || undefined })),
      /empty/,
    ],
    ["deletes nothing", spoilt(() => ({ delete: async () => {} })), /delete/],
    [
      "rounds",
      spoilt((good) => ({ add: (key, amount, ttl) => good.add(key, Math.round(amount), ttl) })),
      /fractions/,
    ],
    [
      "gives what was there before",
      spoilt((good) => ({
        add: async (key, amount, ttl) => await good.add(key, amount, ttl) - amount,
      })),
      /add begins at 0/,
    ],
    [
      "reads, then writes",
      spoilt((good) => ({
        async add(key, amount, ttl) {
          const sum = Number(await good.get(key) ?? 0) + amount;
          await good.set(key, String(sum), ttl);
          return sum;
        },
      })),
      /atomic|lives as long/,
    ],
    [
      "takes words for 0",
      spoilt((good) => ({
        async add(key, amount, ttl) {
          if (Number.isNaN(Number(await good.get(key) ?? "0"))) await good.set(key, "0");
          return await good.add(key, amount, ttl);
        },
      })),
      /no number/,
    ],
    [
      "keeps entries forever",
      spoilt((good) => ({ set: (key, value) => good.set(key, value) })),
      /dies with its time/,
    ],
    [
      "keeps sums forever",
      spoilt((good) => ({ add: (key, amount) => good.add(key, amount) })),
      /a sum lives/,
    ],
    [
      "prolongs a sum's life with each add",
      spoilt((good) => ({
        async add(key, amount, ttl) {
          const sum = await good.add(key, amount);
          await good.set(key, String(sum), ttl);
          return sum;
        },
      })),
      /a sum lives/,
    ],
    [
      "takes short lives for endless ones",
      spoilt((good) => ({
        set: (key, value, { ttlMs } = {}) =>
          good.set(key, value, ttlMs === undefined || ttlMs < 1 ? {} : { ttlMs }),
      })),
      /below a millisecond/,
    ],
    [
      "cuts keys",
      spoilt((good) => ({ set: (key, value, ttl) => good.set(key.slice(0, 100), value, ttl) })),
      /weird keys/,
    ],
    ["keeps what others left", (setup) => goodStore(setup, shared), /add is atomic/],
    [
      "takes some of the holds when not all fit",
      spoilt((good) => ({
        async hold(lease, holds, leaseMs) {
          const all = await good.hold(lease, holds, leaseMs);
          if (!all.ok) await good.hold(lease, holds.slice(0, all.full), leaseMs);
          return all;
        },
      })),
      /takes nothing of the others/,
    ],
    [
      "looks first, and takes later",
      spoilt((good) => ({
        async hold(lease, holds, leaseMs) {
          const asked = holds.map((hold) => ({ ...hold, amount: 0 }));
          const { levels } = await good.hold(`${lease}?`, asked, 1);
          await good.settle(`${lease}?`, asked, asked.map(() => 0));
          const full = holds.findIndex(({ amount, max }, index) => (levels[index] ?? 0) + amount > max);
          if (full >= 0) return { ok: false, levels, full };
          return await good.hold(lease, holds.map((hold) => ({ ...hold, max: Infinity })), leaseMs);
        },
      })),
      /200 holds at once/,
    ],
    [
      "counts a settlement again",
      spoilt((good) => ({
        settle(lease, holds, used) {
          void good.settle(lease, holds, holds.map(() => 0));
          return good.settle(`${lease} ${settlements++}`, holds, used);
        },
      })),
      /settled twice/,
    ],
    [
      "forgets what a late settlement used",
      spoilt((good) => {
        const known = new Set<string>();
        return {
          hold: (lease, holds, leaseMs) => (known.add(lease), good.hold(lease, holds, leaseMs)),
          settle: (lease, holds, used) => known.has(lease) ? good.settle(lease, holds, used) : undefined,
        };
      }),
      /unknown lease used/,
    ],
    [
      "keeps what a dead process held",
      spoilt((good) => ({ hold: (lease, holds) => good.hold(lease, holds, 1e9) })),
      /runs out gives back/,
    ],
    [
      "forgets the period before",
      spoilt((good) => ({
        hold: (lease, holds, leaseMs) =>
          good.hold(lease, holds.map(({ before: _, ...hold }) => hold), leaseMs),
      })),
      /period before/,
    ],
    [
      "fails when it is closed again",
      spoilt(() => ({
        close() {
          if (++closes % 2 === 0) throw new Error("closed twice");
        },
      })),
      /closed twice/,
    ],
  ];
  for (const [name, make, what] of faults) {
    test(`catches a store that ${name}`, () => expectCaught((run) => storeSuite(run, make), what));
  }
});
