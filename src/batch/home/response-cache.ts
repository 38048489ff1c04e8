/** Answers of live runs on disk, one file each: asked again, they cost nothing. It never fails a row. */

import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../contract/services.ts";
import { once } from "../../util/once.ts";
import { type CachedAnswer, readAnswer, writtenAnswer } from "./cached-answer.ts";
import { systemCode } from "./file-fault.ts";
import { ensureFolder, type LoomHome } from "./loom-home.ts";

export interface ResponseCache {
  /** `undefined`: nobody has asked this before, or what lies there is broken. */
  read(key: string): Promise<CachedAnswer | undefined>;
  /** Keeps an answer. Returns a promise only when too many are being written: wait for it before asking on. */
  write(key: string, answer: CachedAnswer): Promise<void> | undefined;
  /** Settles when nothing is being written any more. */
  settled(): Promise<void>;
}

export interface ResponseCacheOptions {
  readonly clock: Pick<Clock, "now">;
  /** Told once each: that files are broken, that they cannot be read, that they cannot be written. */
  readonly note: (text: string) => void;
}

/** The thread pool has four threads, so more would only wait there. */
const writesAtOnce = 8;

export function responseCache(
  { cache: folder }: Pick<LoomHome, "cache">,
  { clock, note }: ResponseCacheOptions,
): ResponseCache {
  const told = new Set<string>();
  const tell = (what: string, text: string): void => {
    if (told.has(what)) return;
    told.add(what);
    note(text);
  };
  const made = once(() => ensureFolder(folder));
  // Unlike the names of all other processes.
  const own = randomUUID();
  let written = 0;

  const store = async (path: string, text: string): Promise<void> => {
    const beside = `${path.slice(0, -".json".length)}.${own}-${written++}.tmp`;
    try {
      // Not flushed: after a power cut a torn file is a miss, and a miss costs one call.
      await writeFile(beside, text, { flag: "wx", mode: 0o600 });
      await rename(beside, path);
    } catch (cause) {
      await rm(beside, { force: true }).catch(() => undefined); // what matters is why it failed
      throw cause;
    }
  };

  const keep = async (key: string, answer: CachedAnswer): Promise<void> => {
    const path = join(folder, `${key}.json`);
    try {
      const text = writtenAnswer(answer, clock.now());
      await made();
      try {
        await store(path, text);
      } catch (cause) {
        if (systemCode(cause) !== "ENOENT") throw cause;
        // Somebody deleted the folder, or cleared the cache, while it was written.
        await ensureFolder(folder);
        await store(path, text);
      }
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      tell("write", `the cache of responses keeps nothing: ${reason}`);
    }
  };

  const pool = boundedPool(writesAtOnce);
  return {
    read: async (key) => {
      const path = join(folder, `${key}.json`);
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (cause) {
        if (systemCode(cause) !== "ENOENT") tell("read", `the cache of responses cannot be read: ${cause}`);
        return undefined;
      }
      const answer = readAnswer(text);
      if (answer === undefined) {
        tell("broken", `${path} is no cached response; it is asked again and replaced, like all that are so`);
      }
      return answer;
    },
    write: (key, answer) => pool.run(() => keep(key, answer)),
    settled: () => pool.settled(),
  };
}

interface BoundedPool {
  /** @param work never rejects */
  run(work: () => Promise<void>): Promise<void> | undefined;
  settled(): Promise<void>;
}

/** Starts work at once while there is room; else in order, and the caller waits until it has begun. */
function boundedPool(size: number): BoundedPool {
  let busy = 0;
  const waiting: (() => void)[] = [];
  const idle: (() => void)[] = [];
  const start = (work: () => Promise<void>): void => {
    busy++;
    void work().then(() => {
      busy--;
      const next = waiting.shift();
      if (next !== undefined) next();
      else if (busy === 0) { for (const tell of idle.splice(0)) tell(); }
    });
  };
  return {
    run: (work) => {
      if (busy < size) return void start(work);
      return new Promise<void>((resolve) =>
        waiting.push(() => {
          start(work);
          resolve();
        })
      );
    },
    settled: () => busy === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve)),
  };
}
