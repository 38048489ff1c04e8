/** Says in plain words why a file could not be read or written. */

import { type LoomError, loomError } from "../../errors/index.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EIO: "the disk reports an error (EIO)",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of its path is a file, not a folder",
  EISDIR: "it is a folder",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long",
};

/** @param help how to go on, as a sentence without a full stop */
export function fileUnwritable(file: string, cause: unknown, help?: string): LoomError<"file-unwritable"> {
  return loomError("file-unwritable", `cannot write ${file}: ${told(cause, help)}`, { file }, { cause });
}

/** @param help how to go on, as a sentence without a full stop */
export function fileUnreadable(file: string, cause: unknown, help?: string): LoomError<"file-unreadable"> {
  return loomError("file-unreadable", `cannot read ${file}: ${told(cause, help)}`, { file }, { cause });
}

/** The code of the operating system, where a failure has one. */
export function systemCode(cause: unknown): string | undefined {
  const code = (cause as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

function told(cause: unknown, help: string | undefined): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const reason = reasons[systemCode(cause) ?? ""] ?? text;
  return help === undefined ? reason : `${reason}; ${help}`;
}
