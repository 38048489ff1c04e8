/** `loom plan` and `loom run --dry-run`: what a run would do, and nothing sent. */

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { folderOf } from "../support/folder.ts";
import { serve, type TestServer } from "../support/server.ts";
import { loom } from "./loom-command.ts";

const csv = "id,text\n1,Say hi\n2,Say hi\n3,Write a haiku about rust\n";
const asking = ["-f", "data.csv", "-c", "text", "-p", "openai", "-m", "gpt-4o-mini"];
const bounded = ["--params", '{"max_tokens": 100}'];

describe("loom plan", () => {
  let server: TestServer;
  let openai: Readonly<Record<string, string>>;

  before(async () => {
    server = await serve(({ response }) => void response.end());
    openai = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "k" };
  });

  after(() => server.close());

  it("plans a batch where there is a day, and prints the command", async () => {
    await using folder = await folderOf({ "data.csv": csv });
    const args = ["plan", ...asking, ...bounded, "--system", "It's brief.", "--deadline", "2d"];
    const { code, stdout } = await loom(args, folder.path, openai);
    assert.equal(code, 0);
    assert.match(stdout, /^Nothing was sent, nothing was spent\. What a run would do:\n/);
    assert.match(stdout, /\n {2}Rows {5}3 to ask, of 3 in data\.csv\n/);
    // Say hi: 2 tokens, the haiku 6; It's brief. 3, with 4 around; 7 around each turn.
    assert.match(stdout, /\n {2}Tokens {3}52 in \(counted with o200k_base\)\n/);
    assert.match(
      stdout,
      /\nDeadline: \d{4}-\d\d-\d\d \d\d:\d\d UTC, in 2 d\nPlan: batch\. A batch takes up to 1 d /,
    );
    assert.ok(
      stdout.endsWith(
        "\n\n  loom run --file data.csv --provider openai --model gpt-4o-mini --col text " +
          `--system 'It'\\''s brief.' --params '{"max_tokens": 100}' --batch\n`,
      ),
      stdout,
    );
    assert.equal(server.connections, 0);
  });

  it("plans live calls for an hour, as JSON too", async () => {
    await using folder = await folderOf({ "data.csv": csv });
    const args = ["plan", ...asking, ...bounded, "--deadline", "1h", "--dedupe", "--json"];
    const { code, stdout, stderr } = await loom(args, folder.path, openai);
    assert.deepEqual([code, stderr], [0, ""]);
    const { chosen, other, command, forecast } = JSON.parse(stdout);
    assert.deepEqual([chosen.mode, chosen.workers, chosen.meets_deadline], ["live", 8, true]);
    assert.deepEqual([other.mode, other.meets_deadline], ["batch", false]);
    assert.deepEqual([forecast.rows.to_ask, forecast.tokens.output], [2, 200]);
    assert.match(command, / --dedupe --sync --workers 8$/);
  });

  it("exits with 1 where nothing meets the deadline", async () => {
    await using folder = await folderOf({ "data.csv": csv });
    const args = ["plan", ...asking, "--deadline", "10s", "--workers", "1", "--seconds-per-row", "5"];
    const { code, stdout } = await loom(args, folder.path, openai);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /\nNo plan meets it; the soonest: live\. Live calls take about 15 s even with 1 worker, more than the 10 s that are left\./,
    );
    assert.match(stdout, / --sync --workers 1\n$/);
  });

  it("refuses a deadline that is over", async () => {
    await using folder = await folderOf({ "data.csv": csv });
    const past = await loom(["plan", ...asking, "--deadline", "2020-01-01T00:00Z"], folder.path);
    assert.equal(past.code, 65);
    assert.match(past.stderr, /^loom: --deadline: 2020-01-01T00:00:00Z is in the past; /);
  });

  it("shows a dry run of either kind of run, which sends nothing and leaves nothing behind", async () => {
    await using folder = await folderOf({ "data.csv": csv });
    const run = (...more: string[]) =>
      loom(["run", "--dry-run", ...asking, ...bounded, ...more], folder.path, {
        ...openai,
        LOOM_HOME: folder.file("home"),
      });
    const [batch, live] = await Promise.all([run(), run("--sync", "--json")]);
    assert.equal(batch.code, 0, batch.stderr);
    assert.match(batch.stdout, /\n {2}Rows {5}3 to ask, of 3 in data\.csv\n/);
    assert.equal(live.code, 0, live.stderr);
    const { data } = JSON.parse(live.stdout.trim().split("\n").at(-1) ?? "");
    assert.deepEqual([data.rows.cached, data.rows.to_ask, data.cost.batch_is_cheaper], [0, 3, true]);
    assert.equal(server.connections, 0);
    assert.deepEqual(await readdir(folder.path), ["data.csv"]);
  });
});
