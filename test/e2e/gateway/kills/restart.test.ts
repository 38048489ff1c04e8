/** A gateway that is stopped and started again under its callers: nobody loses an answer, nobody pays twice, no spending is forgotten. */

import assert from "node:assert/strict";
import { connect } from "node:net";
import { afterEach, describe, test } from "node:test";
import OpenAI from "openai";
import { startGateway } from "../../../support/running-gateway.ts";
import { folderOf } from "../../../support/folder.ts";
import { type Served, startServe } from "../../../support/served.ts";
import { until } from "../../../support/server.ts";
import { assertEnded, count, crowd, report } from "./crowd.ts";
import { answerNanoUsd, outputTokens, promptOf } from "./prices.ts";
import { startVendor } from "./vendor.ts";

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const key = "restart-key-0123456789abcdef";
const callers = 24;
const callsEach = 25;
const calls = callers * callsEach;
const restarts = 2;
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
      assert.equal(await served!.stop(), 0);
      assert.equal(vendor.open, 0, "it left while it was answering");
      await start(port);
      assert.equal(served!.url, url);
    }
    await loops;

    assert.equal(done, calls);
    const again = [...tries.values()].reduce((sum, one) => sum + one, 0) - calls;
    assert.ok(again > 0, "nobody was refused");
    for (const [id, times] of vendor.asked) assert.equal(times, 1, `${id} went to the vendor ${times} times`);
    assert.equal(vendor.nanoUsd, calls * answerNanoUsd);
    const rest = await crowd(spare + 30, (index) => ({ url, key, id: `rest-${index}` }));
    assertEnded(rest);
    assert.equal(count(rest, ({ how }) => how === "answered"), spare);
    const { rows } = await (await fetch(`${served!.adminUrl}/ai/usage?last=1h`)).json();
    const counted = Math.round(rows[0].cost_usd * 1e9);
    assert.equal(counted, vendor.nanoUsd);
    const stoppingMs = performance.now();
    assert.equal(await served!.stop(), 0);
    assert.ok(performance.now() - stoppingMs < 10_000, "it would not stop");
    t.diagnostic(
      `${t.name}: requests ${calls}, answered ${done}, restarts ${restarts}, tried again by the client ${again}, asked of the vendor ` +
        `${calls}, longest wait ms ${
          Math.round(longestMs)
        }, nano-USD said ${vendor.nanoUsd}, counted ${counted}`,
    );
  });

  test("waits for what is under way, and for no connection over which nobody asks", async (t) => {
    const vendor = await startVendor("vendor");
    const gateway = await startGateway({
      loom: { providers: { openai: { baseUrl: `${vendor.url}/v1`, apiKey: "k" } } },
      gateway: { models: { providers: [{ name: "openai" }] } },
    });
    endings.push(() => vendor.close(), () => gateway.close());
    const url = gateway.url ?? "";
    // As clients and load balancers make them ahead of need; and one that stopped in the middle of a head.
    const sockets = ["", "POST /v1/chat/completions HTTP/1.1\r\nhost: a"].map((text) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1", () => void socket.write(text));
      return socket.on("error", () => {}).resume();
    });
    const parted = Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))),
    );
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    const under = crowd(8, (index) => ({ url, key, id: `slow-${index}`, waitMs: 1_500 }));
    await until("all are with the vendor", () => vendor.open === 8);
    const beganMs = performance.now();
    await Promise.all([gateway.close(), parted]);
    const tookMs = Math.round(performance.now() - beganMs);
    const ends = await under;
    assertEnded(ends);
    assert.equal(count(ends, ({ how }) => how === "answered"), 8);
    assert.ok(tookMs < 6_000, `it took ${tookMs} ms`);
    report(t, ends, { "stopped after ms": tookMs });
  });
});
