/** Counts why rows have no answer, by code, with the first one's message as the example. */

import type { RowRecord } from "../journal/journal.ts";

export interface FailureReasons {
  readonly failed: number;
  add(record: RowRecord): void;
  /** The commonest reasons. */
  text(): string;
}

const mostTold = 3;
const mostChars = 200;

export function failureReasons(): FailureReasons {
  /** There are some thirty codes. */
  const reasons = new Map<string, { count: number; readonly example: string }>();
  let failed = 0;
  return {
    get failed() {
      return failed;
    },
    add({ index, status, error }) {
      if (status !== "failed") return;
      failed++;
      const { code = "internal", message = "" } = error ?? {};
      const known = reasons.get(code);
      if (known !== undefined) known.count++;
      else reasons.set(code, { count: 1, example: `row ${index + 1}: ${short(message)}` });
    },
    text() {
      const sorted = [...reasons].sort(([, one], [, other]) => other.count - one.count);
      const told = sorted.slice(0, mostTold).map(([code, { count, example }]) =>
        `${count} ${code} (${count === 1 ? "" : "the first is "}${example})`
      );
      const rest = sorted.slice(mostTold).reduce((sum, [, { count }]) => sum + count, 0);
      return [...told, ...rest > 0 ? [`${rest} others`] : []].join(", ");
    },
  };
}

function short(message: string): string {
  return message.length <= mostChars ? message : `${message.slice(0, mostChars)}…`;
}
