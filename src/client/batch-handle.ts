/** The handle of a batch: asks how far it is, waits for it, stops it, and fetches what came of it. */

import type { Call } from "../contract/call.ts";
import type { Warning } from "../contract/receipt.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { atMost } from "../util/at-most.ts";
import { sleep } from "../util/backoff.ts";
import {
  type BatchOptions,
  type BatchOutcome,
  type BatchPartReport,
  type BatchReport,
  type BatchRowOutcome,
  type BatchWaitOptions,
  type CallBatch,
  longestMs,
  type RowAnswer,
  transferMs,
} from "./batch.ts";
import { batchId } from "./batch-id.ts";
import { type BatchMap, type BatchPlace, leftOut } from "./batch-map.ts";
import { batchPart, type BatchPartAccess } from "./batch-part.ts";
import { readRows } from "./batch-reading.ts";
import { outcomeOf, settle } from "./batch-rows.ts";
import { partReport, reportOf } from "./batch-status.ts";
import type { Engine } from "./engine.ts";
import { invalidRequest } from "./invalid-request.ts";

const defaultPollMs = 30_000;
/** Questions that may fail in a row before nobody waits any more. */
const maxLostPolls = 10;
/** So many parts are asked at once. */
const partsAtOnce = 8;

/** @param calls what the rows asked, where that is known; answers are read, checked and priced by it */
export function batchHandle(
  host: { engine(): Promise<Engine> },
  map: BatchMap,
  calls: readonly Call[] | undefined,
  warnings: readonly Warning[],
): CallBatch {
  const { places, rows } = map;
  const [first] = places;
  if (first === undefined) throw new RangeError("a batch has at least one part");
  const { provider, model, modality } = first;
  const access = places.map((place) => batchPart(host, place));

  /** @param ends what parts have come to already, which does not change any more; others are added */
  async function look(options: BatchOptions, ends?: Map<number, BatchPartReport>): Promise<BatchReport> {
    const found = await atMost(partsAtOnce, places, async (place, part) => {
      const end = ends?.get(part);
      if (end !== undefined) return end;
      const report = partReport(place, await (access[part] as BatchPartAccess).status(options));
      if (report.done) ends?.set(part, report);
      return report;
    });
    return reportOf(wholes(found, places), leftOut(map));
  }

  async function wait(options: BatchWaitOptions = {}): Promise<BatchReport> {
    const { pollIntervalMs = defaultPollMs, timeoutMs = longestMs, signal } = options;
    checkTimes({ pollIntervalMs, timeoutMs });
    const engine = await host.engine();
    const scope = engine.scope({ signal, timeoutMs: Math.min(timeoutMs, longestMs) });
    const { canceller } = scope;
    const ends = new Map<number, BatchPartReport>();
    try {
      for (let lost = 0;;) {
        canceller.throwIfCancelled();
        try {
          const report = await look({ signal: canceller.signal }, ends);
          if (report.done) return report;
          lost = 0;
        } catch (error) {
          if (canceller.reason !== undefined) throw canceller.reason;
          if (!mayPass(error) || ++lost >= maxLostPolls) throw error;
        }
        await sleep(Math.min(pollIntervalMs, longestMs), engine.opened.clock, canceller);
      }
    } finally {
      scope.end();
    }
  }

  async function cancel(options: BatchOptions = {}): Promise<BatchReport> {
    const found = await atMost(partsAtOnce, places, async (place, part) => {
      return partReport(place, await (access[part] as BatchPartAccess).cancel(options));
    });
    return reportOf(wholes(found, places), leftOut(map));
  }

  async function* found(
    options: BatchOptions,
    usualMs: number,
  ): AsyncGenerator<readonly [number, RowAnswer], void, undefined> {
    const report = await look(options);
    if (!report.done) {
      throw invalidRequest("", `came too early: the batch is ${report.status}; wait for it first`);
    }
    if (report.status === "failed" && !report.hasResults) {
      const message = `the batch failed: ${report.problem ?? "no reason was given"}`;
      throw loomError("provider-failed", message, {}, { provider, model, recovery: "never" });
    }
    const { timeoutMs = usualMs } = options;
    yield* readRows(await host.engine(), { map, access, calls, report }, { ...options, timeoutMs });
  }

  async function* outcomes(options: BatchOptions = {}): AsyncGenerator<BatchRowOutcome, void, undefined> {
    const engine = await host.engine();
    for await (const [index, answer] of found(options, longestMs)) {
      yield { index, outcome: await outcomeFrom(engine, answer) };
    }
  }

  async function results(options: BatchOptions = {}): Promise<readonly BatchOutcome[]> {
    const engine = await host.engine();
    const list: BatchOutcome[] = new Array(rows);
    for await (const [index, answer] of found(options, transferMs)) {
      list[index] = await outcomeFrom(engine, answer);
    }
    return list;
  }

  async function answers(options: BatchOptions = {}): Promise<readonly RowAnswer[]> {
    const engine = await host.engine();
    const list: RowAnswer[] = new Array(rows);
    for await (const [index, answer] of found(options, transferMs)) {
      const { ctx, outcome: { parts } } = answer;
      if (parts !== undefined) settle(engine, ctx, parts);
      list[index] = answer;
    }
    return list;
  }

  return {
    id: batchId(map),
    mode: "batch",
    provider,
    model,
    modality,
    rows,
    parts: places.map(({ label: _, ...part }) => part),
    warnings,
    status: (options = {}) => look(options),
    wait,
    cancel,
    results,
    outcomes,
    answers,
  };
}

async function outcomeFrom(
  engine: Engine,
  { ctx, outcome: { parts, error } }: RowAnswer,
): Promise<BatchOutcome> {
  return parts === undefined ? { error } : await outcomeOf(engine, ctx, parts);
}

/** @throws the first failure, and of which part it is, where there are several */
function wholes<T>(settled: readonly PromiseSettledResult<T>[], places: readonly BatchPlace[]): readonly T[] {
  return settled.map((one, part) => {
    if (one.status === "fulfilled") return one.value;
    const error: unknown = one.reason;
    const place = places[part];
    if (places.length === 1 || place === undefined || !LoomError.is(error)) throw error;
    const failures = settled.filter(({ status }) => status === "rejected").length;
    const where = `${place.provider}/${place.model} (${place.id}, one of ${failures} parts with failures)`;
    const named = loomError(
      error.code as "internal",
      `${where}: ${error.message}`,
      error.data as object,
      error,
    );
    named.trace = error.trace;
    throw named;
  });
}

export function checkTimes(times: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(times)) {
    if (typeof value === "number" && value > 0) continue;
    throw invalidRequest(name, "must be a number of milliseconds above 0");
  }
}

/** Whether the next question may be answered, though this one was not. */
function mayPass(error: unknown): boolean {
  return LoomError.is(error) && (error.recovery === "same-target" || error.code === "timed-out");
}
