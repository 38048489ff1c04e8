/** `loom tokens` as people and scripts meet it: the vendor's endpoint, the local count, the words of the specification. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { folderOf } from "../support/folder.ts";
import { serve, type TestServer } from "../support/server.ts";
import { loom } from "./loom-command.ts";

interface Counted {
  readonly messages: readonly { readonly content: string }[];
}

/** 100 prompts, whose tokens the server says are 123 each, but for one that it refuses. */
const hundred = "id,text\r\n" +
  Array.from({ length: 100 }, (_, index) => `${index + 1},"prompt ${index + 1}"\r\n`).join("");
const prompts = JSON.stringify([{ id: "a", prompt: "Say hi" }, { id: "b", prompt: "refused" }]);

describe("loom tokens", () => {
  let server: TestServer;
  let anthropic: Readonly<Record<string, string>>;

  before(async () => {
    server = await serve(({ body, response }) => {
      const { messages: [first] } = JSON.parse(body) as Counted;
      response.setHeader("content-type", "application/json");
      if (first?.content !== "refused") return void response.end('{"input_tokens":123}');
      response.writeHead(400).end(
        '{"type":"error","error":{"type":"invalid_request_error","message":"not this one"}}',
      );
    });
    anthropic = { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: "k" };
  });

  after(() => server.close());

  it("prints the total of the vendor's counts, in the words of the specification", async () => {
    await using folder = await folderOf({ "data.csv": hundred });
    const args = [
      "tokens",
      "-f",
      "data.csv",
      "-p",
      "anthropic",
      "-m",
      "claude-sonnet-5-5",
      "-c",
      "text",
      "-w",
      "4",
    ];
    const { code, stdout, stderr } = await loom(args, folder.path, anthropic);
    assert.deepEqual([code, stdout], [
      0,
      "Total input tokens: 12,300 across 100 prompts " +
      "(provider=anthropic, model=claude-sonnet-5-5, errors=0)\n",
    ]);
    assert.match(stderr, /^100\/100 prompts, est_total≈12,300, 0 errors, .* in 0:00:0\d\n$/);
    assert.equal(server.requests.length, 100);
  });

  it("counts errors, shows them, and exits with 1; for scripts in lines of JSON", async () => {
    await using folder = await folderOf({ "data.json": prompts });
    const args = ["tokens", "-f", "data.json", "-p", "anthropic", "-m", "claude-sonnet-5-5", "--json"];
    const { code, stdout, stderr } = await loom(args, folder.path, anthropic);
    const events = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(code, 1);
    assert.deepEqual(events.map(({ event }) => event), ["begin", "note", "end", "note", "note"]);
    assert.match(events[1].text, /^row 2 \(id b, line \d+\): .*not this one/);
    assert.match(events[3].text, /^Total input tokens: 123 across 2 prompts \(.*, errors=1\)$/);
    assert.deepEqual(events[3].data, {
      total_input_tokens: 123,
      prompts: 2,
      errors: 1,
      provider: "anthropic",
      model: "claude-sonnet-5-5",
      local: false,
    });
    assert.deepEqual(events[4].data, { error: "rows-failed", exit_code: 1 });
    assert.equal(stderr, "loom: 1 of 2 prompts could not be counted; the total leaves them out\n");
  });

  it("says where counting is not available, and exits with 2", async () => {
    await using folder = await folderOf({ "data.json": prompts });
    const args = ["tokens", "-f", "data.json", "-p", "openrouter", "-m", "anthropic/claude-sonnet-5-5"];
    assert.deepEqual(await loom(args, folder.path), {
      code: 2,
      stdout: "",
      stderr: "Token counting not available: OpenRouter has no endpoint that counts tokens. " +
        "--local counts on this machine with o200k_base, an estimate for this model.\n",
    });
  });

  it("counts on this machine, and says what that is worth", async () => {
    await using folder = await folderOf({ "data.json": prompts });
    const args = ["tokens", "-f", "data.json", "--local", "-p", "google", "-m", "gemini-2.5-flash"];
    const { code, stdout, stderr } = await loom(args, folder.path);
    // "Say hi" and "refused" are two tokens each, and a turn has seven around it.
    assert.deepEqual([code, stdout], [
      0,
      "Total input tokens: 18 across 2 prompts (provider=google, model=gemini-2.5-flash, errors=0)\n",
    ]);
    assert.match(
      stderr,
      /\nEstimated on this machine with o200k_base: google\/gemini-2\.5-flash has a tokenizer of its own\n$/,
    );
  });
});
