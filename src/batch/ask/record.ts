/** What became of a row, as the journal keeps it. */

import type { Json } from "../../contract/json.ts";
import type { LoomError } from "../../errors/index.ts";
import type { TextResult } from "../../index.ts";
import type { RowRecord } from "../journal/journal.ts";

export function recordOf(index: number, result: TextResult): RowRecord {
  const { text, provider, model, usage: { inputTokens, outputTokens }, cost, output } = result;
  const record = {
    index,
    status: "ok",
    text,
    provider,
    model,
    usage: { inputTokens, outputTokens },
    costUsd: cost.usd,
  } as const;
  return output === undefined ? record : { ...record, output: output as Json };
}

/** @param error without the prompt, as all LoomErrors are */
export function failedRecord(index: number, { code, message, trace }: LoomError): RowRecord {
  // What failed may have been billed all the same.
  const costUsd = trace?.cost?.usd;
  const record = { index, status: "failed", error: { code, message } } as const;
  return costUsd === undefined ? record : { ...record, costUsd };
}
