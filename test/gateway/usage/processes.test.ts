/** Several processes over one file of usage: nothing is lost and nothing counted twice. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createUsage } from "../../../src/gateway/usage/index.ts";
import { fakeClock } from "../../../src/testing.ts";
import { folderOf } from "../../support/folder.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const writer = fileURLToPath(new URL("writer.ts", import.meta.url));
const deno = (process.versions as { deno?: string }).deno !== undefined;

/** Settles with what a writer said on standard error, once it has ended well. */
function write(file: string, key: string, calls: number): Promise<string> {
  const flags = deno
    ? ["run", "-A", "--no-check", "--config", `${root}/deno.json`]
    : ["--import", import.meta.resolve("tsx")];
  const child = spawn(process.execPath, [...flags, writer, file, key, String(calls)], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => said += text);
  const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(late);
      if (code === 0) resolve(said);
      else reject(new Error(`a writer ended with ${code}: ${said}`));
    });
  });
}

describe("usage of several processes", () => {
  it("adds up in one file", async () => {
    await using folder = await folderOf();
    const file = folder.file("loom.db");
    const keys = ["k1", "k2", "k3"];
    const said = await Promise.all([...keys, "k1"].map((key) => write(file, key, 500)));
    assert.deepEqual(said.filter((text) => /lost/.test(text)), []);
    const usage = createUsage({ clock: fakeClock(), file });
    const rows = await usage.query({ fromMs: 0, toMs: fakeClock().now() + 3_600_000, groupBy: ["key"] });
    await usage.close();
    assert.deepEqual(rows.map(({ key, requests }) => [key, requests]), [["k1", 1000], ["k2", 500], [
      "k3",
      500,
    ]]);
  });
});
