/** Runs the `loom` command as people run it: a process of its own, with the runtime that runs the tests. */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const deno = (process.versions as { deno?: string }).deno !== undefined;

/** What a command left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in a folder, with the given variables and no keys of this machine. `readOnce`: as `| head` does. */
export function loom(
  args: readonly string[],
  cwd: string,
  variables: Readonly<Record<string, string>> = {},
  { readOnce = false }: { readonly readOnce?: boolean } = {},
): Promise<Ended> {
  const { file, parameters, env } = commandOf(args, variables);
  const child = spawn(file, parameters, { cwd, env });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (readOnce) child.stdout.destroy();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(late);
      resolve({ code, stdout, stderr });
    });
  });
}

/** How the command is started, for those who start it in another way; or another program of this repository. */
export function commandOf(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  program = "src/cli.ts",
): { readonly file: string; readonly parameters: string[]; readonly env: Record<string, string> } {
  const flags = deno
    ? ["run", "-A", "--no-check", "--config", `${root}/deno.json`]
    : ["--import", import.meta.resolve("tsx")];
  const kept = ["PATH", "HOME", "DENO_DIR", "TMPDIR"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const env = {
    ...Object.fromEntries(kept),
    ...(deno ? {} : { TSX_TSCONFIG_PATH: `${root}/tsconfig.json` }),
    ...variables,
  };
  return { file: process.execPath, parameters: [...flags, `${root}/${program}`, ...args], env };
}
