/** The batches of a job's model; or, where its vendor has none, what to do instead. */

import { type VendorBatches, vendorBatches } from "../../client/vendor-batches.ts";
import { loomError } from "../../errors/index.ts";
import type { Loom } from "../../index.ts";
import type { AskSpec } from "../ask/ask-spec.ts";
import { type RowCalls, rowCalls } from "./row-calls.ts";

export interface Vendor {
  readonly batches: VendorBatches;
  readonly calls: RowCalls;
  /** As people know it, such as `OpenAI`. */
  readonly label: string;
}

/** @throws LoomError `unsupported`, naming `--sync`, where the vendor has no batches */
export async function vendorOf(loom: Loom, ask: AskSpec): Promise<Vendor> {
  const engine = await loom.engine();
  const calls = rowCalls(ask);
  const batches = await vendorBatches(engine, calls.shared);
  const { label } = (await engine.opened.providers.get(batches?.target.provider ?? ask.provider)).provider;
  if (batches !== undefined) return { batches, calls, label };
  const { provider, model } = ask;
  const message = `${label} has no batch API. Re-run with --sync.`;
  throw loomError("unsupported", message, { feature: "batches" }, { provider, model });
}
