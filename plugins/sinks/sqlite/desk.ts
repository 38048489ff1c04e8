/** Where questions to the file are handed in: at a thread of its own, or at this one where there can be no other. */

import { Worker } from "node:worker_threads";
import { loomError } from "../../../src/plugin.ts";
import type { CallFile, FileOptions } from "./file.ts";

type Methods = { readonly [K in keyof CallFile]: CallFile[K] };
export type Method = keyof Methods;

/** Asks for one thing after the other; answers come in that order. */
export interface Desk {
  ask<M extends Method>(method: M, ...args: Parameters<Methods[M]>): Promise<ReturnType<Methods[M]>>;
  /** Lets go of the file. */
  close(): Promise<void>;
}

/** From here to the thread; `id` 0 opens the file. */
export interface Question {
  readonly id: number;
  readonly method: Method | "open";
  readonly args: readonly unknown[];
}

/** From the thread back. `unusable`: the file is, and stays so. */
export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly fault?: { readonly message: string; readonly unusable: boolean };
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** @throws LoomError `config-invalid`, when the file cannot be used */
export async function threadDesk(options: FileOptions): Promise<Desk> {
  const file = import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js";
  const worker = new Worker(new URL(file, import.meta.url));
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let gone: Error | undefined;

  function end(error: Error): void {
    gone ??= error;
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  }

  worker.on("message", ({ id, value, fault }: Reply) => {
    const one = waiting.get(id);
    waiting.delete(id);
    // A thread that nobody waits for keeps no program alive.
    if (waiting.size === 0) worker.unref();
    if (fault === undefined) one?.resolve(value);
    else one?.reject(fault.unusable ? invalid(fault.message) : new Error(fault.message));
  });
  worker.on("error", (error) => end(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => end(new Error("the thread of the sink sqlite has ended")));

  function send(method: Question["method"], args: readonly unknown[]): Promise<unknown> {
    if (gone !== undefined) return Promise.reject(gone);
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      // Throws when there is something in it that cannot cross.
      worker.postMessage({ id, method, args } satisfies Question);
      if (waiting.size === 0) worker.ref();
      waiting.set(id, { resolve, reject });
    });
  }

  try {
    await send("open", [options]);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    ask: (method, ...args) => send(method, args) as Promise<ReturnType<Methods[typeof method]>>,
    async close() {
      try {
        if (gone === undefined) await send("close", []);
      } finally {
        await worker.terminate();
      }
    },
  };
}

/** The same in this thread, which stands still meanwhile. */
export async function ownDesk(options: FileOptions): Promise<Desk> {
  const { openFile } = await import("./file.ts");
  const { UnusableFile } = await import("./database.ts");
  let file: CallFile;
  try {
    file = openFile(options);
  } catch (error) {
    throw error instanceof UnusableFile ? invalid(error.message) : error;
  }
  return {
    // deno-lint-ignore require-await -- what it throws is to reject
    async ask(method, ...args) {
      const work = file[method] as (...args: unknown[]) => unknown;
      return work(...args) as ReturnType<Methods[typeof method]>;
    },
    // deno-lint-ignore require-await -- what it throws is to reject
    close: async () => file.close(),
  };
}

function invalid(problem: string): Error {
  return loomError("config-invalid", `sinks.path: ${problem}`, { path: "sinks.path" });
}
