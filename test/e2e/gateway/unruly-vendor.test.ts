/** Vendors that answer what is no answer: the clients get an error of the vendor's kind, and none of what should stay inside. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { type Arrived, serve, type TestServer } from "../../support/server.ts";
import { type RunningGateway, settled, startGateway, thrown } from "./support.ts";
import { providersAt, tongueAt, vendorKey } from "./tongues.ts";

const inside = "<html>internal-host-42</html>";

function whole(body: string, type = "application/json", status = 200): (arrived: Arrived) => void {
  return ({ response }) => void response.writeHead(status, { "content-type": type }).end(body);
}

const manners: Readonly<Record<string, (arrived: Arrived) => void>> = {
  "a page": whole(inside, "text/html"),
  "a page as an error": whole(inside, "text/html", 502),
  "nothing": whole(""),
  "no content": ({ response }) => void response.writeHead(204).end(),
  "half an object": whole('{"id":"x","choices":['),
  "a list": whole("[]"),
  "an object of something else": whole('{"hello":"world"}'),
  "the way to another place": ({ response }) =>
    void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
  "no HTTP": ({ response }) => void response.socket?.end("hello\r\n\r\n"),
  "silence, and leaves": ({ response }) => void response.socket?.destroy(),
  "headers, and leaves": ({ response }) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write("{", () => response.socket?.destroy());
  },
  "a stream of nothing": whole("", "text/event-stream"),
  "a stream of comments": whole(": one\n\n: two\n\n", "text/event-stream"),
  "a stream of junk": whole("data: {{{\n\n", "text/event-stream"),
  "a stream that begins, and is junk": ({ url, response }) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`${tongueAt(url).opening}data: {{{\n\n`);
  },
  "an error in place of a stream": ({ url, response }) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(tongueAt(url).failure);
  },
};

let vendor: TestServer;
let running: RunningGateway;

before(async () => {
  vendor = await serve((arrived) => {
    const { model } = JSON.parse(arrived.body) as { model: string };
    manners[model]?.(arrived);
  });
  running = await startGateway({ retry: false, breaker: false, providers: providersAt(vendor.url) });
});
after(async () => {
  await settled(running);
  await running.close();
  await vendor.close();
});

const messages = [{ role: "user" as const, content: "secret-prompt-5512" }];

async function throughOpenai(model: string, stream: boolean): Promise<void> {
  const client = new OpenAI({ baseURL: `${running.url}/v1`, apiKey: "sk-anything", maxRetries: 0 });
  if (!stream) return void await client.chat.completions.create({ model, messages });
  for await (const chunk of await client.chat.completions.create({ model, messages, stream })) void chunk;
}

async function throughAnthropic(model: string, stream: boolean): Promise<void> {
  const client = new Anthropic({ baseURL: running.url, apiKey: "sk-anything", maxRetries: 0 });
  const asked = { model, messages, max_tokens: 64 };
  if (!stream) return void await client.messages.create(asked);
  for await (const event of await client.messages.create({ ...asked, stream })) void event;
}

const clients = [
  { name: "openai", ask: throughOpenai, kind: OpenAI.APIError },
  { name: "@anthropic-ai/sdk", ask: throughAnthropic, kind: Anthropic.APIError },
];

for (const { name, ask, kind } of clients) {
  for (const provider of ["my-openai", "my-anthropic"]) {
    describe(`${name}, when ${provider} answers`, () => {
      for (const manner of Object.keys(manners)) {
        for (const stream of [false, true]) {
          it(`${manner}, ${stream ? "to a stream" : "whole"}`, async () => {
            const error = await thrown<Error & { readonly status?: number | undefined }>(
              kind as abstract new (...args: never[]) => Error,
              () => ask(`${provider}/${manner}`, stream),
            );
            // An error within a stream has none.
            assert.ok(error.status === undefined ? stream : error.status >= 500, `${error.status}`);
            for (const word of ["secret-prompt-5512", vendorKey]) assert.ok(!error.message.includes(word));
            assert.ok(error.message.length < 2_000);
          });
        }
      }
    });
  }
}

describe("after all that", () => {
  it("nothing of it is in the log", () => {
    const log = running.log.join("\n");
    for (const word of ["secret-prompt-5512", vendorKey]) assert.ok(!log.includes(word), log);
  });
});
