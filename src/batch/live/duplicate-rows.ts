/** `--dedupe`: rows that ask what an earlier row asked share its answer, also while that is under way. */

import type { Journal, RowRecord } from "../journal/journal.ts";
import { firstAsked } from "./first-asked.ts";

export interface DuplicateRows {
  /** A row that has its record from an earlier run: later rows may ask the same. */
  remember(index: number, prompt: () => string): void;
  /** Whether the row is one: then it has its record, or gets it with the first one's. */
  isOne(index: number, prompt: string): Promise<boolean>;
  /** The first one has its record, and so have those that waited for it. */
  answered(record: RowRecord): Promise<void>;
  /** The first one has none; those that waited for it have none either, and are asked by the next run. */
  gaveUp(index: number): void;
}

/** @param keep takes the records of duplicates; gives a promise when it cannot take more for now */
export function duplicateRows(
  journal: Pick<Journal, "isDone" | "isFailed" | "read">,
  keep: (record: RowRecord) => Promise<void> | undefined,
): DuplicateRows {
  const first = firstAsked();
  /** Of each row under way, the rows that ask the same. Numbers alone are kept, so a million of them are some megabytes. */
  const followers = new Map<number, number[]>();
  return {
    remember(index, prompt) {
      let text: string;
      try {
        text = prompt();
      } catch {
        return; // it was journaled as failed for that, and asks nothing
      }
      first.of(text, index);
    },
    async isOne(index, prompt) {
      const original = first.of(prompt, index);
      if (original === index) {
        followers.set(index, []);
        return false;
      }
      const underWay = followers.get(original);
      if (underWay !== undefined) {
        underWay.push(index);
        return true;
      }
      const record = await journal.read(original);
      if (record !== undefined) await keep(duplicateOf(record, index));
      return true;
    },
    async answered(record) {
      const waiting = followers.get(record.index) ?? [];
      // What comes from now on reads the journal.
      followers.delete(record.index);
      for (const index of waiting) {
        const behind = keep(duplicateOf(record, index));
        if (behind !== undefined) await behind;
      }
    },
    gaveUp: (index) => void followers.delete(index),
  };
}

/** Nothing was paid for it, and no token counted. */
function duplicateOf({ usage: _, ...record }: RowRecord, index: number): RowRecord {
  return { ...record, index, costUsd: 0, origin: "duplicate" };
}
