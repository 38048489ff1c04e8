/** The thread that the file is used in: takes questions in their order and answers each. */

import { parentPort } from "node:worker_threads";
import { UnusableFile } from "./database.ts";
import type { Question, Reply } from "./desk.ts";
import { type CallFile, type FileOptions, openFile } from "./file.ts";

let file: CallFile | undefined;

parentPort?.on("message", ({ id, method, args }: Question) => {
  let reply: Reply;
  try {
    reply = { id, value: answer(method, args) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply = { id, fault: { message, unusable: error instanceof UnusableFile } };
  }
  parentPort?.postMessage(reply);
});

function answer(method: Question["method"], args: readonly unknown[]): unknown {
  if (method === "open") {
    file = openFile(args[0] as FileOptions);
    return undefined;
  }
  if (file === undefined) throw new Error("the file is not open");
  const work = file[method] as (...args: readonly unknown[]) => unknown;
  return work(...args);
}
