/** What a job tells of its way: to a bar on a terminal, to plain lines, to events for scripts. */

import type { JsonObject } from "../contract/json.ts";

/** Commands take theirs from `processProgress` of `src/cli/progress/process-progress.ts`. */
export interface Progress {
  /** A stage begins, at a count of nothing; one under way is over with it. */
  begin(stage: ProgressStage): void;
  /**
   * How far it is. May be called for every row of a million: it is remembered, and drawn on a clock.
   * What an update leaves out stays as it was.
   */
  row(update: ProgressUpdate): void;
  /** A line for people that stays, printed above the bar. */
  note(text: string, data?: JsonObject): void;
  /** The stage is over: draws the last figures, and gives the terminal back. Again is nothing. */
  end(): void;
}

export interface ProgressStage {
  /** What is going on, as people read it: `Running`, `Counting tokens`. */
  readonly label: string;
  /** Rows in all; absent while a file is being read for the first time. */
  readonly total?: number;
  /** What is counted. Default `rows`. */
  readonly unit?: string;
  /** A stage before the real one, such as a first reading: it leaves no line behind. */
  readonly passing?: boolean;
  /** Rows finished before this run, for a job that goes on: they count as done, and not for the rate. */
  readonly done?: number;
}

/** Absolute figures, not differences. */
export interface ProgressUpdate {
  readonly done: number;
  readonly total?: number;
  readonly ok?: number;
  readonly failed?: number;
  readonly cacheHits?: number;
  readonly costUsd?: number;
  readonly inputTokens?: number;
  /** Tokens of all rows, guessed from those counted. */
  readonly estimatedTotal?: number;
  /** How much of the file has been read, and how large it is: stands in for `total` until that is known. */
  readonly readBytes?: number;
  readonly totalBytes?: number;
  /** Calls under way at the most, as the job sees fit now. */
  readonly workers?: number;
}

/** For callers that want to hear nothing. */
export const silentProgress: Progress = { begin() {}, row() {}, note() {}, end() {} };
