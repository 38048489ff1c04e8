/** The strategy suite passes a plain good strategy and catches each way of being a bad one. */

import { describe, test } from "node:test";
import type { Strategy, Target } from "../../src/plugin.ts";
import { type StrategySetup, strategySuite } from "../../src/testing.ts";
import { expectCaught, expectGood } from "../support/run-suite.ts";

describe("strategySuite", () => {
  test("passes a good strategy", () => expectGood((run) => strategySuite(run, () => ({ order: (t) => t }))));
  test("passes one that draws lots", () =>
    expectGood((run) =>
      strategySuite(run, ({ random }) => ({
        order: (targets) =>
          targets.map((target) => ({ target, lot: random() })).sort((x, y) => x.lot - y.lot).map((
            { target },
          ) => target),
      }))
    ));

  let drawn = 0;
  const faults: [string, (setup: StrategySetup) => Strategy, RegExp][] = [
    ["leaves a target out", () => ({ order: (targets) => targets.slice(0, 3) }), /keeps every target/],
    [
      "gives copies",
      () => ({ order: (targets) => targets.map((target) => ({ ...target })) }),
      /each target that it was given/,
    ],
    ["names one twice", () => ({ order: (t) => t.map(() => t[0] as Target) }), /once/],
    [
      "sorts what it was given",
      () => ({ order: (targets) => (targets as Target[]).sort() }),
      /read only|frozen/i,
    ],
    ["makes its caller wait", () => ({ order: (async (t: readonly Target[]) => t) as never }), /at once/],
    [
      "needs a price",
      () => ({
        order: (t) => t.toSorted((a, b) => (a.price?.input as number) - (b.price as { input: number }).input),
      }),
      /undefined/,
    ],
    [
      "cannot hear of a failure",
      () => ({ order: (t) => t, ended: (attempt) => void (attempt.firstPartMs as number).toFixed() }),
      /toFixed/,
    ],
    [
      "draws its own lots",
      () => ({ order: (t) => drawn++ % 3 === 0 ? t : t.toReversed() }),
      /by nothing else/,
    ],
    [
      "looks beyond the last",
      ({ random }) => ({
        order: (targets) => {
          const at = Math.round(random() * targets.length);
          return [targets[at] as Target, ...targets.toSpliced(at, 1)];
        },
      }),
      /largest random number|each target/,
    ],
  ];
  for (const [name, make, what] of faults) {
    test(`catches one that ${name}`, () => expectCaught((run) => strategySuite(run, make), what));
  }
});
