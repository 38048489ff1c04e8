/** Opens a journal: goes through what is there, cuts off what a crash left half-written, and appends from then on. */

import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../contract/services.ts";
import { LoomError, loomError } from "../../errors/index.ts";
import { systemClock } from "../../runtime/clock.ts";
import { syncFolder } from "../home/atomic-file.ts";
import { fileUnreadable, fileUnwritable } from "../home/file-fault.ts";
import { checkHeader } from "./check-header.ts";
import type { Journal, JournalHeader, RowRecord } from "./journal.ts";
import {
  beginning,
  figuresIn,
  figuresOf,
  headerLine,
  longestLineBytes,
  recordIn,
  recordLine,
} from "./journal-line.ts";
import { type JournalLock, lockJournal } from "./journal-lock.ts";
import { type JournalRows, journalRows } from "./journal-rows.ts";
import { journalWriter } from "./journal-writer.ts";
import { lineReader } from "./line-reader.ts";
import { scanLines } from "./scan-lines.ts";

export interface OpenJournalOptions {
  /** Throws away what is there, whoever's it is. */
  readonly fresh: boolean;
  readonly clock?: Clock;
}

/**
 * Opens the journal of a job, or begins one.
 *
 * @throws LoomError `file-unwritable`: it belongs to another job, another process uses it, the disk is full;
 * `file-unreadable`: it is no journal, or one of its lines is garbled
 */
export async function openJournal(
  path: string,
  header: JournalHeader,
  { fresh, clock = systemClock }: OpenJournalOptions,
): Promise<Journal> {
  const lock = await lockJournal(path);
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const rows = journalRows();
    const found = fresh ? 0 : await scan(file, path, header, rows);
    if ((await file.stat()).size > found) await file.truncate(found);
    const size = found === 0 ? await begin(file, path, header) : found;
    return running({ path, file, lock, rows, size, clock });
  } catch (cause) {
    // Why it could not be opened matters more than that it cannot be closed either.
    await file?.close().catch(() => undefined);
    await lock.release().catch(() => undefined);
    throw LoomError.is(cause) ? cause : fileUnwritable(path, cause);
  }
}

/** How much of the file may stay; 0: it must be begun anew. */
async function scan(
  file: FileHandle,
  path: string,
  header: JournalHeader,
  rows: JournalRows,
): Promise<number> {
  let lines = 0;
  let end: number;
  try {
    end = await scanLines(file, (line, offset) => {
      if (++lines === 1) return checkHeader(line, header, path);
      const figures = figuresIn(line);
      if (figures === undefined) throw garbled(path, lines);
      rows.take(figures, offset);
    });
  } catch (cause) {
    throw LoomError.is(cause) ? cause : fileUnreadable(path, cause);
  }
  const rest = await file.read(Buffer.alloc(beginning.length), 0, beginning.length, end);
  const torn = rest.buffer.toString("latin1", 0, rest.bytesRead);
  if (end === 0 && !beginning.startsWith(torn)) checkHeader(rest.buffer, header, path);
  if ((await file.stat()).size - end >= longestLineBytes) throw garbled(path, lines + 1);
  return end;
}

function garbled(path: string, line: number): LoomError {
  const message =
    `${path}, line ${line} is garbled; delete that line to ask its row again and keep all others, or start anew with --force`;
  return loomError("file-unreadable", message, { file: path });
}

async function begin(file: FileHandle, path: string, header: JournalHeader): Promise<number> {
  const line = headerLine(header);
  const { bytesWritten } = await file.write(line, 0, line.length, 0);
  if (bytesWritten < line.length) throw new Error("the disk is full");
  await file.datasync();
  await syncFolder(dirname(path));
  return line.length;
}

interface Opened {
  readonly path: string;
  readonly file: FileHandle;
  readonly lock: JournalLock;
  readonly rows: JournalRows;
  readonly size: number;
  readonly clock: Clock;
}

function running({ path, file, lock, rows, size, clock }: Opened): Journal {
  const writer = journalWriter({ path, file, size, clock });
  const reader = lineReader(file);
  let closing: Promise<void> | undefined;

  const readLine = (offset: number): RowRecord | Promise<RowRecord> => {
    const line = reader.line(offset);
    if (Buffer.isBuffer(line)) return recordIn(line);
    return line.then(recordIn, (cause) => {
      throw fileUnreadable(path, cause);
    });
  };

  const end = async (last: () => Promise<void>): Promise<void> => {
    try {
      await last();
    } finally {
      await writer.stop();
      await file.close();
      await lock.release();
    }
  };

  return {
    path,
    totals: rows.totals,
    isDone: rows.isDone,
    isFailed: rows.isFailed,
    append: (record) => {
      const figures = figuresOf(record);
      const offset = writer.size;
      const late = writer.append(recordLine(record, figures));
      rows.take(figures, offset);
      return late;
    },
    read: (index) => {
      const offset = rows.offsetOf(index);
      if (offset === undefined) return undefined;
      return offset < writer.written ? readLine(offset) : writer.drained().then(() => readLine(offset));
    },
    drained: () => writer.drained(),
    flush: () => writer.flush(),
    close: () => closing ??= end(() => writer.flush()),
    remove: () =>
      closing ??= end(async () => {
        await writer.stop();
        await rm(path, { force: true });
      }),
  };
}
