/** Reads a streamed answer and writes down what comes, and when. */

import assert from "node:assert/strict";
import type { Part } from "../../src/contract/part.ts";
import type { Answer, Flow, Outcome } from "../../src/contract/reply.ts";
import { textOf } from "./wire-codec.ts";

export interface Following {
  readonly parts: readonly Part[];
  readonly text: string;
  readonly batches: number;
  /** Every end that was told. */
  readonly ends: readonly Outcome[];
  /** Parts that came after an end. */
  readonly late: number;
  readonly flow: Flow;
  /** The first end, as soon as it is told. */
  readonly ended: Promise<Outcome>;
}

/** Attaches to a streamed answer. */
export function follow(answer: Answer, onBatch: (flow: Flow) => void = () => {}): Following {
  assert.ok("source" in answer, "the answer is whole");
  const parts: Part[] = [];
  const ends: Outcome[] = [];
  let batches = 0;
  let late = 0;
  const { promise: ended, resolve } = Promise.withResolvers<Outcome>();
  const flow: Flow = answer.source({
    parts(batch) {
      assert.ok(batch.length > 0, "an empty batch");
      batches++;
      if (ends.length > 0) late++;
      parts.push(...batch);
      onBatch(flow);
    },
    end(outcome) {
      ends.push(outcome);
      resolve(outcome);
    },
  });
  return {
    parts,
    ends,
    flow,
    ended,
    get text() {
      return textOf(parts);
    },
    get batches() {
      return batches;
    },
    get late() {
      return late;
    },
  };
}

/** What an outcome is, in one word: `ok`, `cancelled`, or the code of the error. */
export function wordFor(outcome: Outcome): string {
  return outcome.status === "failed" ? outcome.error.code : outcome.status;
}

/** Lets the event loop turn a few times, for asserting that something does not happen. */
export async function turns(count = 20): Promise<void> {
  for (let index = 0; index < count; index++) await new Promise((resolve) => setTimeout(resolve, 1));
}
