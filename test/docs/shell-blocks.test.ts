/** Runs the shell blocks of the documentation that are marked `run`, and holds what they print against the page. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { commandOf } from "../cli/loom-command.ts";
import { filesIn, read } from "../guards/support/files.ts";
import { folderOf } from "../support/folder.ts";
import { type Block, fencedBlocks } from "./support/blocks.ts";

/**
 * A block, and the `text` block that follows it and says what it prints: any number stands for any other, `…` for anything in
 * a line.
 */
interface Spoken {
  readonly block: Block;
  readonly prints: string | undefined;
}

const pages = new Map<string, readonly Spoken[]>();
for (const path of ["README.md", ...filesIn("docs", ".md")]) {
  const blocks = fencedBlocks(path, read(path));
  const spoken = blocks.flatMap((block, index): readonly Spoken[] => {
    if (block.language !== "sh" || !block.marks.includes("run")) return [];
    const next = blocks[index + 1];
    // Its closing fence, an empty line, and the opening one.
    const after = block.line + block.text.split("\n").length + 2;
    return [{ block, prints: next?.language === "text" && next.line === after ? next.text : undefined }];
  });
  if (spoken.length > 0) pages.set(path, spoken);
}

const longestMs = 60_000;

function shell(text: string, cwd: string, bin: string): Promise<{ code: number | null; output: string }> {
  const { env } = commandOf([]);
  // Into one pipe, so that lines stay in their order.
  const child = spawn("sh", ["-euc", `exec 2>&1\n${text}`], {
    cwd,
    env: {
      ...env,
      HOME: cwd,
      DENO_DIR: process.env["DENO_DIR"] ?? `${bin}/deno`,
      PATH: `${bin}:${env["PATH"]}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => output += more);
  const late = setTimeout(() => child.kill("SIGKILL"), longestMs);
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(late);
      resolve({ code, output });
    });
  });
}

function fits(output: string, prints: string): boolean {
  const numbers = (text: string) => text.trim().replace(/\d+(?:[.,:]\d+)*/g, "0");
  const escaped = numbers(prints).replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", ".*");
  return new RegExp(`^${escaped}$`).test(numbers(output));
}

describe("shell blocks", () => {
  it("are found", () => {
    const count = [...pages.values()].flat().length;
    assert.ok(count >= 5, `only ${count} shell blocks are marked run`);
  });

  for (const [page, spoken] of pages) {
    it(`of ${page} run one after the other, and print what the page says`, async () => {
      await using folder = await folderOf();
      const loom = folder.file("bin/loom");
      const { file, parameters } = commandOf([]);
      await mkdir(folder.file("work"));
      await folder.write(
        "bin/loom",
        `#!/bin/sh\nexec ${[file, ...parameters].map((word) => `'${word}'`).join(" ")} "$@"\n`,
      );
      await chmod(loom, 0o755);
      for (const { block, prints } of spoken) {
        const { code, output } = await shell(block.text, folder.file("work"), dirname(loom));
        assert.equal(code, 0, `${page}:${block.line} ended with ${code}\n${output}`);
        if (prints !== undefined && !fits(output, prints)) {
          assert.equal(output, prints, `${page}:${block.line}`);
        }
      }
    });
  }
});
