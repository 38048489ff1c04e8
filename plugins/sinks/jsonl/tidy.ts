/** Puts old files in order beside the calls: compresses what was put aside, and deletes the oldest. */

import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Clock } from "../../../src/plugin.ts";
import { isAside } from "./aside.ts";

export interface TidyOptions {
  readonly path: string;
  readonly maxFiles: number;
  readonly gzip: boolean;
  readonly clock: Clock;
  failed(error: unknown): void;
}

export interface Tidier {
  /** Tidies now, and again when what was put aside just now has rested. */
  soon(): void;
  /** Settles when nothing is under way any more. */
  close(): Promise<void>;
}

/** Another process may still write a last batch into a file that was put aside under its hands. */
const restMs = 10_000;

export function tidier({ path, maxFiles, gzip, clock, failed }: TidyOptions): Tidier {
  const folder = dirname(path);
  let running: Promise<void> = Promise.resolve();
  let stopTimer: (() => void) | undefined;

  async function tidy(): Promise<void> {
    const names = (await readdir(folder)).filter((name) => isAside(path, name)).sort();
    const surplus = names.length - maxFiles;
    for (const [index, name] of names.entries()) {
      const file = join(folder, name);
      if (index < surplus) await rm(file, { force: true });
      else if (gzip && !name.endsWith(".gz") && await rested(file)) await compress(file);
    }
  }

  function run(): void {
    running = running.then(tidy).catch(failed);
  }

  return {
    soon() {
      run();
      if (!gzip) return;
      stopTimer?.();
      stopTimer = clock.after(restMs, run, { background: true });
    },
    close() {
      stopTimer?.();
      return running;
    },
  };

  async function rested(file: string): Promise<boolean> {
    const { ctimeMs } = await stat(file);
    return clock.now() - ctimeMs >= restMs;
  }
}

async function compress(file: string): Promise<void> {
  // Not a name of a file that was put aside, until it is whole.
  const making = join(dirname(file), `.${basename(file)}.${crypto.randomUUID().slice(0, 8)}.part`);
  try {
    await pipeline(createReadStream(file), createGzip(), createWriteStream(making, { mode: 0o600 }));
    await rename(making, `${file}.gz`);
    await rm(file, { force: true });
  } catch (error) {
    await rm(making, { force: true });
    // Another process did it.
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}
