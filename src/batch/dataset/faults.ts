/** How failures of datasets are told: file, row, line, and what to do. Nothing of what a row holds is repeated. */

import { loomError } from "../../errors/index.ts";
import type { LoomError } from "../../errors/index.ts";

/** Where a row is. */
export interface RowPlace {
  readonly file: string;
  /** From 0. */
  readonly index: number;
  readonly line: number;
}

/** A row that cannot be taken. */
export function rowFault({ file, index, line }: RowPlace, problem: string): LoomError {
  return loomError("invalid-request", `${file}, row ${index + 1} (line ${line}): ${problem}`, { path: file });
}

/** Something about the file that belongs to no row. */
export function fileFault(file: string, problem: string): LoomError {
  return loomError("invalid-request", `${file}: ${problem}`, { path: file });
}

export function unreadable(file: string, problem: string, cause?: unknown): LoomError {
  return loomError("file-unreadable", `${file}: ${problem}`, { file }, { cause });
}

export function unwritable(file: string, problem: string, cause?: unknown): LoomError {
  return loomError("file-unwritable", `${file} could not be written: ${problem}`, { file }, { cause });
}

export function aborted(signal: AbortSignal): LoomError {
  return loomError("aborted", "the work on the dataset was stopped", {}, { cause: signal.reason });
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EFBIG: "it would be larger than the system allows",
  EISDIR: "it is a folder",
  ENAMETOOLONG: "its name is too long",
  ENOENT: "there is no such file or folder",
  ENOSPC: "no space is left on the disk",
  ENOTDIR: "a part of its path is no folder",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
};

/** The system's own reason in words; `undefined`: this is no failure of a system call. */
export function systemReason(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  const reason = reasons[error.code];
  return reason === undefined ? error.code : `${reason} (${error.code})`;
}
