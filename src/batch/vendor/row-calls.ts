/** Calls of a job's rows: read once, and then only their prompts differ. */

import type { Call } from "../../contract/call.ts";
import { toCall } from "../../client/request.ts";
import { sharedRequest } from "../ask/ask-row.ts";
import type { AskSpec } from "../ask/ask-spec.ts";

export interface RowCalls {
  /** Stands for any row: what all of them have in common. */
  readonly shared: Call;
  of(prompt: string): Call;
}

/** @throws LoomError `invalid-request`, such as for params that are none */
export function rowCalls(spec: AskSpec): RowCalls {
  const { provider, model } = spec;
  const shared = toCall({ ...sharedRequest(spec), provider, model, prompt: "x" }, false);
  const before = shared.messages.slice(0, -1);
  return {
    shared,
    of: (prompt) => ({ ...shared, messages: [...before, { role: "user", content: prompt }] }),
  };
}
