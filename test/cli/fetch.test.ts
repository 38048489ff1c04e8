/** `loom run` in its default mode, `loom list`, `loom fetch` and `loom cancel`, as people call them. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { answered, questions } from "../batch/vendor/scene.ts";
import { type FakeVendor, fakeVendor } from "../batch/vendor/fake-vendor.ts";
import { type Folder, folderOf } from "../support/folder.ts";
import { type Ended, loom } from "./loom-command.ts";

const run = ["run", "-f", "data.csv", "-c", "text", "-p", "openai", "-m", "gpt-4o-mini"];

async function scene(files: Readonly<Record<string, string>> = {}): Promise<{
  readonly folder: Folder;
  readonly vendor: FakeVendor;
  command(...args: readonly string[]): Promise<Ended>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const vendor = await fakeVendor();
  const folder = await folderOf({ "data.csv": questions(2), ...files });
  const environment = { ...vendor.environment, LOOM_HOME: folder.file("home") };
  return {
    folder,
    vendor,
    command: (...args) => loom(args, folder.path, environment),
    async [Symbol.asyncDispose]() {
      await vendor.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe("a batch on the command line", () => {
  it("is handed in, listed, asked for and written", async () => {
    await using all = await scene();
    const { vendor, command } = all;
    assert.deepEqual(await command("fetch"), { code: 0, stdout: "No pending batches.\n", stderr: "" });
    const handedIn = await command(...run);
    assert.deepEqual([handedIn.code, handedIn.stdout + handedIn.stderr], [
      0,
      "Batch submitted. id=batch_0 provider=openai\n",
    ]);
    const list = await command("list");
    assert.match(
      list.stdout,
      /^ID +PROVIDER +MODEL +STATUS +ROWS +FILE +CREATED\nbatch_0 +openai +gpt-4o-mini +validating +2 +data\.csv +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\n$/,
    );
    const asked = await command("fetch", "--id", "batch_0");
    assert.equal(asked.code, 0);
    assert.match(
      asked.stdout,
      /^id=batch_0 provider=openai status=validating .*no work has started yet\.\n$/,
    );
    vendor.finish();
    const written = await command("fetch", "-a", "--api-key", "sk-mine", "-k");
    assert.deepEqual(written, {
      code: 0,
      stdout: "Fabric complete. id=batch_0 -> data_results_openai_gpt-4o-mini.csv\n",
      stderr: "",
    });
    assert.equal(vendor.server.requests.at(-1)?.headers.authorization, "Bearer sk-mine");
    const json = JSON.parse((await command("list", "--json")).stdout) as readonly Record<string, unknown>[];
    assert.deepEqual([json[0]?.["id"], json[0]?.["status"], json[0]?.["state"]], [
      "batch_0",
      "completed",
      "merged",
    ]);
    const again = await command("fetch", "-i", "batch_0");
    assert.equal(again.code, 73);
    assert.match(again.stderr, /^loom: .*exists already; loom fetch --force overwrites it/);
    assert.equal((await command("fetch", "--force", "-i", "batch_0")).code, 0);
    assert.equal((await command("list")).stdout, "No batches.\n");
  });

  it("is cancelled, and tells scripts in JSON", async () => {
    await using all = await scene();
    const { command } = all;
    await command(...run);
    const cancelled = await command("cancel", "batch_0");
    assert.equal(cancelled.code, 0);
    assert.match(cancelled.stdout, /^id=batch_0 provider=openai status=cancelled .* Batch was cancelled/);
    const fetched = await command("fetch", "--id", "batch_0", "--json");
    assert.equal(fetched.code, 69);
    const events = fetched.stdout.trim().split("\n").map((line) =>
      JSON.parse(line) as Record<string, unknown>
    );
    const [status, error] = events.map(({ data }) => data as Record<string, unknown>);
    assert.deepEqual([status?.["type"], status?.["status"]], ["status", "cancelled"]);
    assert.equal(error?.["exit_code"], 69);
  });

  const wrong: readonly (readonly [args: readonly string[], code: number, says: RegExp])[] = [
    [["fetch", "--no-all"], 65, /^loom: --no-all fetches one batch; name it with --id\n$/],
    [
      ["fetch", "--id", "nobody"],
      65,
      /^loom: there is no batch with the id nobody on this machine; there are none\n$/,
    ],
    [["cancel"], 65, /^loom: which batch\? loom list shows their ids\n$/],
    [
      ["run", "-f", "data.csv", "-c", "text", "-p", "openrouter", "-m", "openai/gpt-4o-mini"],
      65,
      /^loom: OpenRouter has no batch API\. Re-run with --sync\.\n$/,
    ],
  ];
  for (const [args, code, says] of wrong) {
    it(`ends with code ${code} for ${args.slice(0, 2).join(" ")}`, async () => {
      await using all = await scene();
      const ended = await all.command(...args);
      assert.deepEqual([ended.code, ended.stdout], [code, ""]);
      assert.match(ended.stderr, says);
    });
  }

  it("does not show one vendor's key to another", async () => {
    await using all = await scene();
    const { command, vendor } = all;
    await command(...run);
    await command("run", "-f", "data.csv", "-c", "text", "-p", "anthropic", "-m", "claude-haiku-4-5");
    const asked = vendor.server.requests.length;
    const { code, stderr } = await command("fetch", "--api-key", "sk-mine");
    assert.equal(code, 65);
    assert.match(
      stderr,
      /--api-key is the key of one provider, and batches of anthropic, openai are pending/,
    );
    assert.equal(vendor.server.requests.length, asked);
    vendor.finish();
    assert.equal((await command("fetch")).code, 0);
    assert.equal(
      await readFile(all.folder.file("data_results_anthropic_claude-haiku-4-5.csv"), "utf8"),
      answered(2),
    );
  });
});
