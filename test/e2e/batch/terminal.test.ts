/** The commands for datasets on a real terminal: what a person sees, and is asked. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, describe, it } from "node:test";
import { type Folder, folderOf } from "../../support/folder.ts";
import { type Arrived, serve } from "../../support/server.ts";
import { loomOnTerminal, type OnTerminal } from "../../support/terminal.ts";
import { goodKey, startMockVendor } from "../mock-vendor.ts";

const csv = (rows: number) =>
  ["id,text,priority", ...Array.from({ length: rows }, (_, row) => `${row + 1},"prompt ${row + 1}",low`), ""]
    .join("\n");
const output = "data_results_openai_gpt-4o-mini.csv";
const live = ["run", "--sync", "-f", "data.csv", "-c", "text", "-p", "openai", "-m", "gpt-4o-mini"];

/** A vendor that answers so many calls at once, and the others when it is told to. */
async function haltingVendor(atOnce: number) {
  const held: Arrived[] = [];
  let free = atOnce;
  const answer = ({ body, response }: Arrived) => {
    const prompt = /prompt \d+/.exec(body)?.[0];
    const usage = { prompt_tokens: 1000, completion_tokens: 200, total_tokens: 1200 };
    const message = { role: "assistant", content: `answer to ${prompt}` };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1,
      model: "gpt-4o-mini",
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage,
    }));
  };
  const server = await serve((arrived) => {
    if (free-- > 0) answer(arrived);
    else held.push(arrived);
  });
  return {
    ...server,
    requests: server.requests,
    goOn() {
      free = Infinity;
      for (const arrived of held.splice(0)) answer(arrived);
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function onTerminal(folder: Folder, args: readonly string[], url = "http://127.0.0.1:9"): OnTerminal {
  return loomOnTerminal(args, {
    cwd: folder.path,
    columns: 140,
    variables: {
      LOOM_HOME: folder.file("home"),
      OPENAI_BASE_URL: url,
      OPENAI_API_KEY: goodKey,
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: goodKey,
    },
  });
}

/** The whole screen, line by line. */
function shows({ lines, cursor }: OnTerminal, expected: readonly (string | RegExp)[]): void {
  const fits = (line: string, wanted: string | RegExp | undefined) =>
    typeof wanted === "string" ? line === wanted : wanted?.test(line) === true;
  const all = lines.length === expected.length && lines.every((line, row) => fits(line, expected[row]));
  if (!all) assert.deepEqual(lines, expected);
  assert.ok(cursor, "the cursor shows again");
}

/** How many commands run at once, on two cores. */
const concurrency = 2;

describe("datasets on a terminal", { concurrency }, () => {
  it("loom run --sync: a bar that moves, Ctrl-C, and a second run that goes on", async () => {
    await using folder = await folderOf({ "data.csv": csv(40) });
    await using vendor = await haltingVendor(10);
    {
      await using terminal = onTerminal(folder, live, vendor.url);
      await terminal.sees(/^Running ███░{9} {2}10\/40 {2}cache=0 {2}errors=0 {2}\$0\.0027 .*eta \d:/m);
      assert.equal(terminal.cursor, false);
      terminal.type("\u0003");
      await terminal.sees(/^stopping/m);
      vendor.goOn();
      assert.equal(await terminal.ended, 130);
      shows(terminal, [
        "stopping: what is under way may end; once more to stop at once",
        /^Running █+░+ {2}\d\d\/40 {2}cache=0 {2}errors=0 {2}\$0\.00\d\d {2}[\d.]+ rows\/s {2}0:00:\d\d$/,
        /^loom: stopped: \d\d of 40 rows are done; run the same command again to go on$/,
      ]);
    }
    const before = vendor.requests.length;
    assert.ok(before >= 10 && before < 40, `${before} rows were asked`);
    await using terminal = onTerminal(folder, live, vendor.url);
    assert.equal(await terminal.ended, 0);
    shows(terminal, [
      `going on after ${before} rows of an earlier run`,
      /^Running █{12} {2}40\/40 {2}cache=0 {2}errors=0 {2}\$0\.0108 {2}[\d.]+ rows\/s {2}0:00:\d\d$/,
      /^Fabric complete\. -> data_results_openai_gpt-4o-mini\.csv \(40 rows, \$0\.0108, .+\)$/,
    ]);
    assert.equal(vendor.requests.length, 40);
    const lines = (await readFile(folder.file(output), "utf8")).trimEnd().split("\n");
    assert.deepEqual([lines.length, lines[40]], [41, '40,"prompt 40",low,answer to prompt 40']);
  });

  it("loom run --sync asks before it replaces a file", async () => {
    await using folder = await folderOf({ "data.csv": csv(3), [output]: "precious\n" });
    await using vendor = await haltingVendor(Infinity);
    const question = /^Overwrite .*data_results_openai_gpt-4o-mini\.csv\? \[y\/N\] /m;
    {
      await using terminal = onTerminal(folder, live, vendor.url);
      await terminal.sees(question);
      terminal.type("n\r");
      assert.equal(await terminal.ended, 73);
      assert.match(
        terminal.lines.join(""),
        /N\] nloom: .* exists already; --force overwrites it, --output names another file$/,
      );
      assert.equal(await readFile(folder.file(output), "utf8"), "precious\n");
      assert.equal(vendor.requests.length, 0);
    }
    await using terminal = onTerminal(folder, live, vendor.url);
    await terminal.sees(question);
    terminal.type("y\r");
    assert.equal(await terminal.ended, 0);
    shows(terminal, [
      question,
      /^Running █{12} {2}3\/3 {2}cache=0 {2}errors=0 {2}\$0\.0008 /,
      /^Fabric complete\. -> data_results_openai_gpt-4o-mini\.csv \(3 rows, /,
    ]);
    assert.match(await readFile(folder.file(output), "utf8"), /^id,text,priority,llm_response\n1,/);
  });

  it("loom tokens counts with the bar of the specification", async () => {
    await using folder = await folderOf({ "data.csv": csv(20) });
    const held: Arrived[] = [];
    let free = 5;
    const answer = ({ response }: Arrived) =>
      response.setHeader("content-type", "application/json").end(JSON.stringify({ input_tokens: 123 }));
    const server = await serve((arrived) => void (free-- > 0 ? answer(arrived) : held.push(arrived)));
    try {
      const model = ["-p", "anthropic", "-m", "claude-haiku-4-5"];
      await using terminal = onTerminal(
        folder,
        ["tokens", "-f", "data.csv", "-c", "text", ...model],
        server.url,
      );
      await terminal.sees(
        /^Counting tokens ███░{9} {2}5\/20 {2}est_total≈2,460 {2}errors=0 {2}0:00:\d\d {2}eta \d:\d\d:\d\d$/m,
      );
      free = Infinity;
      held.splice(0).forEach(answer);
      assert.equal(await terminal.ended, 0);
      shows(terminal, [
        /^Counting tokens █{12} {2}20\/20 {2}est_total≈2,460 {2}errors=0 {2}0:00:\d\d$/,
        "Total input tokens: 2,460 across 20 prompts (provider=anthropic, model=claude-haiku-4-5, errors=0)",
      ]);
    } finally {
      await server.close();
    }
  });

  it("loom run, list and fetch: a batch that is pending, then complete", async () => {
    await using folder = await folderOf({ "data.csv": csv(3) });
    const vendor = await startMockVendor();
    after(() => vendor.close());
    const url = vendor.baseUrl("openai");
    const seen = async (args: readonly string[], expected: readonly (string | RegExp)[]) => {
      await using terminal = onTerminal(folder, args, url);
      assert.equal(await terminal.ended, 0, terminal.lines.join("\n"));
      shows(terminal, expected);
    };
    const heading = /^ID +PROVIDER +MODEL +STATUS +ROWS +FILE +CREATED$/;
    await seen(live.filter((word) => word !== "--sync"), [/^Batch submitted\. id=batch\S+ provider=openai$/]);
    await seen(["list"], [
      heading,
      /^batch\S+ +openai +gpt-4o-mini +validating +3 +data\.csv +20\d\d-\d\d-\d\d \d\d:/,
    ]);
    await seen(["fetch"], [
      /^id=batch\S+ provider=openai status=in_progress .*Provider is actively running the prompts; check back later\.$/,
    ]);
    await seen(["list"], [heading, / in_progress +3 +data\.csv /]);
    await seen(["fetch"], [/^Fabric complete\. id=batch\S+ -> data_results_openai_gpt-4o-mini\.csv$/]);
    await seen(["list"], ["No batches."]);
    const written = await readFile(folder.file(output), "utf8");
    assert.match(written, /^id,text,priority,llm_response\n1,"prompt 1",low,Mock batch completion\n2,/);
  });

  it("loom cache clear asks before it deletes", async () => {
    const name = `home/cache/${"a".repeat(64)}.json`;
    await using folder = await folderOf({ [name]: "{}" });
    const question = /^Delete 1 cached response \(2 bytes\) under .*home\/cache\? \[y\/N\] /;
    const answers: readonly (readonly [key: string, said: RegExp])[] = [
      ["n", /^Nothing was deleted\.$/],
      ["y", /^Deleted 1 cached response \(2 bytes\) under .*home\/cache\.$/],
    ];
    for (const [key, said] of answers) {
      await using terminal = onTerminal(folder, ["cache", "clear"]);
      await terminal.sees(question);
      assert.equal(await readFile(folder.file(name), "utf8"), "{}");
      terminal.type(`${key}\r`);
      assert.equal(await terminal.ended, 0);
      shows(terminal, [question, said]);
    }
    await assert.rejects(readFile(folder.file(name)), { code: "ENOENT" });
  });
});
