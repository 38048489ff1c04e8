/** Rows that others ask: put into the queue in chunks, a bounded number at a time, until what became of each has come back. */

import type { Clock } from "../../contract/services.ts";
import { type LoomError, loomError } from "../../errors/index.ts";
import { failedRecord } from "../ask/record.ts";
import type { Answered } from "../live/answer-row.ts";
import type { ChunkQueue, TakenChunk } from "./chunk-queue.ts";
import type { QueuedRow, RowReport } from "./queue-form.ts";
import type { WaitingAnswer } from "./row-answers.ts";
import { sharedFault } from "./shared-fault.ts";

export interface FarRowsOptions {
  readonly queue: ChunkQueue;
  /** Of this run: no other one names its chunks alike. */
  readonly run: string;
  readonly clock: Pick<Clock, "after">;
  /** Told of an answer that is in the journal, or is not wanted. */
  readonly kept: (entry: string) => void;
  /** Takes an answer that nobody waits for: a second one of a row, which was paid too. */
  readonly late: (report: RowReport, entry: string) => void;
  readonly failed: (error: unknown) => void;
}

export interface FarRows {
  /** Rows that have no answer yet, and the bytes of their prompts. */
  readonly size: number;
  readonly bytes: number;
  readonly chunks: readonly string[];
  /** @returns `undefined`: it was given up @throws LoomError, when all rows would fail alike */
  answer(index: number, prompt: string): Promise<Answered | undefined>;
  /** A worker has these from an earlier run: they are not put in again. */
  adopt(chunks: readonly TakenChunk[]): void;
  deliver(answer: WaitingAnswer): void;
  /** The entry lies in Redis no more. */
  forget(entry: string): void;
  /** A chunk is not in the queue any more: what has no answer is put in again, or given up once everything stops. */
  lost(chunk: string): void;
  /** What was not sent yet is given up, and nothing is sent any more. */
  halt(): void;
  /** Every row is given up. */
  release(): void;
  /** Every row fails with this. */
  fail(error: LoomError): void;
  /** Answers that this run never came to are handed to `late`. */
  leave(): void;
}

/** Small, so that no worker sits on rows that others could ask. */
const [mostRows, mostBytes] = [8, 256 * 1024];
/** How long a row waits for others to fill its chunk. */
const lingerMs = 10;
/** So often a row is put in again, after whoever had it died or Redis lost it. */
const mostTurns = 10;

interface Waiting extends QueuedRow {
  turns: number;
  readonly resolve: (answered: Answered | undefined) => void;
  readonly reject: (error: LoomError) => void;
}

interface Chunk {
  /** Indexes of its rows without an answer. */
  readonly rows: Set<number>;
  /** Whether it has reached the queue, or should have. */
  sent: boolean;
}

