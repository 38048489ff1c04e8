/** Writes a file at once or not at all: whoever reads it sees the old text or the new one, also after a crash. */

import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { fileUnwritable } from "./file-fault.ts";

/**
 * Writes to a file beside it, for this user alone, flushes that to disk, and gives it the name.
 *
 * @throws LoomError `file-unwritable`; the file is then as it was
 */
export async function writeFileAtomic(path: string, text: string): Promise<void> {
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    await using file = await open(beside, "wx", 0o600);
    await file.writeFile(text);
    // Without it a power cut may leave the new name on an empty file.
    await file.sync();
    await file.close();
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined); // what matters is why it failed
    throw fileUnwritable(path, cause);
  }
  await syncFolder(dirname(path));
}

/** Makes a rename outlast a power cut, where folders can be flushed; some systems know no such thing. */
export async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, "r");
    await folder.sync();
  } catch {
    // The file is whole either way; only whether it is the old or the new one is open until the system writes the folder.
  } finally {
    await folder?.close();
  }
}
