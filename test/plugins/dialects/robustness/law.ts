/** Holds every recorded answer to one law, and tells in one test per dialect which cases broke it. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { corpus } from "./corpus.ts";
import type { Sample } from "./sample.ts";

/** How many events one law may decode for one dialect, roughly. More are tried by hand: `ROBUSTNESS_EVENTS=10000000`. */
const effort = Number(process.env["ROBUSTNESS_EVENTS"] ?? 7_000);

const count = new Map<string, number>();
for (const { dialect } of corpus) count.set(dialect, (count.get(dialect) ?? 0) + 1);

/** Most cases of one law for one answer: fewer for long ones, and where there are many answers. */
export function mostOf({ dialect, events }: Sample): number {
  return Math.max(8, Math.ceil(effort / (count.get(dialect) ?? 1) / Math.max(1, events?.length ?? 1)));
}

/** One case: what was done, and what is wrong, if anything. */
export interface Verdict {
  readonly what: string;
  readonly wrong: string | undefined;
}

/** Most failures that are told. */
const maxTold = 25;

/**
 * @param cases the cases of one sample; a sample that the law does not speak of has none
 * @param without dialects that the law does not speak of
 */
export function law(
  name: string,
  cases: (sample: Sample) => Iterable<Verdict>,
  without: readonly string[] = [],
): void {
  describe(name, () => {
    for (const dialect of new Set(corpus.map((sample) => sample.dialect))) {
      if (without.includes(dialect)) continue;
      it(dialect, (test) => {
        const failures: string[] = [];
        let count = 0;
        for (const sample of corpus) {
          if (sample.dialect !== dialect) continue;

          for (const { what, wrong } of cases(sample)) {
            count++;
            if (wrong !== undefined) failures.push(`${sample.name}: ${what}: ${wrong}`);
          }
        }
        test.diagnostic(`${name}: ${dialect}: ${count} cases`);
        assert.ok(count > 0, "there is no such case");
        const told = failures.slice(0, maxTold).join("\n");
        assert.ok(failures.length === 0, `${failures.length} of ${count} cases failed:\n${told}`);
      });
    }
  });
}

/** What differs, briefly; `undefined`: nothing. */
export function difference(actual: unknown, expected: unknown): string | undefined {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left === right) return undefined;
  let at = 0;
  while (left[at] === right[at]) at++;
  const from = Math.max(0, at - 60);
  return `got …${left.slice(from, at + 60)} for …${right.slice(from, at + 60)}`;
}
