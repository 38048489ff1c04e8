/** `loom cancel`: asks the vendor to stop a batch. What was done by then is kept there, and paid for. */

import { loomError } from "../../errors/index.ts";
import type { RunServices } from "../run-services.ts";
import { changeBatch } from "./change-batch.ts";
import { lockJob } from "./job-files.ts";
import { chosenBatches } from "./fetch-batches.ts";
import { seenBatches } from "./seen-batches.ts";
import { statusText } from "./texts.ts";
import { vendorOf } from "./vendor-of.ts";

/** @throws LoomError `invalid-request`, when there is no such batch, or the vendor does not have it yet */
export async function cancelBatch(
  id: string,
  { loom, home, progress, abort }: Pick<RunServices, "loom" | "home" | "progress" | "abort">,
): Promise<void> {
  const find = async () => chosenBatches(await seenBatches(home), { id, partial: false })[0];
  const known = await find();
  if (known === undefined) return;
  const lock = await lockJob(home, known.part);
  try {
    const seen = await find();
    if (seen === undefined) return;
    if (seen.part.state === "submitting") {
      throw loomError(
        "invalid-request",
        `${id} is not handed in yet; run loom fetch first, which finds out`,
        {},
      );
    }
    const vendor = await vendorOf(loom, seen.part.ask);
    const place = { id, account: seen.part.account, label: seen.part.label };
    const { status, done, ...report } = await vendor.batches.cancel(place, { signal: abort });
    const now = seen.part.state === "submitted" ? await changeBatch(home, seen, { status }) : seen;
    const [text, data] = statusText(now, { ...report, status, done });
    progress.note(done ? text : `${text} It was asked to stop; loom fetch says when it has.`, data);
  } finally {
    await lock.release();
  }
}
