/** Asks the vendor how far a batch is, and writes that down. */

import type { VendorReport } from "../../client/vendor-batches.ts";
import type { LoomHome } from "../home/loom-home.ts";
import { changeBatch } from "./change-batch.ts";
import { howToTell } from "./hand-in.ts";
import type { SeenBatch } from "./seen-batches.ts";
import { settle } from "./settle.ts";
import type { Vendor } from "./vendor-of.ts";

export interface AskTools {
  readonly home: LoomHome;
  readonly vendor: Vendor;
  readonly others: readonly SeenBatch[];
  readonly signal: AbortSignal;
}

export type AskedPart =
  | { readonly seen: SeenBatch; readonly report: VendorReport }
  /** Nobody can say. */
  | { readonly seen: SeenBatch; readonly report?: undefined; readonly problem: string };

/** @throws LoomError, when the vendor cannot be asked, or knows no such batch */
export async function askPart(
  seen: SeenBatch,
  { home, vendor, others, signal }: AskTools,
): Promise<AskedPart> {
  let now = seen;
  if (seen.part.state === "submitting") {
    const found = await settle(home, vendor, seen, others, { signal });
    if (typeof found === "string") {
      const problem = notHandedIn(found, vendor);
      return { seen: await changeBatch(home, seen, { part: { problem } }), problem };
    }
    now = found;
  }
  const place = { id: now.id, account: now.part.account, label: now.part.label };
  const report = await vendor.batches.status(place, { signal });
  const { status, vendorStatus, counts, problem } = report;
  if (status === "unknown") {
    const why = `${vendor.label} says "${vendorStatus}", which means nothing to Loom`;
    return { seen: await changeBatch(home, now, { status, part: { problem: why } }), problem: why };
  }
  const isNew = status !== now.status || problem !== now.part.problem ||
    JSON.stringify(counts) !== JSON.stringify(now.part.counts);
  if (!isNew) return { seen: now, report };
  const part = { ...(counts !== undefined && { counts }), ...(problem !== undefined && { problem }) };
  const without = problem === undefined ? ["problem"] as const : [];
  return { seen: await changeBatch(home, now, { status, part, without }), report };
}

function notHandedIn(found: "absent" | "unclear", { label }: Vendor): string {
  return found === "absent"
    ? `${label} does not have it: the run that was handing it in was interrupted; run the same loom run command again`
    : `the run that was handing it in was interrupted, and ${label} cannot be asked for it: ${
      howToTell(label)
    }`;
}
