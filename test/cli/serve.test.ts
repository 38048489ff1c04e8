/** `loom serve` as a process: stopped, killed, started again, reloaded, and with several workers. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { afterEach, describe, test } from "node:test";
import { checkConfig } from "../../src/cli/check-config.ts";
import { folderOf } from "../support/folder.ts";
import { startRedis } from "../support/redis.ts";
import { type Served, startServe } from "../support/served.ts";
import { type Arrived, serve, type TestServer } from "../support/server.ts";

const onDeno = "deno" in process.versions;
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const key = "serve-key-0123456789abcdef";

async function started(args: readonly string[]): Promise<Served> {
  const served = await startServe(args);
  endings.push(() => served.kill());
  return served;
}

/** Each answer costs 0.00021 USD by the catalog. */
function answer({ response }: Arrived): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({
    id: "c",
    object: "chat.completion",
    model: "gpt-4o-mini",
    choices: [{ index: 0, message: { role: "assistant", content: "Hi." }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
  }));
}

async function vendor(reply: (arrived: Arrived) => void = answer): Promise<TestServer> {
  const server = await serve(reply);
  endings.push(() => server.close());
  return server;
}

interface Written {
  readonly file: string;
  write(more: string): Promise<void>;
}

async function config(server: TestServer, more: string): Promise<Written> {
  const folder = await folderOf();
  endings.push(() => folder[Symbol.asyncDispose]());
  const file = join(folder.path, "loom.yaml");
  const write = (rest: string) =>
    writeFile(
      file,
      `ai_gateway:
  providers:
    - { name: openai, type: openai, api_key: k, base_url: "${server.url}/v1", models: [gpt-4o-mini] }
  plugin_folder: false
  retry: { max_attempts: 1 }
${rest.replaceAll("FOLDER", folder.path)}`,
    );
  await write(more);
  return { file, write };
}

let asked = 0;

function ask({ url }: Served, more: Record<string, unknown> = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: "gpt-4o-mini",
      max_tokens: 100,
      // No two alike, so that none is joined to another; as long as what the vendor counts.
      messages: [{ role: "user", content: `${asked++} ${"x ".repeat(2_100)}` }],
      ...more,
    }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function statuses(served: Served, count: number): Promise<readonly number[]> {
  const answers = await Promise.all(
    Array.from({ length: count }, () => ask(served)),
  );
  for (const one of answers) await one.text();
  return answers.map(({ status }) => status);
}

