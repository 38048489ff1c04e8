/** Rows that are asked somewhere else than in this process: what takes the place of asking them here. */

import type { Answered } from "./answer-row.ts";
import type { Concurrency } from "./concurrency.ts";
import type { OpenRun } from "./open-run.ts";

export interface Elsewhere {
  /** Rows that got their record while it was opened. */
  readonly recorded: number;
  /** How many rows may be out. */
  readonly limits: Concurrency;
  /** As `answerRow` does it. */
  answer(index: number, prompt: string): Promise<Answered | undefined>;
  /** Nothing new is to begin; rows that nobody has begun are given up. */
  halt(): void;
  /** How many rows have their record now. */
  told(done: number): void;
  /** Nothing is out any more. @param done every row has its record */
  close(done: boolean): Promise<void>;
}

export type OpenElsewhere = (run: OpenRun) => Promise<Elsewhere>;
