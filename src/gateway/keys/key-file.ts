/** Reads a file of keys: who may read it, whether it is a list, and what each key says. Quotes nothing of it. */

import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { platform } from "node:os";
import { type LoomError, loomError } from "../../errors/index.ts";
import type { KeyOptions } from "../options.ts";
import { faultsOfList, type TakenKeys } from "./check.ts";
import { parseKeyList } from "./key-list.ts";

export interface KeyFile {
  readonly keys: readonly KeyOptions[];
  /** Changes with the file. */
  readonly identity: string;
}

const maxBytes = 16 * 1024 * 1024;
const readBits = 0o044;
const writeBits = 0o022;

/** @throws LoomError `config-invalid`, naming the file and the fix */
export async function readKeyFile(path: string, taken: TakenKeys): Promise<KeyFile> {
  let file: FileHandle;
  try {
    // A pipe without a writer must not hang the start. Windows has neither the flag nor the pipes.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    throw keyFileFault(path, `cannot be read (${code ?? "no reason given"})`, cause);
  }
  try {
    // Of the file that is open, so that nobody can put another in its place in between.
    const found = await file.stat();
    if (!found.isFile()) throw keyFileFault(path, "is no file");
    if (found.size > maxBytes) throw keyFileFault(path, `is larger than ${maxBytes} bytes`);
    const loose = platform() === "win32" ? 0 : found.mode & 0o777;
    if ((loose & writeBits) !== 0) throw tooLoose(path, loose, "can be written by others");
    const keys = await parseKeyList(path, await file.readFile("utf8"));
    if ((loose & readBits) !== 0 && keys.some(({ key }) => key !== undefined)) {
      throw tooLoose(path, loose, "holds keys and can be read by others; give hashes instead");
    }
    const [fault, ...more] = faultsOfList(keys, "", taken);
    if (fault === undefined) return { keys, identity: identityOf(found) };
    const rest = more.length === 0 ? "" : ` (and ${more.length} more)`;
    throw keyFileFault(path, `${fault.path} ${fault.problem}${rest}`);
  } finally {
    await file.close();
  }
}

interface Found {
  readonly mtimeMs: number;
  readonly size: number;
  readonly ino: number;
  readonly mode: number;
}

export function identityOf({ mtimeMs, size, ino, mode }: Found): string {
  // Some file systems and runtimes count whole seconds: a file of this moment may change again without showing it.
  const young = Date.now() - mtimeMs < 3000 ? `:${Date.now()}` : "";
  return `${mtimeMs}:${size}:${ino}:${mode}${young}`;
}

function tooLoose(path: string, mode: number, problem: string): LoomError {
  const digits = mode.toString(8).padStart(3, "0");
  return keyFileFault(path, `${problem} (mode ${digits}); run: chmod 600 ${path}`);
}

export function keyFileFault(file: string, problem: string, cause?: unknown): LoomError {
  return loomError("config-invalid", `key file ${file} ${problem}`, { path: "keys.file", file }, { cause });
}
