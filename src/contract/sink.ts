/** Sinks: where the record of each call goes. */

import type { Modality, Via } from "./call.ts";
import type { Receipt } from "./receipt.ts";
import type { Usage } from "./usage.ts";
import type { ErrorCode } from "./error-code.ts";

/** One finished call. Holds no prompt and no answer. */
export interface CallRecord {
  readonly callId: string;
  readonly atMs: number;
  readonly modality: Modality;
  readonly stream: boolean;
  /** The target that answered, or the last one that was tried; absent when none was reached. */
  readonly provider?: string;
  readonly model?: string;
  readonly upstreamModel?: string;
  readonly status: "ok" | "failed" | "cancelled";
  readonly errorCode?: ErrorCode;
  readonly latencyMs: number;
  readonly firstPartMs?: number;
  readonly usage?: Usage;
  readonly costUsd: number | null;
  readonly savedUsd: number | null;
  readonly cache: Receipt["cache"];
  readonly deduplicated: boolean;
  /** How many requests went out to vendors. */
  readonly attempts: number;
  readonly tenant?: string;
  readonly user?: string;
  readonly team?: string;
  readonly tags?: readonly string[];
  readonly via?: Via;
  readonly receipt: Receipt;
}

/** Takes records. A sink that throws or blocks never touches a call: Loom counts and reports what it dropped. */
export interface Sink {
  /** Must return at once; slow work is queued, bounded, by the sink. */
  write(record: CallRecord): void;
  /** Settles when everything written so far is safe. */
  flush?(): Promise<void>;
  close?(): Promise<void> | void;
}
