/** Starts the real `loom` so that it can be killed. Node strips its types and keeps what it compiled: it is started often. */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

export interface StartedLoom {
  readonly process: ChildProcess;
  /** What it has said on standard output and standard error so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Settles when it has said this. @throws Error, when it ends before */
  said(text: string): Promise<void>;
  /** As a terminal does. After `kill` of its own, Deno reports the signal in place of the exit code. */
  signal(name: "SIGINT" | "SIGTERM"): void;
  /** Settles with its exit code; `null`: a signal ended it. */
  readonly ended: Promise<number | null>;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));

export function startLoom(
  args: readonly string[],
  cwd: string,
  variables: Readonly<Record<string, string>>,
): StartedLoom {
  const flags = "deno" in process.versions
    ? ["run", "-A", "--no-check", "--config", `${root}/deno.json`]
    : ["--no-warnings"];
  const { PATH = "", DENO_DIR } = process.env;
  const child = spawn(process.execPath, [...flags, `${root}/src/cli.ts`, ...args], {
    cwd,
    env: {
      PATH,
      ...DENO_DIR === undefined ? {} : { DENO_DIR },
      HOME: cwd,
      NODE_COMPILE_CACHE: `${cwd}/.compiled`,
      ...variables,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    process: child,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = () => void ((stdout + stderr).includes(text) && resolve());
        child.stdout.on("data", look);
        child.stderr.on("data", look);
        void ended.then(() => reject(new Error(`it ended: ${stderr}`)));
        look();
      }),
    signal: (name) => void process.kill(child.pid ?? 0, name),
    ended,
  };
}
