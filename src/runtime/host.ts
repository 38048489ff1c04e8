/** What this program runs on: the few questions that Node and Deno answer differently. */

import process from "node:process";

/** Name and version, for example `node 24.21.0` or `deno 2.9.6`. */
export function hostName(): string {
  const { deno } = process.versions as { deno?: string };
  return deno === undefined ? `node ${process.versions.node}` : `deno ${deno}`;
}

/** Whether a `.ts` file can be imported as it is: always on Deno, on Node when it strips types or a loader is there. */
export function importsTypeScript(): boolean {
  if ((process.versions as { deno?: string }).deno !== undefined) return true;
  if ((process.features as { typescript?: unknown }).typescript) return true;
  return process.execArgv.some((argument) => argument.includes("tsx"));
}

export function workingDirectory(): string {
  return process.cwd();
}

/** The number under which the system knows this process. */
export function processId(): number {
  return process.pid;
}
