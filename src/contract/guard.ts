/** Guards: judges of input and output. The chain's `guard` stage is where they stand. */

import type { Planned } from "./context.ts";
import type { Part } from "./part.ts";

/** What a guard says of a text. */
export type Verdict =
  | { readonly action: "allow" }
  | { readonly action: "flag"; readonly reason: string }
  | { readonly action: "redact"; readonly reason: string; readonly text: string }
  | { readonly action: "block"; readonly reason: string };

export interface Guard {
  /** Judges what goes to the vendor. */
  input?(ctx: Planned): Promise<Verdict> | Verdict;
  /** Judges parts on their way to the caller; gives back those that may pass. */
  output?(ctx: Planned, batch: readonly Part[]): readonly Part[];
  close?(): Promise<void> | void;
}
