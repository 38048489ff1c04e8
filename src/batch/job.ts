/** A job: one dataset, what is asked of its rows, and where the answers go. What the command line says, checked. */

import type { AskSpec } from "./ask/ask-spec.ts";
import type { FileType } from "./dataset/dataset.ts";

export interface Job {
  /** The dataset; absolute. */
  readonly file: string;
  readonly fileType: FileType;
  readonly ask: AskSpec;
  /** Absolute. */
  readonly output: string;
  /** Wins over environment and `.env`. */
  readonly apiKey?: string;
  readonly withMeta: boolean;
  /** An output that exists may be replaced, and a journal of another job thrown away. */
  readonly force: boolean;
  /** Ask only the first rows. */
  readonly limit?: number;
  /** Ask only this many rows, spread evenly over the file; the same ones each time. */
  readonly sample?: number;
  /** Rows that ask the same are asked once. */
  readonly dedupe: boolean;
  /** Ask again what failed in an earlier run. */
  readonly retryFailed: boolean;
  readonly maxCostUsd?: number;
}

/** Rows that a job leaves alone are not in its output. */
export interface LiveJob extends Job {
  /** Calls under way at most. */
  readonly workers: number;
  /** Whether answers are read from the cache on disk, and kept there. */
  readonly useCache: boolean;
}
