/** A gateway under measurement: a process of its own on a core of its own, and the CPU time it takes. */

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";

export interface Subject {
  readonly name: string;
  readonly port: number;
  /** CPU time so far, of it and its children, in microseconds. */
  cpuUs(): number;
  /** Memory in use, in MB. */
  residentMb(): number;
  stop(): Promise<void>;
}

export interface SubjectCommand {
  readonly name: string;
  readonly port: number;
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Said when it is up. Default: it answers on its port. */
  readonly cwd?: string;
}

/** Cores: the subject has the first, everybody else the second. */
const subjectCore = "0";
export const otherCore = "1";

export async function startSubject({ name, port, command, env = {}, cwd }: SubjectCommand): Promise<Subject> {
  const child = spawn("taskset", ["-c", subjectCore, ...command], {
    stdio: "ignore",
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  await answering(port, child, name);
  const pid = child.pid ?? 0;
  return {
    name,
    port,
    cpuUs: () => cpuUs(pid),
    residentMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

/** User and system time; a clock tick is 10 ms on every Linux. */
function cpuUs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** @returns milliseconds until it answered */
export async function answering(port: number, child: ChildProcess, name: string): Promise<number> {
  const beginMs = performance.now();
  while (performance.now() - beginMs < 30_000) {
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}`);
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return performance.now() - beginMs;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  throw new Error(`${name} does not answer on port ${port}`);
}
