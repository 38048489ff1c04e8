/** What is told of a finished call. */

import type { Modality, Via } from "./call.ts";
import type { ErrorCode } from "./error-code.ts";
import type { Receipt } from "./receipt.ts";
import type { Usage } from "./usage.ts";

/** What was asked and answered, as text. Only where capturing was asked for, redacted, and cut at a bound. */
export interface CapturedContent {
  /** Turns in their order, the system text first. */
  readonly input: readonly { readonly role: string; readonly text: string }[];
  readonly output: string;
  /** Something was longer than is kept. */
  readonly cut: boolean;
}

/** One finished call. Holds no prompt and no answer, unless that was asked for. */
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
  /** With `capture: "full"` alone. */
  readonly content?: CapturedContent;
}
