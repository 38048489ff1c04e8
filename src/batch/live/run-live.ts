/** `loom run --sync`: asks every row at once, in bounded memory, and writes the output when all of them are done. */

import { addedColumns, additionsOf } from "../additions.ts";
import { askPrompt } from "../ask/ask-prompt.ts";
import { promptOf } from "../ask/prompt-of.ts";
import { verdictOf } from "../ask/verdict.ts";
import { LoomError, loomError } from "../../errors/index.ts";
import { responseCache } from "../home/response-cache.ts";
import type { LiveJob } from "../job.ts";
import type { RowRecord } from "../journal/journal.ts";
import type { RunServices } from "../run-services.ts";
import { askRows, type Ending } from "./ask-rows.ts";
import { budget } from "./budget.ts";
import { type Concurrency, concurrency } from "./concurrency.ts";
import type { Elsewhere, OpenElsewhere } from "./elsewhere.ts";
import { finished, rowsFailed, type Standing, unfinished } from "./endings.ts";
import { type FailureReasons, failureReasons } from "./failure-reasons.ts";
import { flight } from "./flight.ts";
import { type OpenRun, openRun } from "./open-run.ts";
import { watchHeaders } from "./watch-headers.ts";

/**
 * The journal lies beside the output until every row has its answer: a run that ended in any other way goes on with it.
 *
 * @param openElsewhere where rows are not asked by this process
 * @throws LoomError `rows-failed`, when the output is written and some rows have no answer; `aborted`, `budget-exceeded` and
 * whatever all rows would fail with, saying how to go on
 */
export async function runLive(
  job: LiveJob,
  services: RunServices,
  openElsewhere?: OpenElsewhere,
): Promise<void> {
  const { clock, progress } = services;
  const startMs = clock.monotonic();
  const run = await openRun(job, services, { asksHere: openElsewhere === undefined });
  const { journal } = run;
  try {
    const done = { count: run.done };
    const elsewhere = await openElsewhere?.(run);
    const ending = await ask(job, services, run, done, elsewhere);
    await journal.flush();
    const standing = (): Standing => ({ done: done.count, total: run.total, totals: journal.totals });
    if (ending.kind !== "done") throw unfinished(ending, job, standing());
    const failures = failureReasons();
    await write(job, run, failures, services);
    const { text, data } = finished(job, standing(), clock.monotonic() - startMs);
    progress.note(text, data);
    if (failures.failed > 0) throw rowsFailed(job, failures);
    await journal.remove();
  } finally {
    await journal.close();
  }
}

/** Asks what has no record yet. */
async function ask(
  job: LiveJob,
  services: RunServices,
  run: OpenRun,
  done: { count: number },
  elsewhere: Elsewhere | undefined,
): Promise<Ending> {
  const { loom, home, progress, clock, signal, abort } = services;
  const { dataset, journal, total } = run;
  const limits = elsewhere?.limits ?? concurrency({ workers: job.workers });
  const cache = job.useCache && elsewhere === undefined
    ? responseCache(home, { clock, note: (text) => progress.note(text) })
    : undefined;
  const stopListening = elsewhere === undefined ? listen(loom, limits, clock) : () => {};
  let ending: Ending | undefined;
  done.count += elsewhere?.recorded ?? 0;
  progress.begin({ label: "Running", done: done.count, ...total === undefined ? {} : { total } });
  if (done.count > 0) progress.note(`going on after ${done.count} rows of an earlier run`);
  try {
    ending = await askRows(job, {
      ...run,
      ask: askPrompt(loom, job.ask),
      spec: job.ask,
      cache,
      limits,
      flight: flight(limits, clock, tellPauses(services)),
      clock,
      abort,
      signal,
      promptOf: promptOf(job.ask),
      elsewhere,
      budget: job.maxCostUsd === undefined ? undefined : budget(job.maxCostUsd, journal.totals.costUsd),
      told() {
        done.count++;
        elsewhere?.told(done.count);
        const { ok, failed, fromCache, costUsd, inputTokens } = journal.totals;
        progress.row({
          done: done.count,
          ok,
          failed,
          cacheHits: fromCache,
          costUsd,
          inputTokens,
          workers: limits.level,
          ...total === undefined ? { readBytes: dataset.readBytes, totalBytes: dataset.totalBytes } : {},
        });
      },
    });
    return ending;
  } finally {
    stopListening();
    await cache?.settled();
    await elsewhere?.close(ending?.kind === "done");
    progress.end();
  }
}

/** Tells the limits what vendors say about them: between the tries within a call, and in the headers of all answers. */
function listen(loom: RunServices["loom"], limits: Concurrency, clock: RunServices["clock"]): () => void {
  const off = loom.on("retry", ({ error }) => {
    if (!LoomError.is(error) || verdictOf(error) !== "congestion") return;
    limits.congested(clock.monotonic(), error.retryAfterMs);
  });
  const stop = watchHeaders(clock, (allowance) => limits.heard(clock.monotonic(), allowance));
  return () => {
    off();
    stop();
  };
}

/** Longer pauses are told, once each, so that nobody takes them for a standstill. */
const tellFromMs = 10_000;

function tellPauses({ clock, progress }: RunServices): (leftMs: number) => void {
  let toldUntilMs = -Infinity;
  return (leftMs) => {
    const nowMs = clock.monotonic();
    if (leftMs < tellFromMs || nowMs < toldUntilMs) return;
    toldUntilMs = nowMs + leftMs;
    progress.note(`the vendor wants a pause of ${Math.ceil(leftMs / 1_000)} s`);
  };
}

/** Fewer are written before anybody could read a word about it. */
const tellFromRows = 100_000;

/** Writes the output from the input and the journal. */
async function write(
  job: LiveJob,
  { dataset, journal, isSelected, total = Infinity }: OpenRun,
  failures: FailureReasons,
  { progress, abort }: Pick<RunServices, "progress" | "abort">,
): Promise<void> {
  const names = addedColumns(job.ask, job.withMeta, journal.totals);
  const tell = total >= tellFromRows;
  let done = 0;
  const additions = (record: RowRecord | undefined) => {
    if (record !== undefined) failures.add(record);
    done++;
    if (tell) progress.row({ done });
    return additionsOf(names, record);
  };
  if (tell) progress.begin({ label: "Writing", ...total === Infinity ? {} : { total } });
  try {
    await dataset.merge(job.output, names, (index) => {
      if (!isSelected(index)) return undefined;
      const record = journal.read(index);
      return record instanceof Promise ? record.then(additions) : additions(record);
    }, abort);
  } catch (error) {
    throw abort.aborted ? stoppedWriting() : error;
  } finally {
    if (tell) progress.end();
  }
}

function stoppedWriting(): LoomError {
  return loomError(
    "aborted",
    "stopped: all rows are done, and the output is not written; run the same command again to write it",
    {},
  );
}
