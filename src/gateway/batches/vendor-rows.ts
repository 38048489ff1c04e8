/** Waits for the vendors' batches of a batch, and writes down what came of their rows. */

import { recordRow } from "../../client/batch-record.ts";
import { pickUpCalls } from "../../client/batches.ts";
import type { CallBatch, RowAnswer } from "../../client/batch.ts";
import { LoomError, toLoomError } from "../../errors/index.ts";
import { faultLine, goodLine, undoneLine } from "./answer-lines.ts";
import type { Part } from "./part-table.ts";
import type { RowCall } from "./row-call.ts";
import type { Row } from "./rows.ts";
import type { Work } from "./work.ts";

const firstPollMs = 5_000;
const longestPollMs = 60_000;
/** How long a vendor may take to stop. */
const graceMs = 600_000;
/** Questions in a row that the vendor refuses, after which it has no such batch any more. */
const maxRefused = 10;

/** Settles when no vendor has rows of this batch any more, or this process leaves it. */
export async function collectRows(work: Work): Promise<void> {
  const { control, services: { engine } } = work;
  const host = { engine: () => Promise.resolve(engine) };
  const signal = control.left;
  const refused = new Map<number, number>();
  const stopped = new Set<number>();
  let waitMs = firstPollMs;
  let untilMs = Infinity;
  await giveUpUnclear(work);
  for (;;) {
    const open = openParts(work);
    if (open.length === 0) return;
    if (control.verdict !== undefined && untilMs === Infinity) {
      untilMs = engine.opened.clock.monotonic() + graceMs;
      waitMs = firstPollMs;
    }
    let isMoving = false;
    for (const part of open) {
      if (control.leaves) return;
      try {
        const handle = pickUpCalls(host, part.handle as string);
        if (control.verdict !== undefined && !stopped.has(part.number)) {
          stopped.add(part.number);
          await handle.cancel({ signal });
        }
        const { done, status, hasResults } = await handle.status({ signal });
        refused.delete(part.number);
        if (!done) continue;
        isMoving = true;
        if (status === "failed" && !hasResults) work.parts.set(work.batch.id, part.number, "refused");
        else await take(work, part, handle);
      } catch (fault) {
        if (!LoomError.is(fault)) throw fault;
        if (control.leaves) return;
        if (fault.code === "closed") return control.stop("closed");
        const times = fault.recovery === "same-target" ? 0 : (refused.get(part.number) ?? 0) + 1;
        refused.set(part.number, times);
        engine.opened.logger.warn(
          `a vendor's batch of ${work.batch.id} could not be asked for`,
          fault.message,
        );
        if (times >= maxRefused) {
          await lose(work, part, "batch_lost", `The vendor lost the batch: ${fault.message}`);
        }
      }
    }
    if (control.leaves || openParts(work).length === 0) return;
    if (engine.opened.clock.monotonic() >= untilMs) return;
    await control.sleep(waitMs);
    waitMs = isMoving ? firstPollMs : Math.min(longestPollMs, waitMs * 2);
  }
}

function openParts({ parts, batch }: Work): readonly Part[] {
  return parts.of(batch.id).filter(({ status }) => status === "submitted");
}

/** Rows of which nobody knows whether the vendor has them: asking them again might pay for them twice. */
async function giveUpUnclear(work: Work): Promise<void> {
  for (const part of work.parts.of(work.batch.id)) {
    if (part.status !== "submitting") continue;
    await lose(
      work,
      part,
      "submission_unknown",
      "The connection broke while this row was handed in, and it was not handed in a second time.",
    );
  }
}

async function lose(work: Work, part: Part, code: string, message: string): Promise<void> {
  for (const { customId } of await rowsAt(work, part)) {
    await work.answers.add(customId, false, undoneLine(customId, code, message));
  }
  work.parts.set(work.batch.id, part.number, "done");
}

async function take(work: Work, part: Part, { id, provider, model, modality }: CallBatch): Promise<void> {
  const { reader, answers, services: { engine }, control } = work;
  const rows = await rowsAt(work, part);
  const read = rows.map((row) => reader.readFor(row, [{ provider, model, modality }]));
  const host = { engine: () => Promise.resolve(engine) };
  const found = await pickUpCalls(host, id, read.map(({ call }) => call)).answers({ signal: control.left });
  for (const [index, row] of rows.entries()) {
    const [answer, asked] = [found[index], read[index]];
    if (answer === undefined || asked === undefined || control.isGone) return;
    const { error } = answer.outcome;
    // What the vendor did not begin before it was stopped is told of at the end, with all the others.
    if (error !== undefined && control.verdict !== undefined && error.code === "aborted") continue;
    const line = lineOf(work, row, answer, asked);
    if (await answers.add(row.customId, line.isGood, line.text)) recordRow(engine, answer);
  }
  work.parts.set(work.batch.id, part.number, "done");
}

function lineOf(
  { reader: { format }, services: { engine } }: Work,
  { customId }: Row,
  { ctx, outcome }: RowAnswer,
  { asked, request }: RowCall,
): { readonly isGood: boolean; readonly text: string } {
  const callId = ctx.ledger.receipt().callId;
  if (outcome.error !== undefined) {
    return { isGood: false, text: faultLine(customId, callId, format, outcome.error) };
  }
  try {
    const written = format.write(outcome.parts, {
      callId,
      createdAtS: Math.floor(engine.opened.clock.now() / 1000),
      provider: ctx.target.provider,
      model: ctx.target.upstreamModel,
      body: request.fields,
      asked,
    });
    const body = "json" in written ? JSON.stringify(written.json) : written.bytes;
    return { isGood: true, text: goodLine(customId, callId, body) };
  } catch (fault) {
    const error = toLoomError(fault, "a row of a batch");
    return { isGood: false, text: faultLine(customId, callId, format, error) };
  }
}

/** The rows of a part, in the order in which they were handed in, which is that of their lines. */
async function rowsAt(work: Work, { lines }: Part): Promise<readonly Row[]> {
  const wanted = new Set(lines);
  const found: Row[] = [];
  for await (const row of work.rows()) {
    if (wanted.has(row.line)) found.push(row);
    if (found.length === wanted.size) break;
  }
  return found;
}
