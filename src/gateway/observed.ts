/** Those who want to hear of each request beside its call: metrics. */

import type { ErrorCode } from "../contract/index.ts";

export interface Observed {
  /** A request came in; `left` follows, whatever becomes of it. */
  came(): void;
  left(): void;
  /** The answer to a call has ended. @param overheadMs Loom's own time, apart from the vendors' */
  answered(format: string, overheadMs: number): void;
  /** A request was refused before it became a call. */
  refused(format: string, status: number, code: ErrorCode): void;
}
