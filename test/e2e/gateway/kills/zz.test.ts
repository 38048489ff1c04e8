/** A gateway that is stopped and started again under its callers: nobody loses an answer, nobody pays twice, no spending is forgotten. */

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import OpenAI from "openai";
import { folderOf } from "../../../support/folder.ts";
import { type Served, startServe } from "../../../support/served.ts";
import { until } from "../../../support/server.ts";
import { assertEnded, count, crowd } from "./crowd.ts";
import { answerNanoUsd, outputTokens, promptOf } from "./prices.ts";
import { startVendor } from "./vendor.ts";

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const key = "restart-key-0123456789abcdef";
const callers = 24;
const callsEach = 2;
const calls = callers * callsEach;
const restarts = 0;
import process from "node:process";
const V = process.env.V ?? "";
/** What the budget has room for beyond them. */
const spare = 40;

interface Caller {
  /** Gives what the answer says. */
  ask(id: string, waitMs: number, stream: boolean): Promise<string>;
}

/** The official client, whose own retries are counted by request. */
function callerAt(url: string, tries: Map<string, number>): Caller {
  const client = new OpenAI({
    baseURL: `${url}/v1`,
    apiKey: key,
    maxRetries: 10,
    timeout: 15_000,
    fetch: (address, init) => {
      const id = JSON.parse(String(init?.body)).messages[0].content.split(" ")[0];
      tries.set(id, (tries.get(id) ?? 0) + 1);
      return fetch(address, init);
    },
  });
  return {
    async ask(id, waitMs, stream) {
      const asked = {
        model: "gpt-4o-mini",
        max_tokens: outputTokens,
        messages: [{ role: "user" as const, content: promptOf(id, waitMs) }],
      };
      if (!stream) {
        const { choices } = await client.chat.completions.create(asked);
        return choices[0]?.message.content ?? "";
      }
      let text = "";
      for await (const { choices } of await client.chat.completions.create({ ...asked, stream })) {
        text += choices[0]?.delta.content ?? "";
      }
      return text;
    },
  };
}

describe("a gateway that is restarted under load", () => {
  test("loses no request, pays none twice, and remembers what was spent", async (t) => {
    const vendor = await startVendor("vendor");
    const folder = await folderOf();
    endings.push(() => folder[Symbol.asyncDispose](), () => vendor.close());
    const file = await folder.write(
      "loom.yaml",
      `ai_gateway:
  providers:
    - { name: openai, type: openai, api_key: k, base_url: "${vendor.url}/v1", models: [gpt-4o-mini] }
  plugin_folder: false
  data_file: ${folder.file("loom.db")}
  keys:
    - { key: ${key}, concurrent: 100, budget_usd: { limit: ${
        (calls + spare) * answerNanoUsd / 1e9
      }, per: total } }
`,
    );
    let served: Served;
    const start = async (more: readonly string[] = []) => {
      served = await startServe(["--config", file, ...more]);
      endings.push(() => served.kill());
    };
    await start();
    const { url } = served!;
    const port = ["--port", new URL(url).port];

    const tries = new Map<string, number>();
    const { ask } = callerAt(url, tries);
    let [done, longestMs] = [0, 0];
    const call = async (id: string, index: number) => {
      const beganMs = performance.now();
      const text = await ask(id, index % 13 * 15, index % 2 === 1);
      assert.equal(text.slice(0, 6), "vendor");
      longestMs = Math.max(longestMs, performance.now() - beganMs);
      done++;
    };
    const loops = Promise.all(Array.from({ length: callers }, async (_, caller) => {
      for (let index = 0; index < callsEach; index++) await call(`c${caller}-${index}`, caller + index);
    }));
    // Its fault is told at the end, not while the gateway is down.
    loops.catch(() => {});
    for (let restart = 1; restart <= restarts; restart++) {
      await until("callers are in the middle", () => done >= calls * restart / (restarts + 1), 20_000);
      assert.ok(vendor.open > 0);
      const b=performance.now(); console.log("stop", restart);
      assert.equal(await served!.stop(), 0);
      console.log("stopped", restart, performance.now()-b, served!.text().slice(-600));
      assert.equal(vendor.open, 0, "it left while it was answering");
      await start(port);
      assert.equal(served!.url, url);
    }
    await loops;

    assert.equal(done, calls);
    const again = [...tries.values()].reduce((sum, one) => sum + one, 0) - calls;
    for (const [id, times] of vendor.asked) assert.equal(times, 1, `${id} went to the vendor ${times} times`);
    assert.equal(vendor.nanoUsd, calls * answerNanoUsd);
if (V === "none") { const b=performance.now(); await served!.stop(); console.log(V, "stop", performance.now()-b); return; }
    const rest = await crowd(V.includes("few") ? spare : spare + 30, (index) => ({ url, key, ...(V.includes("whole") ? {stream: false} : {}), id: `rest-${index}` }));
    assertEnded(rest);
    assert.equal(count(rest, ({ how }) => how === "answered"), spare);
if (V.includes("rest")) { const b=performance.now(); await served!.stop(); console.log(V, "stop", performance.now()-b); return; }
    const { rows } = await (await fetch(`${served!.adminUrl}/ai/usage?last=1h`)).json();
    const counted = Math.round(rows[0].cost_usd * 1e9);
    assert.equal(counted, vendor.nanoUsd);
    const b=performance.now();
    assert.equal(await served!.stop(), 0); console.log("last stop", performance.now()-b);
    t.diagnostic(
      `requests ${calls}, answered ${done}, restarts ${restarts}, tried again by the client ${again}, asked of the vendor ` +
        `${calls}, longest wait ms ${Math.round(longestMs)}, nano-USD said ${vendor.nanoUsd}, counted ${counted}`,
    );
  });
});
