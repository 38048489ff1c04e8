/** Works on one batch from wherever it is to its end, or until this process lets go of it. */

import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Files } from "../files/files.ts";
import { undoneLine } from "./answer-lines.ts";
import { type Answers, errorPath, openAnswers, outputPath } from "./answers.ts";
import type { BatchState, BatchStatus, Counts, StoredBatch } from "./batch.ts";
import type { Control } from "./control.ts";
import { handIn } from "./hand-in.ts";
import { runLive } from "./live-rows.ts";
import type { PartTable } from "./part-table.ts";
import { rowReader } from "./row-call.ts";
import { checkRows, rowsOf } from "./rows.ts";
import { collectRows } from "./vendor-rows.ts";
import type { BatchServices, Work } from "./work.ts";

export interface RunBatch {
  readonly batch: StoredBatch;
  readonly services: BatchServices;
  readonly files: Files;
  readonly parts: PartTable;
  readonly control: Control;
  /** Where its input is, and its answers go. */
  readonly folder: string;
  nowS(): number;
  /** Whether no other process has taken it over. */
  isOurs(): boolean;
  /** Its rows are about to be asked. What it is by now; `undefined`: another process's. */
  begin(total: number): BatchStatus | undefined;
  /** What it is by now. False: it is another process's. */
  write(status: BatchStatus, state: BatchState, counts: Counts): boolean;
  /** Where its counts are from now on, while they grow. */
  counting(counts: () => Counts): void;
}

export function inputPath(folder: string): string {
  return join(folder, "input.jsonl");
}

export async function runBatch(run: RunBatch): Promise<void> {
  const { batch, control } = run;
  if (batch.status === "finalizing") return await finish(run, batch.state, batch.counts);
  if (batch.status === "cancelling") control.stop("cancelled");
  const total = batch.state.inProgressAtS === undefined ? await check(run) : batch.counts.total;
  if (total === undefined) return;
  const answers = await openAnswers(run.folder, () => {
    if (!control.isLost && !run.isOurs()) control.stop("lost");
    return !control.isLost;
  });
  let state: BatchState;
  let counts: Counts;
  try {
    run.counting(() => ({ total, ...answers.counts }));
    await answerRows(run, answers);
    const { completed, failed } = answers.counts;
    // With all rows answered there is only little left to do.
    if (control.isLost || control.leaves && completed + failed < total) return;
    await tellUndone(run, answers);
    counts = { total, ...answers.counts };
    state = endingState(run, counts);
  } finally {
    await answers.close();
  }
  if (!run.write("finalizing", state, counts)) return control.stop("lost");
  await finish(run, state, counts);
}

/** The number of rows; `undefined`: they are not to be asked here. */
async function check(run: RunBatch): Promise<number | undefined> {
  const { batch, control, folder, services } = run;
  const goOn = () => !control.leaves;
  const { rows, faults } = await checkRows(
    inputPath(folder),
    services.maxLineBytes,
    batch.order.endpoint,
    goOn,
  );
  if (!goOn()) return undefined;
  if (faults.length > 0) {
    const state = { ...batch.state, errors: faults, failedAtS: run.nowS() };
    if (run.write("failed", state, batch.counts)) await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  const status = run.begin(rows);
  if (status === undefined) {
    control.stop("lost");
    return undefined;
  }
  // It may have been cancelled through another process.
  if (status === "cancelling") control.stop("cancelled");
  return rows;
}

/** All rows that can be answered are, when this settles; or the work has been stopped. */
async function answerRows(run: RunBatch, answers: Answers): Promise<void> {
  const { batch, services, control, parts, folder } = run;
  const reader = await rowReader(batch.order, services.calls);
  const rows = () => rowsOf(inputPath(folder), services.maxLineBytes);
  const work: Work = { batch, services, reader, answers, parts, control, rows };
  if (!control.isStopped) await handIn(work);
  const both = await Promise.allSettled([runLive(work), collectRows(work)]);
  for (const one of both) if (one.status === "rejected") throw one.reason;
  // Those whose vendor gave up on the whole of its batch.
  await runLive(work);
}

async function tellUndone({ control, folder, services }: RunBatch, answers: Answers): Promise<void> {
  const { verdict } = control;
  if (verdict === undefined) return;
  const [code, message] = verdict === "cancelled"
    ? ["batch_cancelled", "The batch was cancelled before this request was executed."] as const
    : ["batch_expired", "The completion window ended before this request was executed."] as const;
  for await (const { customId } of rowsOf(inputPath(folder), services.maxLineBytes)) {
    if (!answers.has(customId)) await answers.add(customId, false, undoneLine(customId, code, message));
  }
}

/** Names are given before files are moved, so that whoever finishes it after a crash gives no others. */
function endingState({ batch, files, control, nowS }: RunBatch, { completed, failed }: Counts): BatchState {
  const { state } = batch;
  return {
    ...state,
    inProgressAtS: state.inProgressAtS ?? nowS(),
    finalizingAtS: nowS(),
    ...(control.verdict === "cancelled" ? { cancellingAtS: state.cancellingAtS ?? nowS() } : {}),
    ...(control.verdict === "expired" ? { expiredAtS: nowS() } : {}),
    ...(completed > 0 ? { outputFileId: files.newId() } : {}),
    ...(failed > 0 ? { errorFileId: files.newId() } : {}),
  };
}

async function finish(run: RunBatch, state: BatchState, counts: Counts): Promise<void> {
  const { batch, folder, nowS } = run;
  await keep(run, state.outputFileId, outputPath(folder), "output");
  await keep(run, state.errorFileId, errorPath(folder), "error");
  const [status, ended]: readonly [BatchStatus, BatchState] = state.cancellingAtS !== undefined
    ? ["cancelled", { ...state, cancelledAtS: nowS() }]
    : state.expiredAtS !== undefined
    ? ["expired", state]
    : ["completed", { ...state, completedAtS: nowS() }];
  if (!run.write(status, ended, counts)) return run.control.stop("lost");
  run.parts.forget(batch.id);
  await rm(folder, { recursive: true, force: true });
}

async function keep(
  { batch: { id: batch, tenant, order }, files }: RunBatch,
  id: string | undefined,
  path: string,
  what: string,
): Promise<void> {
  if (id === undefined) return;
  // Moved already, when this was cut short before.
  const { size } = await stat(path).catch(() => stat(files.pathOf(id)));
  await files.adopt(id, path, {
    tenant,
    purpose: "batch_output",
    filename: `${batch}_${what}.jsonl`,
    bytes: size,
    keepS: order.keepS,
  });
}
