/** All families of one gateway process, empty. */

import type { Cell } from "./cell.ts";
import * as definitions from "./definitions.ts";
import { type Definition, type Family, family } from "./family.ts";
import { type Histogram, histogram } from "./histogram.ts";
import { type FamilySnapshot, histogramsOf, numbersOf } from "./snapshot.ts";

const numbers = [
  "requests",
  "tokens",
  "cost",
  "unpriced",
  "saved",
  "cacheRequests",
  "deduplicated",
  "errors",
  "retries",
  "failovers",
  "limits",
  "guardVerdicts",
  "keyRequests",
  "keyTokens",
  "keyCost",
  "sinkDropped",
  "inFlight",
  "breakers",
] as const;

export interface Families extends Readonly<Record<typeof numbers[number], Family<Cell>>> {
  readonly duration: Family<Histogram>;
  readonly firstToken: Family<Histogram>;
  readonly attempts: Family<Histogram>;
  readonly overhead: Family<Histogram>;
}

export function families(maxSeries: number): Families {
  const counted = Object.fromEntries(
    numbers.map((name) => [name, family(definitions[name], maxSeries, (): Cell => ({ value: 0 }))]),
  ) as Record<typeof numbers[number], Family<Cell>>;
  // Each of these is many lines on the page.
  const maxHistograms = Math.ceil(maxSeries / 5);
  const spread = (definition: Definition, bounds: readonly number[]) =>
    family(definition, maxHistograms, () => histogram(bounds));
  return {
    ...counted,
    duration: spread(definitions.duration, definitions.callBuckets),
    firstToken: spread(definitions.firstToken, definitions.firstTokenBuckets),
    attempts: spread(definitions.attempts, definitions.callBuckets),
    overhead: spread(definitions.overhead, definitions.overheadBuckets),
  };
}

export function familySnapshots(all: Families): readonly FamilySnapshot[] {
  return [
    ...numbers.map((name) => numbersOf(all[name])),
    ...[all.duration, all.firstToken, all.attempts, all.overhead].map(histogramsOf),
  ];
}
