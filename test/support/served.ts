/** `loom serve` in a process of its own, on the runtime that runs the test. */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";

export interface Served {
  readonly url: string;
  readonly adminUrl: string;
  /** Everything that it printed. */
  text(): string;
  /** Settles when it has printed something that fits. */
  said(pattern: RegExp): Promise<void>;
  /** Asks it to stop; gives its exit code. */
  stop(): Promise<number | null>;
  /** Kills it as a crash would. */
  kill(): Promise<void>;
}

const patienceMs = 30_000;
const command = new URL("../../src/cli.ts", import.meta.url).pathname;

/** @param args beside the ports, which are any that are free */
export async function startServe(args: readonly string[], env: Record<string, string> = {}): Promise<Served> {
  const flags = "deno" in process.versions ? ["run", "-A", "--no-check"] : ["--import", "tsx"];
  const all = [...flags, command, "serve", "--port", "0", "--admin-port", "0", ...args];
  const child = spawn(process.execPath, all, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A test run that breaks off leaves nothing behind.
  const reap = () => void child.kill("SIGKILL");
  process.once("exit", reap);
  child.once("exit", () => process.off("exit", reap));
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (more: string) => text += more);
  child.stderr?.setEncoding("utf8").on("data", (more: string) => text += more);
  const said = (pattern: RegExp) => saying(child, pattern, () => text);
  await said(/listens on [^]*admin.*\n/);
  const [url = ""] = /http:\/\/[\d.:]+/.exec(text) ?? [];
  const adminUrl = /admin[^\n]*?(http:\/\/[\d.:]+)/.exec(text)?.[1] ?? "";
  return {
    url,
    adminUrl,
    text: () => text,
    said,
    stop: () => ended(child, "SIGTERM"),
    kill: async () => void await ended(child, "SIGKILL"),
  };
}

function saying(child: ChildProcess, pattern: RegExp, text: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!pattern.test(text())) return;
      clearTimeout(late);
      resolve();
    };
    const late = setTimeout(() => reject(new Error(`${pattern} was not said:\n${text()}`)), patienceMs);
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.once("exit", (code) => {
      clearTimeout(late);
      reject(new Error(`it ended with ${code}:\n${text()}`));
    });
    look();
  });
}

function ended(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once("exit", (code) => resolve(code));
    // By process id: on Deno a child's own `kill` takes its exit code away.
    if (child.pid !== undefined) process.kill(child.pid, signal);
  });
}
