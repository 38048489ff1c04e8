/** Asks rows one by one through the chain, as live requests, so many at once. */

import { limitsOf } from "../../client/limits.ts";
import type { LoomErrorLike } from "../../contract/index.ts";
import { toLoomError } from "../../errors/index.ts";
import { abortedError } from "../../plugin.ts";
import { wholeAnswer } from "../calls/serve-call.ts";
import { faultLine, goodLine } from "./answer-lines.ts";
import type { Row } from "./rows.ts";
import { Slots } from "./slots.ts";
import type { Work } from "./work.ts";

/** Failures that pass with time: of the caller's own limits, or of vendors that are busy. */
const passing: ReadonlySet<string> = new Set(["limit-exceeded", "rate-limited", "overloaded"]);
const maxTries = 30;
const shortestWaitMs = 1_000;
const longestWaitMs = 60_000;
/** Whoever says to come back later than this speaks of a budget, not of a rate. */
const tooLongMs = 300_000;

/** Rows that have an answer, or that a vendor's batch has, are left out. */
export async function runLive(work: Work): Promise<void> {
  const { control, answers, batch, parts, services } = work;
  const elsewhere = new Set(
    parts.of(batch.id).filter(({ status }) => status !== "refused").flatMap(({ lines }) => lines),
  );
  const running = new Set<Promise<void>>();
  let broken: { readonly error: unknown } | undefined;
  // Rows that wait for a limit count too, so that one batch does not gather them all.
  const own = new Slots(services.concurrency);
  for await (const row of work.rows()) {
    if (control.isStopped || broken !== undefined) break;
    if (elsewhere.has(row.line) || answers.has(row.customId)) continue;
    await own.take();
    if (control.isStopped) break;
    const one = runRow(work, row).catch((error) => {
      broken ??= { error };
    }).finally(() => {
      own.give();
      running.delete(one);
    });
    running.add(one);
  }
  await Promise.all(running);
  if (broken !== undefined) throw broken.error;
}

async function runRow(work: Work, row: Row): Promise<void> {
  const { control, answers, reader, services: { slots } } = work;
  for (let tries = 1;; tries++) {
    await slots.take();
    let found: Awaited<ReturnType<typeof tryRow>>;
    try {
      if (control.isStopped) return;
      found = await tryRow(work, row);
    } finally {
      slots.give();
    }
    if ("line" in found) return void await answers.add(row.customId, true, found.line);
    const { error, requestId } = found;
    // The Loom itself was closed, with or without its gateway.
    if (error.code === "closed") control.stop("closed");
    if (control.isEnded) return;
    const waitMs = waitAfter(error, tries);
    if (waitMs === undefined) {
      return void await answers.add(
        row.customId,
        false,
        faultLine(row.customId, requestId, reader.format, error),
      );
    }
    if (control.isStopped) return;
    await control.sleep(waitMs);
    if (control.isStopped) return;
  }
}

async function tryRow(
  { reader, services: { engine, calls }, control }: Work,
  row: Row,
): Promise<{ readonly line: string } | { readonly error: LoomErrorLike; readonly requestId: string }> {
  let requestId = `req_${crypto.randomUUID()}`;
  try {
    const { asked, request, call } = await reader.read(row);
    const running = engine.run(call, limitsOf({ modality: asked.modality }, calls.totalMs));
    requestId = running.ctx.id;
    const stopListening = control.onChange(() => {
      if (control.isEnded) running.cancel(abortedError());
    });
    try {
      const reply = await running.reply;
      const { body } = wholeAnswer(reader.format, running.ctx, reply, asked, request);
      return { line: goodLine(row.customId, requestId, body) };
    } finally {
      stopListening();
    }
  } catch (fault) {
    return { error: toLoomError(fault, "a row of a batch"), requestId };
  }
}

/** How long to wait before a row is asked again; `undefined`: it is not. */
function waitAfter(error: LoomErrorLike, tries: number): number | undefined {
  if (!passing.has(error.code) || tries >= maxTries) return undefined;
  const { retryAfterMs } = error;
  // A limit that does not say when it frees never does for a call like this.
  if (retryAfterMs === undefined && error.code === "limit-exceeded") return undefined;
  if (retryAfterMs !== undefined && retryAfterMs > tooLongMs) return undefined;
  const grownMs = Math.min(longestWaitMs, shortestWaitMs * 2 ** (tries - 1));
  return Math.max(grownMs, retryAfterMs ?? 0);
}
