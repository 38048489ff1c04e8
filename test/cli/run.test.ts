/** `loom run --sync` as people run it: what it writes, what it says, and how it ends. */

import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { batchLoom } from "../../src/cli/batch-loom.ts";
import { csvOf, numbered, vendorOf } from "../batch/live/live-run.ts";
import { startLoom } from "../e2e/batch/start-loom.ts";
import { folderOf } from "../support/folder.ts";
import { loom } from "./loom-command.ts";

const target = ["-p", "openai", "-m", "gpt-4o-mini", "--sync"];

describe("loom run --sync", () => {
  it("takes a compressed JSON list, and the key of the command line before all others", async () => {
    await using folder = await folderOf({ ".env": "OPENAI_API_KEY=from-env-file\n" });
    const list = [{ id: "task-001", prompt: "Hamlet?" }, { id: "task-002", prompt: "Good morning" }];
    await writeFile(folder.file("prompts.json.gz"), gzipSync(JSON.stringify(list)));
    const vendor = await vendorOf((prompt) => `said ${prompt}`);
    const variables = { OPENAI_BASE_URL: `${vendor.url}/v1`, LOOM_HOME: folder.file("home") };
    const command = ["run", "--file", "prompts.json.gz", ...target, "--with-meta"];
    const first = await loom([...command, "--api-key", "from-flag"], folder.path, {
      ...variables,
      OPENAI_API_KEY: "from-environment",
    });
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^Fabric complete\. -> prompts_results_openai_gpt-4o-mini\.json \(2 rows, /);
    const output = JSON.parse(await readFile(folder.file("prompts_results_openai_gpt-4o-mini.json"), "utf8"));
    assert.deepEqual(output, [
      { ...list[0], llm_response: "said Hamlet?", llm_provider: "openai", llm_model: "gpt-4o-mini" },
      { ...list[1], llm_response: "said Good morning", llm_provider: "openai", llm_model: "gpt-4o-mini" },
    ]);
    assert.deepEqual(await readdir(folder.file("home/cache")).then((files) => files.length), 2);

    const other = await loom([...command, "--no-cache", "-o", "other.json"], folder.path, variables);
    assert.equal(other.code, 0, other.stderr);
    await vendor.close();
    assert.deepEqual(vendor.requests.map(({ headers }) => headers.authorization), [
      ...Array(2).fill("Bearer from-flag"),
      ...Array(2).fill("Bearer from-env-file"),
    ]);
  });

  it("ends with 1 when rows have failed, and tells scripts which", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(3)) });
    const vendor = await vendorOf((prompt) =>
      prompt === "p2" ? { status: 400, message: "too rude" } : "fine"
    );
    const { code, stdout, stderr } = await loom(
      ["run", "-f", "rows.csv", "-c", "text", ...target, "--json"],
      folder.path,
      { OPENAI_API_KEY: "k", OPENAI_BASE_URL: `${vendor.url}/v1` },
    );
    await vendor.close();
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^loom: 1 row has no answer, see llm_error in rows_results_openai_gpt-4o-mini\.csv: /,
    );
    const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(events.at(-1).data, { error: "rows-failed", exit_code: 1 });
    assert.equal(events.at(-2).data.failed, 1);
  });

  const faults: readonly [args: readonly string[], code: number, said: RegExp][] = [
    [[...target], 65, /^loom: --file is missing: the dataset/],
    [["-f", "rows.csv", ...target], 65, /^loom: --col is missing; a CSV file needs --col/],
    [
      ["-f", "rows.csv", "-c", "txt", ...target],
      65,
      /there is no column "txt"; did you mean "text"\? Columns are "id", "text"/,
    ],
    [["-f", "nowhere.csv", "-c", "text", ...target], 66, /nowhere\.csv/],
    [
      ["-f", "rows.csv", "-c", "text", "-o", "taken.csv", ...target],
      73,
      /taken\.csv exists already; --force overwrites it/,
    ],
    [
      ["-f", "rows.csv", "-c", "text", "-p", "anthropic", "-m", "claude", "--sync"],
      77,
      /--provider anthropic needs a key: give --api-key, ANTHROPIC_API_KEY in the environment or in \.env/,
    ],
    [
      ["-f", "rows.csv", "-c", "text", "-p", "openia", "-m", "m", "--sync"],
      65,
      /there is no provider "openia"; did you mean .*openai/,
    ],
  ];
  for (const [args, expected, said] of faults) {
    it(`refuses ${args.filter((arg) => !target.includes(arg)).join(" ") || "nothing"} with ${expected}`, async () => {
      await using folder = await folderOf({ "rows.csv": "id,text\n1,a\n", "taken.csv": "mine" });
      const { code, stdout, stderr } = await loom(["run", ...args], folder.path, { OPENAI_API_KEY: "k" });
      assert.equal(code, expected, stderr);
      assert.match(stderr, said);
      assert.equal(stdout, "");
      assert.deepEqual((await readdir(folder.path)).sort(), ["rows.csv", "taken.csv"]);
    });
  }

  it("ends rows under way at Ctrl-C, gives them up at the second, and goes on with the same command", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(60)) });
    let release: (() => void)[] = [];
    let hold = true;
    const vendor = await vendorOf((prompt) => {
      if (!hold || Number(prompt.slice(1)) <= 8) return "fine";
      return new Promise((resolve) => release.push(() => resolve("late")));
    });
    const start = () =>
      startLoom(["run", "-f", "rows.csv", "-c", "text", ...target, "--no-cache", "-w", "4"], folder.path, {
        OPENAI_API_KEY: "k",
        OPENAI_BASE_URL: `${vendor.url}/v1`,
      });
    const first = start();
    await vendor.request(11);
    first.signal("SIGINT");
    await first.said("once more to stop at once");
    for (const tell of release) tell();
    assert.equal(await first.ended, 130, first.stderr);
    assert.match(
      first.stderr,
      /loom: stopped: 12 of 60 rows are done; run the same command again to go on\n$/,
    );

    release = [];
    const second = start();
    await vendor.request(15);
    second.signal("SIGINT");
    await second.said("once more to stop at once");
    second.signal("SIGINT");
    assert.equal(await second.ended, 130, second.stderr);
    assert.match(
      second.stderr,
      /loom: stopped: 12 of 60 rows are done; run the same command again to go on\n$/,
    );

    hold = false;
    const third = start();
    assert.equal(await third.ended, 0, third.stderr);
    await vendor.close();
    assert.equal(vendor.prompts.length, 60 + 4, "the four that were given up are asked again");
  });
});

describe("batchLoom", () => {
  it("knows google as the gemini it is, with the key that was given", async () => {
    await using made = batchLoom({ providers: ["google"], apiKey: "k" });
    const { providers, findTarget } = (await made.engine()).opened;
    assert.deepEqual(await providers.keyOrigin("google"), {
      names: ["GOOGLE_API_KEY", "GEMINI_API_KEY"],
      origin: "code",
      optional: false,
    });
    const find = async (model: string) =>
      await findTarget({ provider: "google", model }, { modality: "text", params: {} });
    assert.equal((await find("gemini-2.5-flash")).provider, "google");
    assert.notEqual((await find("gemini-2.5-flash")).price, undefined);
    assert.equal((await find("gemini-of-tomorrow")).upstreamModel, "gemini-of-tomorrow");
  });
});
