/** Programs of the tests in a process of their own, on the runtime that runs the test. */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";

export interface Child {
  /** Settles when the program has printed this line. Rejects when it ends before. */
  said(line: string): Promise<void>;
  /** Kills it as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
}

export function startProgram(path: string, args: readonly string[]): Child {
  const onDeno = "deno" in process.versions;
  const runtime = onDeno ? ["run", "-A", "--no-check"] : ["--import", "tsx"];
  const child = spawn(process.execPath, [...runtime, path, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (more: string) => text += more);
  child.stderr?.setEncoding("utf8").on("data", (more: string) => text += more);
  return {
    said: (line) =>
      new Promise((resolve, reject) => {
        const look = () => void (text.split("\n").includes(line) && resolve());
        child.stdout?.on("data", look);
        child.once("exit", () => reject(new Error(`the program ended:\n${text}`)));
        look();
      }),
    kill: () => ended(child),
  };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