describe("loom serve", () => {
  test("serves the sandbox without any file, says what is missing, and stops when it is told to", async () => {
    const served = await started([]);
    assert.match(served.text(), /WARNING: no gateway keys/);
    const reply = await ask(served, { model: "sandbox/sandbox-small" });
    assert.equal(reply.status, 200);
    assert.ok((await reply.json()).choices[0].message.content.length > 0);
    assert.equal(await served.stop(), 0);
  });

  test("names file, line and field of a wrong configuration, and does not start", async () => {
    const { file } = await config(await vendor(), "  keys: [{ key: short, rpmm: 3 }]\n");
    await assert.rejects(startServe(["--config", file]), (error: Error) => {
      assert.match(error.message, /loom\.yaml:6.*keys\[0\]/);
      assert.match(error.message, /did you mean rpm/);
      assert.ok(!/ at .*\.ts:/.test(error.message), "a stack was shown");
      return true;
    });
  });

  test("forgets no spending and keeps no reservation when it is killed and started again", async () => {
    const hanging: Arrived[] = [];
    let hang = false;
    const server = await vendor((arrived) => hang ? void hanging.push(arrived) : answer(arrived));
    // Room for ten answers, of which each is also what a call reserves.
    const { file } = await config(
      server,
      `  data_file: FOLDER/loom.db
  keys: [{ key: ${key}, concurrent: 6, budget_usd: { limit: 0.00215, per: day } }]
`,
    );
    const first = await started(["--config", file]);
    assert.deepEqual(await statuses(first, 4), [200, 200, 200, 200]);
    hang = true;
    const lost = Array.from({ length: 3 }, () => ask(first).catch((error: Error) => error.name));
    while (hanging.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    // What was settled is written within 50 ms.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await first.kill();
    assert.deepEqual(await Promise.all(lost), ["TypeError", "TypeError", "TypeError"]);
    hang = false;
    const second = await started(["--config", file]);
    const codes = await Promise.all(
      Array.from({ length: 20 }, () => ask(second).then(({ status }) => status)),
    );
    const served = codes.filter((status) => status === 200).length;
    assert.ok(served <= 6, `${served} more answers than the budget has room for`);
    let all = served;
    while ((await ask(second)).status === 200) all++;
    // Four before, so six are left; the three that were lost hold nothing, and nothing was counted twice.
    assert.equal(all, 6, `the budget let through ${4 + all} answers in all`);
    const usage = await (await fetch(`${second.adminUrl}/ai/usage?group_by=model`)).json();
    assert.equal(usage.rows[0].cost_usd, 0.0021);
    assert.equal(await second.stop(), 0);
  });

  test("takes a changed file while it runs, and keeps the old one when the new one is broken", async () => {
    const { file, write } = await config(
      await vendor(),
      "  model_mapping: { fast: { openai: gpt-4o-mini } }\n",
    );
    const served = await started(["--config", file, "--watch"]);
    assert.equal((await ask(served, { model: "fast" })).status, 200);
    assert.equal((await ask(served, { model: "quick" })).status, 404);
    // A second look is a second later; files are told apart by their size too.
    await write("  model_mapping: { quick: { openai: gpt-4o-mini } }\n");
    await served.said(/was read anew/);
    assert.equal((await ask(served, { model: "quick" })).status, 200);
    assert.equal((await ask(served, { model: "fast" })).status, 404);
    await write("  model_mapping: { quick: { nobody: gpt-4o-mini } }\n");
    await served.said(/stays as it was: .*model_mapping/);
    assert.equal((await ask(served, { model: "quick" })).status, 200);
    assert.ok((await readFile(file, "utf8")).includes("nobody"));
  });
  // Deno has no cluster, and says so below.
  const withWorkers = async () => {
    const redis = await startRedis();
    endings.push(() => redis.kill());
    const { file, write } = await config(
      await vendor(),
      `  data_file: FOLDER/loom.db
  store: { type: redis, url: "${redis.url}" }
  keys: [{ key: ${key}, rpm: 20 }]
`,
    );
    const served = await started(["--config", file, "--workers", "2", "--watch"]);
    const codes = [...await statuses(served, 15), ...await statuses(served, 15)];
    assert.equal(codes.filter((status) => status === 200).length, 20);
    assert.equal(codes.filter((status) => status === 429).length, 10);
    const spent = async () => {
      const page = await (await fetch(`${served.adminUrl}/metrics`)).text();
      return Number(/^loom_ai_cost_total\{provider="openai".*\} (.*)$/m.exec(page)?.[1]).toFixed(6);
    };
    assert.equal(await spent(), "0.004200");
    const pids = () => [...served.text().matchAll(/worker (\d+) is up/g)].map(([, pid]) => Number(pid));
    process.kill(pids()[0] ?? 0, "SIGKILL");
    await served.said(/ended with SIGKILL/);
    while (pids().length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal((await ask(served)).status, 429);
    assert.equal(await spent(), "0.004200");
    await write(`  store: { type: redis, url: "${redis.url}" }
  model_mapping: { fast: { openai: gpt-4o-mini } }
`);
    await served.said(/was read anew/);
    // The workers follow a moment later, each by itself.
    const asked = async () => (await Promise.all([1, 2, 3, 4].map(() => ask(served, { model: "fast" }))));
    while ((await asked()).some(({ status }) => status !== 200)) {
      await new Promise((done) => setTimeout(done, 20));
    }
    assert.equal(await served.stop(), 0);
  };
  if (!onDeno) test("with workers shares port, limits and metrics, and replaces one that dies", withWorkers);

  const withoutLimits = async () => {
    const { file } = await config(await vendor(), "  data_file: FOLDER/loom.db\n");
    const served = await started(["--config", file, "--workers", "2"]);
    assert.equal((await ask(served)).status, 200);
    // One may look at the configuration while it is at work.
    const checked = await checkConfig(file);
    assert.match(checked, /is right: 1 provider/);
    assert.equal(await served.stop(), 0);
  };
  if (!onDeno) test("with workers and a data file needs no store where nothing is limited", withoutLimits);

  test("refuses limits that several workers would each count for themselves", async () => {
    const { file } = await config(await vendor(), `  keys: [{ key: ${key}, rpm: 20 }]\n`);
    await assert.rejects(
      startServe(["--config", file, "--workers", "2"]),
      onDeno ? /--workers needs Node/ : /store: limits with several workers/,
    );
  });
});
