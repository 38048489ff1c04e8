/** Finding, rewriting and running code blocks: what the documentation's test sees, and that it sees failures. */

import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { commentBlocks, fencedBlocks, ownImport, withSources } from "./support/blocks.ts";
import { closeWorkshop, openWorkshop, pool, runBlock, write } from "./support/workshop.ts";

const fence = "```";

describe("fencedBlocks", () => {
  it("finds language, marks, line and file", () => {
    const page =
      `# Title\n\n${fence}ts no-run\n// plugins/sinks/mine.ts\nlet a;\n${fence}\n\n${fence}sh\nls\n${fence}\n`;
    const [program, commands] = fencedBlocks("page.md", page);
    const text = "// plugins/sinks/mine.ts\nlet a;\n";
    const file = "plugins/sinks/mine.ts";
    assert.deepEqual(program, { path: "page.md", line: 4, language: "ts", marks: ["no-run"], text, file });
    assert.deepEqual([commands?.language, commands?.line, commands?.file], ["sh", 9, undefined]);
  });

  it("takes the indentation of a list off", () => {
    const [block] = fencedBlocks(
      "page.md",
      `- item\n\n  ${fence}yaml\n  # loom.yaml\n  a:\n    b: 1\n  ${fence}\n`,
    );
    assert.deepEqual([block?.text, block?.file], ["# loom.yaml\na:\n  b: 1\n", "loom.yaml"]);
  });
});

describe("commentBlocks", () => {
  it("finds examples in doc comments, with their line", () => {
    const source =
      `/** First. */\n\n  /**\n   * Second.\n   *\n   * @example\n   * ${fence}ts\n   * if (a) {\n   *   b();\n   * }\n   * ${fence}\n   */\n`;
    const [block, ...more] = commentBlocks("src/a.ts", source);
    assert.deepEqual([block?.text, block?.line, more], ["if (a) {\n  b();\n}\n", 8, []]);
  });

  it("refuses an example that nothing can run", () => {
    assert.throws(
      () => commentBlocks("src/a.ts", "\n/**\n * @example a(b)\n */"),
      /src\/a\.ts:2 .*without a fenced block/,
    );
  });
});

describe("rewriting", () => {
  it("leads the package's name to its source", () => {
    const text =
      `import { a } from "loom-router";\nconst b = await import('loom-router/plugin');\n// "loom-router"`;
    const expected =
      `import { a } from "../../src/index.ts";\nconst b = await import('../../src/plugin.ts');\n// "loom-router"`;
    assert.equal(withSources(text, "../../"), expected);
    assert.throws(
      () => withSources(`import "loom-router/deep";`, "../"),
      /there is no door loom-router\/deep/,
    );
  });

  it("adds what an example of a source takes from its own file", () => {
    const source = "export function near() {}\nexport const far = 1;\nexport class Else {}\n";
    assert.equal(ownImport(source, "near(far); x.Else;", "../a.ts"), 'import { near, far } from "../a.ts"; ');
    assert.equal(
      ownImport(source, 'import { near } from "loom-router";\nnear();\nconst far = 1;', "../a.ts"),
      "",
    );
  });
});

describe("running", () => {
  let workshop = "";
  before(() => void (workshop = openWorkshop()));
  after(() => closeWorkshop(workshop));

  const runText = (name: string, text: string, isTest = false) => {
    const file = join(workshop, name, "block.ts");
    write(file, text);
    return runBlock(file, join(workshop, name), isTest, workshop);
  };

  it("tells success from failure, and gives what was said", async () => {
    const wrongTest = "import { test } from 'node:test'; test('t', () => { throw new Error('wrong'); });";
    const [good, bad, failedTest] = await Promise.all(pool([
      () => runText("good", "const text: string = 'well'; console.log(text);"),
      () => runText("bad", "await Promise.resolve(); throw new Error('broken');"),
      () => runText("test", wrongTest, true),
    ], 2));
    assert.deepEqual([good?.fault, good?.output.trim()], [undefined, "well"]);
    assert.match(`${bad?.fault} ${bad?.output}`, /ended with 1 [^]*broken/);
    assert.match(`${failedTest?.fault} ${failedTest?.output}`, /ended with 1 [^]*wrong/);
  });

  it("hides this machine's environment", async () => {
    const name = "LOOM_TEST_API_KEY";
    process.env[name] = "sk-of-this-machine";
    const { output } = await runText(
      "clean",
      `import process from "node:process"; console.log(process.env.${name});`,
    );
    delete process.env[name];
    assert.equal(output.trim(), "undefined");
  });

  it("runs no more at once than the pool is wide", async () => {
    let running = 0;
    let most = 0;
    const job = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      return running--;
    };
    assert.equal((await Promise.all(pool([job, job, job, job, job], 2))).length, 5);
    assert.equal(most, 2);
  });
});
