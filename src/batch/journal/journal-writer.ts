/** Appends lines to a file: in the same turn of the event loop when it is idle, in bunches when it is not, one write at a time. */

import type { Clock } from "../../contract/services.ts";
import { type LoomError, loomError } from "../../errors/index.ts";
import { fileUnwritable } from "../home/file-fault.ts";
import { longestLineBytes } from "./journal-line.ts";

export interface JournalWriter {
  /** Where the next line will begin. */
  readonly size: number;
  /** What is in the file by now; always whole lines. */
  readonly written: number;
  /** Returns a promise only when the file is far behind. @throws LoomError `file-unwritable` */
  append(line: Buffer): Promise<void> | undefined;
  /** Settles when what was appended by now is in the file, where other processes see it. */
  drained(): Promise<void>;
  /** Settles when what was appended by now is on the disk. */
  flush(): Promise<void>;
  /** Takes no more, and waits for the write that is under way. */
  stop(): Promise<void>;
}

/** What is needed of an open file. */
export interface JournalFile {
  write(
    bytes: Buffer,
    from: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  datasync(): Promise<void>;
}

export interface JournalWriterOptions {
  readonly path: string;
  readonly file: JournalFile;
  /** How much of the file is there already. */
  readonly size: number;
  readonly clock: Clock;
}

/** What may wait for the disk before callers must. */
const mostPendingBytes = 4 * 1024 * 1024;

/**
 * What a process has written outlasts that process, however it ends: it is the system's then. Flushing to the disk is for power
 * cuts alone, where a second of answers is lost at most; flushing each one would make the disk the limit of a job.
 */
const syncEveryMs = 1000;

export function journalWriter({ path, file, size: start, clock }: JournalWriterOptions): JournalWriter {
  let [size, written] = [start, start];
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let writing: Promise<void> | undefined;
  /** Until the write begins. */
  let turn: Promise<void> | undefined;
  let syncing: Promise<void> = Promise.resolve();
  let cancelSync: (() => void) | undefined;
  // Stays: after a failure the file may end in half a line, which nothing may follow.
  let fault: LoomError | undefined;

  const fail = (cause: unknown): void => {
    fault ??= fileUnwritable(
      path,
      cause,
      "every answer before that is kept; make room there, then run the same command again",
    );
  };

  /** One write for all that becomes known in one turn of the event loop: a write costs more than asking a row does. */
  const soon = (): void => {
    turn ??= new Promise((resolve) =>
      setImmediate(() => {
        turn = undefined;
        if (writing === undefined && pending.length > 0 && !hasFailed()) next();
        resolve();
      })
    );
  };
  const hasFailed = (): boolean => fault !== undefined && fault.code !== "closed";

  const next = (): void => {
    const bunch = pending.length === 1 && pending[0] !== undefined ? pending[0] : Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    writing = writeWhole(file, bunch, written).then(() => {
      written += bunch.length;
      cancelSync ??= clock.after(syncEveryMs, syncNow, { background: true });
    }, fail).then(() => {
      writing = undefined;
      if (pending.length > 0 && fault === undefined) next();
    });
  };

  // After a failed flush the system may hold what it could not write for clean, so there is no second try.
  const sync = (): Promise<void> => syncing = syncing.then(() => file.datasync()).catch(fail);
  const syncNow = (): void => {
    cancelSync = undefined;
    void sync();
  };

  const drained = async (target: number): Promise<void> => {
    while (written < target && fault === undefined) await (writing ?? turn);
    if (fault !== undefined) throw fault;
  };

  return {
    get size() {
      return size;
    },
    get written() {
      return written;
    },
    append: (line) => {
      if (fault !== undefined) throw fault;
      if (line.length > longestLineBytes) {
        const message = `${path}: an answer of ${line.length} bytes is too long for a line`;
        throw loomError("file-unwritable", message, { file: path });
      }
      pending.push(line);
      pendingBytes += line.length;
      size += line.length;
      if (writing === undefined) soon();
      // What is pending now begins after the write under way, so one more write makes room.
      return pendingBytes < mostPendingBytes ? undefined : drained(size);
    },
    drained: () => drained(size),
    flush: async () => {
      await drained(size);
      await sync();
      if (fault !== undefined) throw fault;
    },
    stop: async () => {
      fault ??= loomError("closed", `${path} was closed`, {});
      await turn;
      await writing;
      cancelSync?.();
      cancelSync = undefined;
      await syncing;
    },
  };
}

/** The system may write less than it was given, such as when a disk becomes full; the rest is tried again, and tells why. */
async function writeWhole(file: JournalFile, bytes: Buffer, position: number): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    if (bytesWritten === 0) throw new Error("the system wrote nothing");
    at += bytesWritten;
  }
}