export function farRows({ queue, run, clock, kept, late, failed }: FarRowsOptions): FarRows {
  const waiting = new Map<number, Waiting>();
  const chunks = new Map<string, Chunk>();
  const chunkOf = new Map<number, string>();
  /** Answers of rows that an earlier run sent, and that this one has not come to. */
  const early = new Map<number, WaitingAnswer>();
  const seen = new Set<string>();
  let unsent: Waiting[] = [];
  let cancelLinger: (() => void) | undefined;
  let [bytes, sent, halted] = [0, 0, false];
  let fault: LoomError | undefined;

  function take(index: number): Waiting | undefined {
    const row = waiting.get(index);
    if (row !== undefined) {
      waiting.delete(index);
      bytes -= row.prompt.length;
    }
    const id = chunkOf.get(index);
    chunkOf.delete(index);
    const chunk = id === undefined ? undefined : chunks.get(id);
    chunk?.rows.delete(index);
    if (id !== undefined && chunk?.rows.size === 0) chunks.delete(id);
    return row;
  }

  function push(row: Waiting): void {
    unsent.push(row);
    if (unsent.length >= mostRows) return send();
    cancelLinger ??= clock.after(lingerMs, send);
  }

  function send(): void {
    cancelLinger?.();
    cancelLinger = undefined;
    const rows = unsent;
    unsent = [];
    for (let at = 0; at < rows.length;) {
      const from = at;
      let size = 0;
      do size += rows[at++]?.prompt.length ?? 0; while (
        at < rows.length && at - from < mostRows && size < mostBytes
      );
      void sendChunk(rows.slice(from, at));
    }
  }

  async function sendChunk(rows: readonly Waiting[]): Promise<void> {
    const id = `${run}-${++sent}`;
    const chunk: Chunk = { rows: new Set(rows.map(({ index }) => index)), sent: false };
    chunks.set(id, chunk);
    for (const { index } of rows) chunkOf.set(index, id);
    try {
      await queue.put(id, rows.map(({ index, prompt }) => ({ index, prompt })));
    } catch (error) {
      // It may be there all the same; whoever looks after lost chunks finds out.
      failed(error);
    }
    chunk.sent = true;
  }

  return {
    get size() {
      return waiting.size;
    },
    get bytes() {
      return bytes;
    },
    get chunks() {
      return [...chunks].filter(([, chunk]) => chunk.sent).map(([id]) => id);
    },
    answer(index, prompt) {
      const known = early.get(index);
      if (known?.report !== undefined) {
        early.delete(index);
        return Promise.resolve(answeredOf(known.report, () => kept(known.entry)));
      }
      if (fault !== undefined) return Promise.reject(fault);
      if (halted) return Promise.resolve(undefined);
      return new Promise((resolve, reject) => {
        const row: Waiting = { index, prompt, turns: 1, resolve, reject };
        waiting.set(index, row);
        bytes += prompt.length;
        if (!chunkOf.has(index)) push(row);
      });
    },
    adopt(taken) {
      for (const { id, indexes } of taken) {
        chunks.set(id, { rows: new Set(indexes), sent: true });
        for (const index of indexes) chunkOf.set(index, id);
      }
    },
    deliver(answer) {
      const { entry, report } = answer;
      if (seen.has(entry)) return;
      seen.add(entry);
      if (report === undefined) return kept(entry);
      const { index } = report.record;
      const adopted = chunkOf.has(index);
      const row = take(index);
      if (row !== undefined) row.resolve(answeredOf(report, () => kept(entry)));
      else if (adopted) early.set(index, answer);
      else late(report, entry);
    },
    forget: (entry) => void seen.delete(entry),
    lost(id) {
      const chunk = chunks.get(id);
      chunks.delete(id);
      for (const index of chunk?.rows ?? []) {
        chunkOf.delete(index);
        const row = waiting.get(index);
        if (row === undefined) continue;
        if (halted) take(index)?.resolve(undefined);
        else if (row.turns++ < mostTurns) push(row);
        else take(index)?.resolve({ record: failedRecord(index, lostTooOften()) });
      }
    },
    halt() {
      if (halted) return;
      halted = true;
      cancelLinger?.();
      for (const { index } of unsent) take(index)?.resolve(undefined);
      unsent = [];
    },
    release() {
      halted = true;
      cancelLinger?.();
      for (const index of [...waiting.keys()]) take(index)?.resolve(undefined);
    },
    fail(error) {
      fault ??= error;
      halted = true;
      cancelLinger?.();
      for (const index of [...waiting.keys()]) take(index)?.reject(error);
    },
    leave() {
      for (const { report, entry } of early.values()) if (report !== undefined) late(report, entry);
      early.clear();
    },
  };
}

function answeredOf({ record, vendorFault }: RowReport, kept: () => void): Answered {
  if (vendorFault !== true) return { record, kept };
  const { code = "provider-failed", message = "" } = record.error ?? {};
  return { record, kept, vendorFault: sharedFault(code, message) };
}

function lostTooOften(): LoomError {
  return loomError("internal", `${mostTurns} workers that had this row ended without an answer`, {});
}
