/** Targets by short names, and random numbers that are the same in every run. */

import type { Random, Target } from "../../../src/plugin.ts";
import { fakeTarget } from "../../../src/testing.ts";

/** `a/m` is model m at provider a; `a` is model m1 there. */
export function targetOf(name: string, change: Partial<Target> = {}): Target {
  const [provider = "", model = "m1"] = name.split("/");
  return fakeTarget({ provider, model, upstreamModel: model, ...change });
}

export function namesOf(targets: readonly Target[]): string {
  return targets.map(({ provider, model }) => model === "m1" ? provider : `${provider}/${model}`).join(" ");
}

/** The generator mulberry32. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
