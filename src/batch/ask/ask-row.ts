/** Asks one row through the chain, and says what became of it in a record. */

import { toLoomError } from "../../errors/index.ts";
import type { Loom } from "../../index.ts";
import type { RowRecord } from "../journal/journal.ts";
import { askPrompt } from "./ask-prompt.ts";
import type { AskSpec } from "./ask-spec.ts";
import { failedRecord, recordOf } from "./record.ts";
import { verdictOf } from "./verdict.ts";

export { sharedRequest } from "./ask-prompt.ts";
export { failedRecord, recordOf } from "./record.ts";

/** Asks a prompt. @throws LoomError, when every further row would fail alike, or `signal` said so */
export type AskRow = (index: number, prompt: string, signal: AbortSignal) => Promise<RowRecord>;

/** Made once per job. @throws LoomError `config-invalid` */
export function askRow(loom: Loom, spec: AskSpec): AskRow {
  const ask = askPrompt(loom, spec);
  return async (index, prompt, signal) => {
    try {
      return recordOf(index, await ask(prompt, signal));
    } catch (fault) {
      const error = toLoomError(fault, "asking a row");
      const verdict = verdictOf(error);
      if (verdict === "job" || verdict === "stopped") throw error;
      return failedRecord(index, error);
    }
  };
}
