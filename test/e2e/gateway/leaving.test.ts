/** Clients that leave: the vendor's connection is closed within moments, whenever it is that they go. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { serve, type TestServer } from "../../support/server.ts";
import { type RunningGateway, settled, startGateway } from "./support.ts";
import { providersAt, tongueAt } from "./tongues.ts";

/** Speaks without an end, or not at all: what the model's name says. */
let vendor: TestServer;
let running: RunningGateway;

before(async () => {
  vendor = await serve(({ url, body, response }) => {
    const { model } = JSON.parse(body) as { model: string };
    if (model === "silent") return;
    const tongue = tongueAt(url);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(tongue.opening + tongue.word("Once "));
    const speaking = setInterval(() => response.write(tongue.word("more ")), 5);
    response.on("close", () => clearInterval(speaking));
  });
  running = await startGateway({ providers: providersAt(vendor.url) });
});
after(async () => {
  await running.close();
  await vendor.close();
});

const messages = [{ role: "user" as const, content: "Go on." }];

const clients = [
  {
    name: "openai",
    start: (model: string, stream: boolean, signal: AbortSignal) =>
      new OpenAI({ baseURL: `${running.url}/v1`, apiKey: "sk-anything", maxRetries: 0 })
        .chat.completions.create({ model, messages, stream }, { signal }),
  },
  {
    name: "@anthropic-ai/sdk",
    start: (model: string, stream: boolean, signal: AbortSignal) =>
      new Anthropic({ baseURL: running.url, apiKey: "sk-anything", maxRetries: 0 })
        .messages.create({ model, max_tokens: 64, messages, stream }, { signal }),
  },
];

/** Settles with whether the client is seen to have left, which must not take long. */
async function vendorLosesCaller(index: number): Promise<void> {
  const { left } = await vendor.request(index);
  let stop: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<string>((resolve) => {
    stop = setTimeout(() => resolve("still there after 2 s"), 2_000);
  });
  assert.equal(await Promise.race([left, patience]), true);
  clearTimeout(stop);
  await settled(running);
}

for (const { name, start } of clients) {
  for (const provider of ["my-openai", "my-anthropic"]) {
    describe(`${name} before ${provider}`, () => {
      it("aborts in the middle of a stream", async () => {
        const index = vendor.requests.length;
        const controller = new AbortController();
        const stream = await start(`${provider}/talkative`, true, controller.signal);
        let events = 0;
        try {
          for await (const _ of stream as AsyncIterable<unknown>) if (++events === 5) controller.abort();
        } catch (error) {
          assert.match(String(error), /abort/i);
        }
        assert.ok(events >= 5);
        await vendorLosesCaller(index);
      });

      it("breaks out of its loop", async () => {
        const index = vendor.requests.length;
        const stream = await start(`${provider}/talkative`, true, new AbortController().signal);
        let events = 0;
        for await (const _ of stream as AsyncIterable<unknown>) if (++events === 5) break;
        await vendorLosesCaller(index);
      });

      for (const stream of [true, false]) {
        it(`aborts before the first byte, ${stream ? "of a stream" : "of a whole answer"}`, async () => {
          const index = vendor.requests.length;
          const controller = new AbortController();
          const asked = start(`${provider}/silent`, stream, controller.signal);
          const refused = assert.rejects(asked, /abort/i);
          await vendor.request(index);
          controller.abort();
          await refused;
          await vendorLosesCaller(index);
        });
      }
    });
  }
}

describe("gateway.fetch, mounted in another host", () => {
  const request = (model: string, signal?: AbortSignal) =>
    new Request("http://localhost/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, messages, stream: true }),
      ...(signal !== undefined && { signal }),
    });

  it("the reader of a stream leaves", async () => {
    const index = vendor.requests.length;
    const answer = await running.gateway.fetch(request("my-anthropic/talkative"), { fromLoopback: true });
    const reader = answer.body?.getReader();
    assert.equal((await reader?.read())?.done, false);
    await reader?.cancel();
    await vendorLosesCaller(index);
  });

  it("the request is aborted before there is an answer", async () => {
    const index = vendor.requests.length;
    const controller = new AbortController();
    const asked = running.gateway.fetch(request("my-openai/silent", controller.signal), {
      fromLoopback: true,
    });
    await vendor.request(index);
    controller.abort();
    await vendorLosesCaller(index);
    assert.equal((await asked).status, 499);
  });
});

describe("clients that left", () => {
  it("are nothing to complain of", () => assert.deepEqual(running.log, []));
});
