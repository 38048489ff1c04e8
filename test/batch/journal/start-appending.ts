/** Starts the program that appends to a journal. Without tsx, since it is started often. */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

export interface Appending {
  readonly pid: number | undefined;
  /** Settles when it has said so often that rows are on the disk. @throws Error, when it ends before */
  flushed(times: number): Promise<void>;
  /** @returns the last number of rows that it said to be on the disk */
  kill(): Promise<number>;
}

export function startAppending(path: string): Appending {
  const program = fileURLToPath(new URL("appending.ts", import.meta.url));
  const flags = "deno" in process.versions ? ["run", "-A", "--no-check"] : ["--no-warnings"];
  const child = spawn(process.execPath, [...flags, program, path], { stdio: ["ignore", "pipe", "pipe"] });
  let [said, failed] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => said += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => failed += text);
  const lines = () => said.split("\n").slice(0, -1);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    pid: child.pid,
    flushed: (times) =>
      new Promise((resolve, reject) => {
        const look = () => void (lines().length >= times && resolve());
        child.stdout.on("data", look);
        void ended.then(() => reject(new Error(`it ended: ${failed}`)));
        look();
      }),
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
      return Number(lines().at(-1) ?? 0);
    },
  };
}
