/** Hands rows to the batches of their vendors, where those have any: in groups of one model, within the vendor's limits. */

import { type BatchFit, batchFit } from "../../client/batch-fit.ts";
import { submitCalls } from "../../client/batches.ts";
import type { Call } from "../../contract/index.ts";
import { toLoomError } from "../../errors/index.ts";
import type { Row } from "./rows.ts";
import type { Work } from "./work.ts";

interface Group {
  calls: Call[];
  lines: number[];
  bytes: number;
}

/** Failures after which nobody can tell whether the vendor has taken a batch, where the error says that it must not be sent again. */
const unclear: ReadonlySet<string> = new Set([
  "connection-failed",
  "timed-out",
  "invalid-reply",
  "stream-broken",
  "aborted",
  "closed",
]);

/** Rows that are with a vendor already, and those that were refused, are left out. */
export async function handIn(work: Work): Promise<void> {
  const { batch, parts, control, answers, services } = work;
  // Vendors' batches are outside the chain, which holds budgets and guards; so whoever has one is served by the chain.
  if (services.engine.opened.guards.length > 0) return;
  if (batch.order.principal.allowances.some(({ budgets = [] }) => budgets.length > 0)) return;
  const elsewhere = new Set(parts.of(batch.id).flatMap(({ lines }) => lines));
  const groups = new Map<string, Group>();
  for await (const row of work.rows()) {
    if (control.isStopped) return;
    if (elsewhere.has(row.line) || answers.has(row.customId)) continue;
    const fit = await fitOf(work, row);
    if (fit === undefined) continue;
    const { call, provider, model, limits, bytes } = fit;
    const name = JSON.stringify([provider, model, call.modality]);
    let group = groups.get(name);
    if (
      group !== undefined && (group.calls.length >= limits.maxRows || group.bytes + bytes > limits.maxBytes)
    ) {
      await submit(work, group);
      group = undefined;
      if (control.isStopped) return;
    }
    if (group === undefined) groups.set(name, group = { calls: [], lines: [], bytes: 0 });
    group.calls.push(call);
    group.lines.push(row.line);
    group.bytes += bytes;
  }
  for (const group of groups.values()) {
    if (control.isStopped) return;
    await submit(work, group);
  }
}

/** `undefined`: the row is asked live, which also says what is wrong with it. */
async function fitOf({ reader, services: { engine } }: Work, row: Row): Promise<BatchFit | undefined> {
  try {
    const { call } = await reader.read(row);
    const fit = await batchFit(engine, call);
    return fit !== undefined && fit.bytes <= fit.limits.maxBytes ? fit : undefined;
  } catch {
    return undefined;
  }
}

async function submit({ batch, parts, services: { engine }, control }: Work, group: Group): Promise<void> {
  const [first, ...rest] = group.calls;
  if (first === undefined) return;
  // Written down before anything is sent: after a crash in between the rows are not handed in a second time.
  const number = parts.add(batch.id, group.lines);
  try {
    const host = { engine: () => Promise.resolve(engine) };
    const { id } = await submitCalls(host, [first, ...rest]);
    parts.set(batch.id, number, "submitted", id);
  } catch (fault) {
    const error = toLoomError(fault, "handing a batch in");
    const { logger } = engine.opened;
    if (error.code === "closed") return control.stop("closed");
    const isUnclear = error.recovery === "never" && unclear.has(error.code);
    logger.warn(
      `rows of ${batch.id} could not be handed in as a batch; ${
        isUnclear ? "they fail" : "they are asked one by one"
      }`,
      error.message,
    );
    if (!isUnclear) parts.set(batch.id, number, "refused");
  }
}
