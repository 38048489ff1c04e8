/** Reads the rows of a batch, part by part: each exactly once, those without an answer at the end. */

import type { BatchRowResult } from "../contract/batch.ts";
import type { Call } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { Target } from "../contract/target.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { CallLedger, Canceller } from "../kernel/index.ts";
import type { BatchOptions, BatchPartReport, BatchReport, RowAnswer } from "./batch.ts";
import { type BatchMap, type BatchPlace, partAt } from "./batch-map.ts";
import { type BatchPartAccess, callOf } from "./batch-part.ts";
import { customIdOf, indexOf, rowContext } from "./batch-rows.ts";
import { nameOf, targetsOf } from "./batch-targets.ts";
import type { Engine } from "./engine.ts";
import { invalidRequest } from "./invalid-request.ts";

export interface Reading {
  readonly map: BatchMap;
  /** By part. */
  readonly access: readonly BatchPartAccess[];
  /** What the rows asked, where that is known. */
  readonly calls: readonly Call[] | undefined;
  /** Of the batch as it has ended. */
  readonly report: BatchReport;
}

const open = 0;
const failed = 1;
const answered = 2;

/** The place of each row in the list, and what became of it. */
export async function* readRows(
  engine: Engine,
  { map, access, calls, report }: Reading,
  options: BatchOptions,
): AsyncGenerator<readonly [number, RowAnswer], void, undefined> {
  const contextOf = await contexts(engine, map, calls);
  const state = new Uint8Array(map.rows);
  // Of several answers to one row the first that is none of an error counts, so errors wait for the end.
  const errors = new Map<number, LoomError>();

  function rowOf({ customId }: Pick<BatchRowResult, "customId">, part: number): number | undefined {
    const row = indexOf(customId);
    if (row === undefined || row >= map.rows || (partAt(map, row) ?? part) !== part) return undefined;
    return row;
  }

  for (const [part, one] of access.entries()) {
    if (report.parts[part]?.hasResults !== true) continue;
    // A row's answer must be read and settled under one context.
    const reading = new Map<number, Attempting>();
    const ctxOf = (customId: string): Attempting => {
      const row = rowOf({ customId }, part);
      if (row === undefined) return contextOf(undefined, part, customId);
      const ctx = reading.get(row) ?? contextOf(row, part, customId);
      reading.set(row, ctx);
      return ctx;
    };
    for await (const page of one.pages(options, ctxOf)) {
      for (const found of page) {
        const row = rowOf(found, part);
        if (row === undefined || state[row] === answered) continue;
        if (found.parts === undefined) {
          if (state[row] === open) errors.set(row, found.error as LoomError);
          state[row] = failed;
          continue;
        }
        state[row] = answered;
        errors.delete(row);
        yield [row, { ctx: ctxOf(found.customId), outcome: { parts: found.parts } }];
      }
      reading.clear();
    }
  }
  for (let row = 0; row < map.rows; row++) {
    if (state[row] === answered) continue;
    const part = partAt(map, row);
    const error = errors.get(row) ?? missing(report, part);
    yield [row, { ctx: contextOf(row, part, customIdOf(row)), outcome: { error } }];
  }
}

type ContextOf = (row: number | undefined, part: number | undefined, customId: string) => Attempting;

/** @throws LoomError `invalid-request`, when a call does not ask what its part does */
async function contexts(
  engine: Engine,
  map: BatchMap,
  calls: readonly Call[] | undefined,
): Promise<ContextOf> {
  const { places } = map;
  const ofParts = places.map((place) => callOf(place));
  const partTargets = await targetsOf(engine, ofParts);
  const targets = calls === undefined ? undefined : await targetsOf(engine, calls);
  if (targets !== undefined) checkTargets(map, targets);
  // No operation stands behind it: what reading a row tells is told in its ledger.
  const frame = { id: "batch", deadlineMs: Infinity, cancellation: new Canceller() };
  return (row, part, customId) => {
    const at = part !== undefined && part < places.length ? part : 0;
    const call = (row === undefined ? undefined : calls?.[row]) ?? ofParts[at] as Call;
    const target = (row === undefined ? undefined : targets?.[row]) ?? partTargets[at] as Target;
    const ledger = new CallLedger(`${(places[at] as BatchPlace).id}/${customId}`, engine.opened.clock);
    return rowContext(frame, call, target, ledger);
  };
}

function checkTargets(map: BatchMap, targets: readonly Target[]): void {
  for (const [row, target] of targets.entries()) {
    const place = map.places[partAt(map, row) ?? -1];
    if (place === undefined || nameOf(place) === nameOf(target)) continue;
    const problem = `asks ${nameOf(target)}, and that row of the batch ${nameOf(place)}`;
    throw invalidRequest(
      `requests[${row}]`,
      `${problem}; give the requests that were handed in, in their order`,
    );
  }
}

/** Why a row has no answer. @param part `undefined`: nobody knows which it was in */
function missing({ parts }: BatchReport, part: number | undefined): LoomError {
  if (part === parts.length) {
    return loomError("aborted", "the row was not handed in, because another part could not be", {});
  }
  const report = (part === undefined ? worst(parts) : parts[part]) as BatchPartReport;
  const { status, hasResults, problem, provider, model } = report;
  const message = status === "failed" && !hasResults
    ? `the row's batch failed: ${problem ?? "no reason was given"}`
    : `the row has no answer, and the batch is ${status}`;
  return loomError(status === "cancelled" ? "aborted" : "provider-failed", message, {}, { provider, model });
}

function worst(parts: readonly BatchPartReport[]): BatchPartReport | undefined {
  return parts.find(({ status }) => status !== "completed") ?? parts[0];
}
