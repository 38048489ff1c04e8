/** A submission of which nobody has heard whether it arrived: asks the vendor, as far as it can be asked. */

import type { BatchOptions } from "../../client/batch.ts";
import type { LoomHome } from "../home/loom-home.ts";
import { changeBatch } from "./change-batch.ts";
import type { SeenBatch } from "./seen-batches.ts";
import type { Vendor } from "./vendor-of.ts";

/** The batch, which the vendor has; `absent`: it has none; `unclear`: its batches cannot be listed. */
export type Settled = SeenBatch | "absent" | "unclear";

/** @param others batches of this machine, which it cannot be */
export async function settle(
  home: LoomHome,
  { batches }: Pick<Vendor, "batches">,
  seen: SeenBatch,
  others: readonly SeenBatch[],
  options: BatchOptions,
): Promise<Settled> {
  const { label, submittedAtMs } = seen.part;
  if (label === undefined || !batches.canFind) return "unclear";
  const except = others.filter(({ provider, part }) =>
    provider === seen.provider && part.state !== "submitting"
  ).map(({ id }) => id);
  const search = { createdAfterMs: submittedAtMs, rows: seen.rows, except };
  const place = await batches.find(label, search, options);
  if (place === undefined) return "absent";
  return await adopted(home, seen, place, true);
}

/** The vendor has it: from now on it has the vendor's id. */
export async function adopted(
  home: LoomHome,
  seen: SeenBatch,
  { id, account }: { readonly id: string; readonly account?: string | undefined },
  found = false,
): Promise<SeenBatch> {
  return await changeBatch(home, seen, {
    id,
    status: "validating",
    part: { state: "submitted", ...(account !== undefined && { account }), ...(found && { found }) },
    without: ["problem"],
  });
}

/** It was another's, which its results have said: nobody knows again whether the vendor has this one. */
export async function disowned(home: LoomHome, seen: SeenBatch, problem: string): Promise<SeenBatch> {
  return await changeBatch(home, seen, {
    id: submissionId(seen.part.label ?? ""),
    status: "unknown",
    part: { state: "submitting", problem },
    without: ["found", "counts", "account"],
  });
}

/** What a batch is called until its vendor has given it an id. */
export function submissionId(label: string): string {
  return `submitting-${label}`;
}
