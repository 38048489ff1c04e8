/** Walks through the steps of a batch codec, and gathers what its wire gives bit by bit. */

import assert from "node:assert/strict";
import type { BatchRowResult } from "../../src/contract/batch.ts";
import type {
  BatchResultPage,
  BatchResults,
  Chained,
  Operation,
  WireReplyHead,
  WireRequest,
} from "../../src/contract/dialect.ts";
import type { Json } from "../../src/contract/json.ts";

/** Where results are asked for first. */
export function asked(results: BatchResults): Operation<BatchResultPage> {
  assert.ok("request" in results, "results are asked for");
  return results;
}

/** All results, in the order in which they come. */
export async function gathered(
  results: AsyncIterable<readonly BatchRowResult[]>,
): Promise<readonly BatchRowResult[]> {
  const all: BatchRowResult[] = [];
  for await (const some of results) all.push(...some);
  return all;
}

export interface Walk<T> {
  readonly value: T;
  readonly requests: readonly WireRequest[];
  /** What the vendor was waited for, before which request. */
  readonly waits: readonly (readonly [request: number, what: string])[];
}

/** Answers one step after the other, until the operation has its value. */
export function walk<T>(
  first: Chained<T>,
  head: WireReplyHead,
  ...answers: readonly (Json | Uint8Array)[]
): Walk<T> {
  const requests: WireRequest[] = [];
  const waits: (readonly [number, string])[] = [];
  let step = first;
  for (const body of answers) {
    requests.push(step.request);
    const found = step.decode(body, head);
    if (typeof found !== "object" || found === null || !("then" in found)) {
      assert.equal(requests.length, answers.length, "all answers were asked for");
      return { value: found as T, requests, waits };
    }
    if (found.after !== undefined) waits.push([requests.length, found.after]);
    step = found.then;
  }
  throw new Error(`there are more steps than answers: ${step.request.path}`);
}

/** Answers one page of results after the other: rows, and the files that would be read. */
export function walkResults(
  first: BatchResults,
  head: WireReplyHead,
  ...answers: readonly (Json | Uint8Array)[]
): {
  readonly rows: readonly Json[];
  readonly paths: readonly string[];
  readonly files: readonly WireRequest[];
} {
  const rows: Json[] = [];
  const paths: string[] = [];
  const files: WireRequest[] = [];
  let left = [...answers];
  let next: Operation<BatchResultPage> | undefined;
  const take = (page: BatchResultPage) => {
    rows.push(...page.rows ?? []);
    files.push(...page.files ?? []);
    next = page.next;
  };
  if ("request" in first) next = first;
  else take(first);
  while (next !== undefined) {
    const [body, ...rest] = left;
    if (body === undefined) throw new Error(`there are more pages than answers: ${next.request.path}`);
    left = rest;
    paths.push(next.request.path);
    take(next.decode(body, head));
  }
  assert.equal(left.length, 0, "all answers were asked for");
  return { rows, paths, files };
}
