/** Clients that read slowly or not at all: the vendor waits, memory is bounded, and nobody waits for ever. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { GatewayOptions } from "../../../src/gateway.ts";
import { type Arrived, serve, type TestServer, until } from "../../support/server.ts";
import { askSlowly } from "./raw.ts";
import { type RunningGateway, settled, startGateway } from "./support.ts";
import { providersAt, tongueAt } from "./tongues.ts";

/** How the vendor of the test that runs answers. */
let answer: (arrived: Arrived) => void | Promise<void> = () => {};
let vendor: TestServer;
const gateways: RunningGateway[] = [];

before(async () => {
  vendor = await serve((arrived) => answer(arrived));
});
after(async () => {
  for (const running of gateways) await running.close();
  await vendor.close();
});

async function gatewayWith(options: GatewayOptions = {}): Promise<RunningGateway> {
  const running = await startGateway({ providers: providersAt(vendor.url), breaker: false }, options);
  gateways.push(running);
  return running;
}

function begin({ response }: Arrived): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
}

/** Sends `totalBytes` of output as fast as they are taken, and says how far it has come. */
function flood(totalBytes: number): { sent: number; waits: boolean; ended: boolean } {
  const state = { sent: 0, waits: false, ended: false };
  answer = async (arrived) => {
    const { response, url, left } = arrived;
    const tongue = tongueAt(url);
    const word = tongue.word("x".repeat(16_000));
    let gone = false;
    void left.then(() => gone = true);
    begin(arrived);
    response.write(tongue.opening);
    while (state.sent < totalBytes && !gone) {
      state.sent += word.length;
      if (response.write(word)) continue;
      state.waits = true;
      await Promise.race([new Promise((resolve) => response.once("drain", resolve)), left]);
      state.waits = false;
    }
    response.end(tongue.closing);
    state.ended = true;
  };
  return state;
}

/** Waits until nothing moves any more. */
async function still(what: string, value: () => number): Promise<void> {
  let last = -1;
  let sinceMs = performance.now();
  await until(what, () => {
    if (value() !== last) [last, sinceMs] = [value(), performance.now()];
    return last > 0 && performance.now() - sinceMs > 250;
  }, 10_000);
}

describe("a client that stops reading", () => {
  const totalBytes = 96 * 1024 * 1024;

  for (
    const [provider, flushIntervalMs] of [["my-openai", 0], ["my-anthropic", 0], [
      "my-openai",
      60_000,
    ]] as const
  ) {
    it(`makes ${provider} wait, and gets everything when it reads on (${flushIntervalMs} ms)`, async () => {
      const running = await gatewayWith({ streaming: { flushIntervalMs } });
      const state = flood(totalBytes);
      const socket = askSlowly(running.port, `${provider}/m1`);
      await still("the vendor is made to wait", () => state.sent);
      assert.ok(state.waits, "the vendor waits");
      // What the sockets of the system hold, plus what Loom does.
      assert.ok(state.sent < 24 * 1024 * 1024, `${state.sent} bytes were taken from the vendor`);
      let letters = 0;
      let tail = "";
      socket.on("data", (chunk: Buffer) => {
        for (const byte of chunk) if (byte === 120) letters++;
        tail = (tail + chunk.toString("latin1")).slice(-200);
      });
      socket.resume();
      await new Promise((resolve) => socket.on("close", resolve));
      assert.match(tail, /data: \[DONE\]/);
      assert.ok(letters >= Math.floor(totalBytes / 16_400) * 16_000, `${letters} letters`);
      await settled(running);
    });

    it(`is dropped after a while, and ${provider} with it`, async () => {
      const running = await gatewayWith({ server: { stalledClientMs: 150 } });
      const state = flood(totalBytes);
      const socket = askSlowly(running.port, `${provider}/m1`);
      socket.on("error", () => {});
      await until("the vendor is let go", () => state.ended, 10_000);
      assert.ok(state.sent < totalBytes, "it was not read to its end");
      await settled(running);
      socket.destroy();
    });
  }
});

describe("an answer that is ready, and nobody reads", () => {
  for (const stream of [false, true]) {
    it(`is given up after a while, ${stream ? "streamed" : "whole"}`, async () => {
      const running = await gatewayWith({ server: { stalledClientMs: 200 }, streaming: { heartbeatMs: 0 } });
      const text = "x".repeat(24 * 1024 * 1024);
      answer = (arrived) => {
        const tongue = tongueAt(arrived.url);
        if (stream) {
          begin(arrived);
          return void arrived.response.end(tongue.opening + tongue.word(text) + tongue.closing);
        }
        const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }];
        arrived.response.writeHead(200, { "content-type": "application/json" });
        arrived.response.end(JSON.stringify({ id: "c", object: "chat.completion", model: "m", choices }));
      };
      const socket = askSlowly(running.port, "my-openai/m1", stream);
      let came = 0;
      socket.on("data", (chunk: Buffer) => came += chunk.length).on("error", () => {}).pause();
      await vendor.request(vendor.requests.length);
      await settled(running);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      socket.resume();
      await new Promise((resolve) => socket.on("close", resolve));
      assert.ok(came < text.length, "the answer was still there");
    });
  }
});
