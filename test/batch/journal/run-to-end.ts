/** Runs a program of these tests in a process of its own. Without tsx, since that takes longer than the programs do. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** @param v8Flag such as `--max-old-space-size=24` */
export async function runToEnd(program: string, args: readonly string[], v8Flag?: string): Promise<string> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const onDeno = "deno" in process.versions;
  const limit = v8Flag === undefined ? [] : [onDeno ? `--v8-flags=${v8Flag}` : v8Flag];
  const flags = onDeno ? ["run", "-A", "--no-check", ...limit] : ["--no-warnings", ...limit];
  const child = spawn(process.execPath, [...flags, path, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [said, failed] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => said += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => failed += text);
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0, failed);
  return said;
}
