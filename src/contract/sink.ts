/** Sinks: where the record of each call goes. */

import type { CallHistory } from "./history.ts";
import type { CallRecord } from "./record.ts";

export type { CallRecord, CapturedContent } from "./record.ts";

/** Takes records. A sink that throws or blocks never touches a call: Loom counts and reports what it dropped. */
export interface Sink {
  /** Must return at once; slow work is queued, bounded, by the sink. */
  write(record: CallRecord): void;
  /** Settles when everything written so far is safe. */
  flush?(): Promise<void>;
  /** What was written, for those that keep it where it can be asked for. */
  readonly history?: CallHistory;
  /** Records that it let go of because it could not keep up. */
  readonly dropped?: number;
  close?(): Promise<void> | void;
}
