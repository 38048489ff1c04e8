/** Runs every code block of the documentation, as a reader would: on this runtime, offline, without any vendor's key. */

import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { parseConfig } from "../../src/client/config-file.ts";
import { parseManifest } from "../../src/discovery/manifest-schema.ts";
import { readGatewayConfig } from "../../src/gateway/config/read-config.ts";
import { filesIn, read } from "../guards/support/files.ts";
import { type Block, commentBlocks, fencedBlocks } from "./support/blocks.ts";
import { type LaidBlock, layOut } from "./support/lay-out.ts";
import {
  checkTypes,
  closeWorkshop,
  openWorkshop,
  pool,
  type Run,
  runBlock,
  write,
} from "./support/workshop.ts";

const pages = ["README.md", ...filesIn("docs", ".md")];
const blocks = [
  ...pages.flatMap((path) => fencedBlocks(path, read(path))),
  ...filesIn("src", ".ts").flatMap((path) => commentBlocks(path, read(path))),
];
const programs = blocks.filter(({ language }) => language === "ts" || language === "typescript");
const yaml = blocks.filter(({ language }) => language === "yaml" || language === "yml");

/** Snippets that are types alone, so that running them shows nothing: file -> how many. They are still type-checked. */
const typesOnly: Readonly<Record<string, number>> = {};

/** Fewer would mean that they are no longer found. */
const leastPrograms = 12;
const leastYaml = 2;

const nameOf = ({ path, line }: Block) => `${path}:${line}`;
const isRun = ({ marks }: Block) => !marks.includes("no-run");

describe("code blocks", () => {
  let workshop = "";
  let laid: readonly LaidBlock[] = [];
  const runs = new Map<Block, Promise<Run>>();

  before(() => {
    workshop = openWorkshop();
    laid = layOut(workshop, programs, blocks);
    const due = laid.filter(({ block }) => isRun(block));
    const jobs = due.map(({ block, file, folder }) => () =>
      runBlock(file, folder, /["']node:test["']/.test(block.text), workshop)
    );
    pool(jobs, 2).forEach((run, index) => due[index] && runs.set(due[index].block, run));
  });
  after(async () => {
    await Promise.allSettled(runs.values());
    closeWorkshop(workshop);
  });

  it("are found", () => {
    assert.ok(programs.length >= leastPrograms, `only ${programs.length} programs were found`);
    assert.ok(yaml.length >= leastYaml, `only ${yaml.length} YAML blocks were found`);
  });

  it("are left out of running only where they are types alone", () => {
    const left: Record<string, number> = {};
    for (const { path, marks } of programs) {
      assert.deepEqual(
        marks.filter((mark) => mark !== "no-run"),
        [],
        `${path}: the one mark there is is no-run`,
      );
      if (marks.length > 0) left[path] = (left[path] ?? 0) + 1;
    }
    assert.deepEqual(left, typesOnly);
  });

  for (const block of programs.filter(isRun)) {
    it(`${nameOf(block)} runs`, async () => {
      const { fault, output } = await (runs.get(block) ?? assert.fail("was not started"));
      assert.ok(fault === undefined, `${nameOf(block)} ${fault}\n${output}`);
    });
  }

  it("type-check", async () => {
    await Promise.allSettled(runs.values());
    const canary = join(workshop, "canary.ts");
    write(canary, 'export const wrong: number = "a text";\n');
    const { output } = await checkTypes(workshop, [...laid.map(({ file }) => file), canary]);
    // Faults of the source itself are the business of `npm run check`.
    const here = output.split("\n").filter((line) => line.includes(basename(workshop)));
    assert.ok(
      here.some((line) => line.includes("canary.ts")),
      `the compiler did not look at the blocks:\n${output}`,
    );
    const faulty = laid.filter(({ folder }) =>
      here.some((line) => line.includes(`${basename(workshop)}/${basename(folder)}/`))
    );
    assert.deepEqual(faulty.map(({ block }) => nameOf(block)), [], output);
  });

  for (const block of yaml) {
    it(`${nameOf(block)} is valid`, async () => {
      const manifest = /^plugins\/providers\/([^/]+)\.yaml$/.exec(block.file ?? "");
      // As long as a gateway key must be, and no two alike.
      const example = (name: string) =>
        name.endsWith("URL") ? "http://127.0.0.1:9" : `placeholder-of-${name}`;
      const environment = {
        get: (name: string) => block.text.includes(`\${${name}:-`) ? undefined : example(name),
      };
      if (/^ai_gateway:/m.test(block.text)) {
        await readGatewayConfig({ text: block.text, file: nameOf(block) }, environment);
      } else if (block.file === "loom.yaml") parseConfig(block.text, nameOf(block), environment);
      else if (manifest !== null) parseManifest(manifest[1] ?? "", parse(block.text), nameOf(block));
      else assert.ok(typeof parse(block.text) === "object", "is no YAML map or list");
    });
  }
});
