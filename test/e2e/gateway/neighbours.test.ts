/** What one caller does is no trouble of another: calls that look alike, answers on one connection, requests of a moment. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Arrived, serve, type TestServer, until } from "../../support/server.ts";
import { chatPath } from "./hostile.ts";
import { exchangeRaw, rawRequest } from "./raw.ts";
import { type RunningGateway, settled, startGateway } from "./support.ts";
import { providersAt } from "./tongues.ts";

const waiting: Arrived[] = [];
let vendor: TestServer;
let running: RunningGateway;

before(async () => {
  vendor = await serve((arrived) => void waiting.push(arrived));
  running = await startGateway({ limits: {}, breaker: false, providers: providersAt(vendor.url) }, {
    keys: {
      list: [{ key: "loom-e2e-first-key-01", id: "first" }, { key: "loom-e2e-other-key-02", id: "other" }],
    },
  });
});
after(async () => {
  await settled(running);
  await running.close();
  await vendor.close();
});

async function ask(who: "first" | "other", body: string): Promise<{ status: number; text: string }> {
  const key = who === "first" ? "loom-e2e-first-key-01" : "loom-e2e-other-key-02";
  const answer = await fetch(`${running.url}${chatPath}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body,
  });
  return { status: answer.status, text: await answer.text() };
}

/** Answers the vendor's n-th open request, when it is there. */
async function answerNext(content: string): Promise<void> {
  await until("the vendor is asked", () => waiting.length > 0);
  const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
  const body = JSON.stringify({ id: "c", object: "chat.completion", created: 1, model: "m", choices });
  waiting.shift()?.response.writeHead(200, { "content-type": "application/json" }).end(body);
}

const hello = { model: "my-openai/m1", messages: [{ role: "user", content: "hello" }] };

describe("calls at the same moment", () => {
  it("of two callers who say the same are two calls", async () => {
    const asked = [ask("first", JSON.stringify(hello)), ask("other", JSON.stringify(hello))];
    await until("both are there", () => waiting.length === 2);
    await answerNext("for one");
    await answerNext("for the other");
    const answers = await Promise.all(asked);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 2);
  });

  it("of one caller who says the same are one call, but not when a field differs that nobody knows", async () => {
    const bodies = [{}, {}, { field_of_tomorrow: 1 }, { field_of_tomorrow: 2 }];
    const asked = bodies.map((more) => ask("first", JSON.stringify({ ...hello, ...more })));
    await until("all are under way", () => running.gateway.inFlight === 4 && waiting.length >= 3);
    assert.equal(waiting.length, 3);
    for (let index = 0; index < 3; index++) await answerNext(`answer ${index}`);
    const [one, same, third, fourth] = (await Promise.all(asked)).map(({ text }) => text);
    assert.equal(one, same);
    assert.equal(new Set([one, third, fourth]).size, 3);
  });

  it("of somebody whose request is nested beyond all measure are no trouble of who says the same", async () => {
    const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
    const hostile = ask("first", `${JSON.stringify(hello).slice(0, -1)},"x":${deep}}`);
    const honest = ask("other", JSON.stringify(hello));
    assert.equal((await hostile).status, 400);
    await answerNext("hello to you");
    assert.equal((await honest).status, 200);
  });
});

describe("one connection", () => {
  it("takes the next request after one that was refused", async () => {
    const head = (length: number) =>
      [
        `POST ${chatPath} HTTP/1.1`,
        "host: localhost",
        "authorization: Bearer loom-e2e-first-key-01",
        "content-type: application/json",
        `content-length: ${length}`,
      ].join("\r\n") + "\r\n\r\n";
    const good = JSON.stringify(hello);
    const asked = exchangeRaw(running.port, [
      head(7),
      '{"model',
      head(2),
      "{}",
      ...rawRequest(chatPath, good, ["authorization: Bearer loom-e2e-first-key-01"]),
    ]);
    await answerNext("here");
    assert.deepEqual((await asked).map(({ status }) => status), [400, 400, 200]);
  });
});
