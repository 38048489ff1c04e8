/** A gateway that is full or stops: what runs ends well, what comes is told to come again. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import OpenAI from "openai";
import { type Arrived, serve, type TestServer, until } from "../../support/server.ts";
import { type RunningGateway, settled, startGateway, thrown } from "./support.ts";
import { providersAt, tongueAt } from "./tongues.ts";

let vendor: TestServer;
let running: RunningGateway;
let client: OpenAI;
const speaking: Arrived[] = [];

before(async () => {
  vendor = await serve((arrived) => {
    const tongue = tongueAt(arrived.url);
    arrived.response.writeHead(200, { "content-type": "text/event-stream" });
    arrived.response.write(tongue.opening + tongue.word("begun, "));
    speaking.push(arrived);
  });
});
after(() => vendor.close());

beforeEach(async () => {
  speaking.length = 0;
  running = await startGateway({ providers: providersAt(vendor.url) }, {
    server: { maxInFlight: 2, drainMs: 10_000 },
  });
  client = new OpenAI({ baseURL: `${running.url}/v1`, apiKey: "sk-anything", maxRetries: 0 });
});

const ask = (content: string) =>
  client.chat.completions.create({
    model: "my-anthropic/m1",
    messages: [{ role: "user", content }],
    stream: true,
  });

async function textOf(stream: Awaited<ReturnType<typeof ask>>): Promise<string> {
  let text = "";
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
  return text;
}

function finish({ url, response }: Arrived): void {
  const tongue = tongueAt(url);
  response.end(tongue.word("done") + tongue.closing);
}

describe("a gateway that is full", () => {
  it("refuses with when to come back, and takes the next when there is room", async () => {
    const streams = [await ask("one"), await ask("two")];
    const error = await thrown(OpenAI.InternalServerError, () => ask("three"));
    assert.deepEqual([error.status, error.headers.get("retry-after")], [503, "1"]);
    speaking.forEach(finish);
    assert.deepEqual(await Promise.all(streams.map(textOf)), ["begun, done", "begun, done"]);
    await settled(running);
    const next = await ask("four");
    speaking.slice(2).forEach(finish);
    assert.equal(await textOf(next), "begun, done");
    await running.close();
  });
});

describe("a gateway that stops", () => {
  it("lets streams end, and holds no connection that is idle", async () => {
    const stream = await ask("go on");
    let closed = false;
    const closing = running.close().then(() => closed = true);
    await until("no new connection is taken", () => running.gateway.inFlight === 1);
    const other = await fetch(`${running.url}/v1/models`).then(({ status }) => status, () => "refused");
    assert.equal(other, "refused");
    assert.equal(closed, false);
    speaking.forEach(finish);
    assert.equal(await textOf(stream), "begun, done");
    await closing;
    assert.equal(running.gateway.inFlight, 0);
  });
});
