/** How a vendor's limits cut the rows into batches, row by row, without keeping any. */

import type { BatchLimits } from "../../contract/batch.ts";
import { vendorBatches } from "../../client/vendor-batches.ts";
import type { Loom } from "../../index.ts";
import type { AskSpec } from "../ask/ask-spec.ts";
import { rowCalls } from "../vendor/row-calls.ts";
import type { BatchForecast } from "./forecast.ts";

export interface BatchPacker {
  add(prompt: string): void;
  forecast(): BatchForecast;
}

/** Stands for the prompt of a row while its frame is measured. */
const somePrompt = "x";

/**
 * @returns `undefined`, where the vendor takes no batches of this model
 * @throws LoomError, when the model cannot be resolved, or its rows cannot be asked in a batch
 */
export async function batchPacker(loom: Loom, spec: AskSpec): Promise<BatchPacker | undefined> {
  const calls = rowCalls(spec);
  const batches = await vendorBatches(await loom.engine(), calls.shared);
  if (batches === undefined) return undefined;
  return packer(batches.limits, batches.sizeOf(calls.of(somePrompt)) - encodedBytes(somePrompt));
}

/** @param frameBytes what a row has beside its prompt */
export function packer({ maxRows, maxBytes }: BatchLimits, frameBytes: number): BatchPacker {
  let [parts, bytes, partRows, partBytes] = [0, 0, 0, 0];
  return {
    add(prompt) {
      const size = frameBytes + encodedBytes(prompt);
      if (parts === 0 || partRows >= maxRows || partBytes + size > maxBytes) {
        parts++;
        [partRows, partBytes] = [0, 0];
      }
      partRows++;
      partBytes += size;
      bytes += size;
    },
    forecast: () => ({ parts, bytes, maxRows, maxBytes }),
  };
}

/** As a text in JSON. */
function encodedBytes(prompt: string): number {
  return Buffer.byteLength(JSON.stringify(prompt));
}
