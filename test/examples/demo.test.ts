/** The demo runs as a program, with a clean environment, and shows what it promises. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const deno = (process.versions as { deno?: string }).deno !== undefined;
/** Keys of the machine stay out; a home without caches would make Deno load everything anew. */
const kept = ["PATH", "HOME", "DENO_DIR", "TMPDIR"];

let output = "";
let errors = "";
let code: number | null;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "loom-demo-"));
  const flags = deno
    ? ["run", "-A", "--no-check", "--config", join(root, "deno.json")]
    : ["--import", import.meta.resolve("tsx")];
  const env = Object.fromEntries(
    kept.flatMap((name) => process.env[name] === undefined ? [] : [[name, process.env[name]]]),
  );
  if (!deno) env["TSX_TSCONFIG_PATH"] = join(root, "tsconfig.json");
  const child = spawn(process.execPath, [...flags, join(root, "examples", "demo.ts")], { cwd: folder, env });
  child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors += text);
  const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
  code = await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(late);
});
after(() => rm(folder, { recursive: true }));

/** The lines below a heading. */
function section(title: string): string {
  const sections = output.split("\n── ");
  const found = sections.find((text) => text.startsWith(title));
  assert.ok(found !== undefined, `no section "${title}" in:\n${output}\n${errors}`);
  return found.slice(found.indexOf("\n") + 1);
}

describe("the demo", () => {
  it("ends well, and complains about nothing", () => {
    assert.equal(code, 0, errors);
    assert.equal(errors, "");
    assert.match(output, /^Loom demo, talking to sandbox\/sandbox-small/);
  });

  const rows: readonly (readonly [title: string, shows: RegExp])[] = [
    ["generate", /\[\$0\.0000\d+ = 0\.\d+ INR; \d+ tokens in, \d+ out; cache miss; 1 attempt\(s\); \d+ ms\]/],
    ["stream, as it arrives", /Explain a loom in two sentences[\s\S]*cache miss; 1 attempt/],
    [
      "the same call again: a cache hit",
      /\[\$0\.0000000 = 0\.00000 INR, saved \$0\.0000\d+;.*cache hit; 0 attempt/,
    ],
    [
      "ten identical calls at once: one request",
      /^10 answers, 1 request\(s\) sent, \$0\.0000\d+ for all of them/,
    ],
    [
      "a 429 with Retry-After, waited out",
      /2 attempt\(s\); 4\d\d ms[\s\S]*failed after .*rate-limited[\s\S]*retry: wait .*"waitMs":400/,
    ],
    [
      "a vendor that is down, and the next one answers",
      /used sandbox\/sandbox-small, tried sandbox\/sandbox-large, sandbox\/sandbox-small/,
    ],
    [
      "its receipt",
      /auth-rejected[\s\S]*sandbox-small: ok[\s\S]*failover: leave .*"from":"sandbox\/sandbox-large"/,
    ],
  ];
  for (const [title, shows] of rows) {
    it(`shows: ${title}`, () => assert.match(section(title), shows));
  }
});
