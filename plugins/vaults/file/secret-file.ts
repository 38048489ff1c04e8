/** Reads a file that is meant for its owner's eyes: checks who may read it, and how large it is, before it is used. */

import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { platform } from "node:os";
import { type LoomError, loomError } from "../../../src/plugin.ts";

export interface SecretFileLimits {
  readonly allowLooseModes: boolean;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** The file may be absent, as long as this directory is there. */
  readonly optionalIn?: string;
}

/** Read or written by group or others. */
const looseBits = 0o066;

/** @throws LoomError `permission-denied` or `config-invalid`, naming the file and the fix */
export async function readSecretFile(path: string, limits: SecretFileLimits): Promise<string | undefined> {
  let file: FileHandle;
  try {
    // A pipe without a writer must not hang the call. Windows has neither the flag nor the pipes.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    if (isAbsent(cause) && limits.optionalIn !== undefined && await isDirectory(limits.optionalIn)) {
      return undefined;
    }
    throw unreadable(path, cause);
  }
  try {
    // Of the file that is open, so that nobody can put another in its place in between.
    const { mode, size } = await file.stat().then((found) => {
      if (!found.isFile()) throw loomError("config-invalid", `vault file: ${path} is no file`, place(path));
      return found;
    });
    if (!limits.allowLooseModes && platform() !== "win32" && (mode & looseBits) !== 0) {
      throw loomError(
        "permission-denied",
        `vault file: ${path} can be read or written by others (mode ${
          (mode & 0o777).toString(8).padStart(3, "0")
        }); run: chmod 600 ${path}, or set allowLooseModes: true`,
        {},
      );
    }
    if (size > limits.maxBytes) throw tooLarge(path, limits.maxBytes);
    return decode(path, await readAtMost(file, path, limits));
  } finally {
    await file.close();
  }
}

async function readAtMost(
  file: FileHandle,
  path: string,
  { maxBytes, signal }: SecretFileLimits,
): Promise<Uint8Array> {
  const buffer = new Uint8Array(maxBytes + 1);
  let filled = 0;
  while (filled < buffer.length) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, null);
    if (bytesRead === 0) return buffer.subarray(0, filled);
    filled += bytesRead;
  }
  throw tooLarge(path, maxBytes);
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw loomError("config-invalid", `vault file: ${path} is no UTF-8 text`, place(path));
  }
}

function isAbsent(cause: unknown): boolean {
  return (cause as { readonly code?: string }).code === "ENOENT";
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function unreadable(path: string, cause: unknown): LoomError {
  const { code } = cause as { readonly code?: string };
  return loomError(
    "permission-denied",
    `vault file: cannot read ${path} (${code ?? "no reason given"})`,
    {},
    {
      cause,
    },
  );
}

function tooLarge(path: string, maxBytes: number): LoomError {
  return loomError("config-invalid", `vault file: ${path} is larger than ${maxBytes} bytes`, place(path));
}

function place(file: string): { readonly path: string; readonly file: string } {
  return { path: "vault", file };
}
