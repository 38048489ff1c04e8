/** Files and batches where the gateway is mounted, reloaded, one of several workers, or closed at an awkward moment. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import OpenAI from "openai";
import { createGateway } from "../../../src/gateway.ts";
import { runGateway } from "../../../src/gateway/run/run-gateway.ts";
import { ENVIRONMENT } from "../../../src/plugin.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { fixedEnvironment } from "../../../src/runtime/environment.ts";
import { fakeClock } from "../../../src/testing/fake-clock.ts";
import { folderOf } from "../../support/folder.ts";
import { bareLoom } from "../../support/looms.ts";
import { startGateway } from "../../support/running-gateway.ts";
import { until } from "../../support/server.ts";
import { fakeVendor } from "./fake-vendor.ts";
import { order, reached, row, textsIn } from "./rows.ts";
import { openScene } from "./setup.ts";

async function temporary(): Promise<readonly string[]> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith("loom-files-"));
  return names.map((name) => join(tmpdir(), name));
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe("files and batches", () => {
  it("are served through fetch, in a host's own server", async () => {
    await using loom = bareLoom();
    const gateway = createGateway(loom, { files: { maxFileBytes: 100_000 } });
    const client = new OpenAI({
      baseURL: "http://localhost/v1",
      apiKey: "x",
      maxRetries: 0,
      fetch: (url, init) =>
        gateway.fetch(new Request(url as string, init as RequestInit), { fromLoopback: true }),
    });
    const { id } = await order(client, [row("a", "sandbox/sandbox-small", "hi")]);
    const batch = await reached(client, id, fakeClock());
    assert.deepEqual(Object.keys(await textsIn(client, batch)), ["a"]);
    const big = new File(["x".repeat(200_000)], "big");
    const refused = client.files.create({ file: big, purpose: "batch" });
    await assert.rejects(refused, { status: 413 });
    await gateway.close();
  });

  it("leave nothing on the machine, where no data file keeps them", async () => {
    const scene = await openScene();
    const { id, input_file_id } = await order(scene.red, [row("a", "sandbox/sandbox-small", "hi")]);
    await reached(scene.red, id, scene.clock);
    // Gateways of other tests have their folders beside this one's.
    const [folder] = (await temporary()).filter((path) => existsSync(join(path, "content", input_file_id)));
    assert.ok(folder);
    await scene.close();
    assert.equal(existsSync(folder), false);
  });

  it("outlive a new configuration", async () => {
    await using vendor = await fakeVendor();
    const running = await startGateway({
      loom: { providers: { deepseek: { baseUrl: vendor.url, apiKey: "sk-1" } } },
      gateway: {},
    });
    await using _ = { [Symbol.asyncDispose]: () => running.close() };
    const client = new OpenAI({ baseURL: `${running.url}/v1`, apiKey: "x", maxRetries: 0 });
    vendor.held.add("a");
    const { id, input_file_id } = await order(client, [row("a", "deepseek/deepseek-chat", "a")]);
    await until("a is asked", () => vendor.live.length === 1);
    await running.reload();
    vendor.release();
    assert.equal((await client.files.retrieve(input_file_id)).id, input_file_id);
    const batch = await reached(client, id, fakeClock());
    assert.deepEqual(await textsIn(client, batch), { a: "live: a" });
    assert.equal(vendor.live.length, 1, "what had begun has ended as it began");
    const usage = await (await running.admin("/ai/usage?group_by=key")).json();
    assert.match(JSON.stringify(usage), /"requests":1/);
  });

  it("of one worker among several are refused without a data file that all share", async () => {
    const read = () =>
      Promise.resolve({
        loom: { pluginFolder: false as const, provide: [[ENVIRONMENT, fixedEnvironment({})] as const] },
        gateway: { server: { port: 0 } },
      });
    const running = await runGateway({
      read,
      clock: systemClock,
      log: { logger: silent, level: "info" },
      admin: false,
      alone: false,
    });
    const client = new OpenAI({ baseURL: `${running.url}/v1`, apiKey: "x", maxRetries: 0 });
    const refused = client.batches.list();
    await assert.rejects(refused, { status: 400, message: /several workers need data_file/ });
    await running.close();
  });

  it("that a vendor does not answer for hold up no end", async () => {
    await using folder = await folderOf();
    await using vendor = await fakeVendor();
    const providers = { openai: { baseUrl: vendor.url, apiKey: "sk-1" } };
    const scene = await openScene({ gateway: { dataFile: folder.file("loom.db") }, loom: { providers } });
    vendor.silent = true;
    await order(scene.red, [row("a", "openai/gpt-4o-mini", "a")]);
    await until(
      "the vendor was asked how far it is",
      () => vendor.server.requests.some(({ method }) => method === "GET"),
    );
    await scene.close();
    assert.deepEqual(scene.log.filter((line) => !line.includes("by localhost")), []);
  });
});
