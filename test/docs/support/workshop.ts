/** Writes code blocks to files of their own and runs them, each as a program, a few at a time. */

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const projectFolder = fileURLToPath(new URL("../../../", import.meta.url));
const onDeno = (process.versions as { readonly deno?: string }).deno !== undefined;

/** A program must be done by then. */
const patienceMs = 30_000;
const compilerPatienceMs = 120_000;
/** More of what a program says is not kept. */
const maxOutputChars = 8_000;

/** How a program ended. */
export interface Run {
  /** `undefined`: by its own will and with success. */
  readonly fault: string | undefined;
  readonly output: string;
}

/**
 * A folder for blocks inside the project, so that they find its packages, and ignored by git. On Deno it may not lie in
 * `node_modules`, where TypeScript is refused.
 */
export function openWorkshop(): string {
  const shed = join(projectFolder, ".loom");
  mkdirSync(shed, { recursive: true });
  return mkdtempSync(join(shed, "blocks-"));
}

export function closeWorkshop(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Runs a block's file in `folder`, with nothing of this machine's environment but the way to programs. */
export function runBlock(file: string, folder: string, isTest: boolean, cache: string): Promise<Run> {
  const parameters = onDeno
    ? [...(isTest ? ["test"] : ["run"]), "--allow-all", "--no-check", "--quiet", file]
    : ["--import", import.meta.resolve("tsx"), file];
  return run(process.execPath, parameters, folder, cache, patienceMs);
}

/** Checks the types of all blocks at once: with tsc on Node, with Deno's own compiler on Deno. */
export function checkTypes(folder: string, files: readonly string[]): Promise<Run> {
  if (onDeno) {
    return run(process.execPath, ["check", "--quiet", ...files], projectFolder, folder, compilerPatienceMs);
  }
  const configuration = join(folder, "tsconfig.json");
  write(
    configuration,
    JSON.stringify({ extends: "../../tsconfig.json", compilerOptions: { noEmit: true }, files, include: [] }),
  );
  const tsc = join(projectFolder, "node_modules", "typescript", "bin", "tsc");
  return run(process.execPath, [tsc, "-p", configuration], projectFolder, folder, compilerPatienceMs);
}

function run(
  command: string,
  parameters: readonly string[],
  cwd: string,
  cache: string,
  limitMs: number,
): Promise<Run> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: cwd, DENO_DIR: join(cache, "deno"), NO_COLOR: "1" };
  const child = spawn(command, parameters, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  return new Promise((resolve) => {
    let output = "";
    let late = false;
    const listen = (text: string) => void (output = (output + text).slice(-maxOutputChars));
    child.stdout.setEncoding("utf8").on("data", listen);
    child.stderr.setEncoding("utf8").on("data", listen);
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, limitMs);
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ fault: `could not be started: ${error.message}`, output });
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const fault = late
        ? `was not done after ${limitMs} ms`
        : code === 0
        ? undefined
        : `ended with ${code ?? signal}`;
      resolve({ fault, output });
    });
  });
}

/** Starts jobs in order, at most `size` at once; each gets its own promise. */
export function pool<T>(jobs: readonly (() => Promise<T>)[], size: number): readonly Promise<T>[] {
  const results = jobs.map(() => Promise.withResolvers<T>());
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < jobs.length; index = next++) {
      await jobs[index]?.().then(results[index]?.resolve, results[index]?.reject);
    }
  };
  for (let started = 0; started < size; started++) void worker();
  return results.map(({ promise }) => promise);
}
