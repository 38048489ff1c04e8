/** The fake vendor, asked over real sockets, does what its script says. */

import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type FakeVendor, startFakeVendor } from "../../src/testing/fake-vendor.ts";
import { behave, controlledStream } from "../../src/testing/vendor-behaviours.ts";
import type { Behaviour } from "../../src/testing/vendor-wire.ts";

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** Whether the connection ended in good order. */
  readonly complete: boolean;
}

/** Asks with node:http, because fetch hides how an answer ended. Resolves to undefined when no head came. */
function ask(
  vendor: FakeVendor,
  body: unknown = {},
  options: { path?: string; leaveAt?: string } = {},
): Promise<Reply | undefined> {
  return new Promise((resolve) => {
    const outgoing = httpRequest(`${vendor.url}${options.path ?? "/chat/completions"}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer k" },
      agent: false,
    });
    outgoing.on("error", () => resolve(undefined));
    outgoing.on("response", (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (piece: string) => {
        text += piece;
        if (options.leaveAt !== undefined && text.includes(options.leaveAt)) outgoing.destroy();
      });
      incoming.on("error", () => {});
      incoming.on("close", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: text,
          complete: incoming.complete,
        }));
    });
    outgoing.end(typeof body === "string" ? body : JSON.stringify(body));
  });
}

function frames(reply: Reply | undefined): unknown[] {
  const lines = reply?.body.split("\n\n").filter((line) => line.startsWith("data: ")) ?? [];
  return lines.map((line) => line.slice(6)).map((data) => data === "[DONE]" ? data : JSON.parse(data));
}

function textOf(reply: Reply | undefined): string {
  return frames(reply)
    .map((frame) =>
      (frame as { choices?: { delta?: { content?: string } }[] }).choices?.[0]?.delta?.content ?? ""
    )
    .join("");
}

describe("startFakeVendor", () => {
  let vendor: FakeVendor;
  beforeEach(async () => vendor = await startFakeVendor());
  afterEach(() => vendor.close());

  it("answers whole or streamed, as the request asks, and records the request", async () => {
    const whole = await ask(vendor, { model: "m", stream: false });
    assert.equal(JSON.parse(whole?.body ?? "").choices[0].message.content, "Hello from the fake vendor.");
    const streamed = await ask(vendor, { model: "m", stream: true });
    assert.equal(textOf(streamed), "Hello from the fake vendor.");
    assert.equal(frames(streamed).at(-1), "[DONE]");
    assert.equal(streamed?.headers["content-type"], "text/event-stream");
    assert.deepEqual(vendor.requests.map(({ method, path, body }) => ({ method, path, body })), [
      { method: "POST", path: "/v1/chat/completions", body: { model: "m", stream: false } },
      { method: "POST", path: "/v1/chat/completions", body: { model: "m", stream: true } },
    ]);
    assert.equal(vendor.requests[0]?.headers.authorization, "Bearer k");
    assert.equal(vendor.abandoned, 0);
  });

  it("embeds one vector per input", async () => {
    const reply = await ask(vendor, { input: ["a", "b"] }, { path: "/embeddings" });
    assert.equal(JSON.parse(reply?.body ?? "").data.length, 2);
  });

  it("records a body that is not JSON as its text", async () => {
    await ask(vendor, "{oops");
    assert.equal(vendor.requests[0]?.body, "{oops");
  });

  const replies: [string, Behaviour, Partial<Reply>][] = [
    ["status", behave.status(429, { error: 1 }, { "retry-after": "3" }), {
      status: 429,
      body: '{"error":1}',
    }],
    ["status with a text body", behave.status(503, "busy"), { status: 503, body: "busy" }],
    ["empty", behave.empty(), { status: 200, body: "", complete: true }],
    ["html", behave.html(), { status: 200, complete: true }],
  ];
  for (const [name, behaviour, expected] of replies) {
    it(`sends ${name}`, async () => {
      vendor.script(behaviour);
      const reply = await ask(vendor);
      assert.deepEqual({ ...reply, ...expected }, reply);
    });
  }

  it("sends the headers of a status", async () => {
    vendor.script(behave.status(429, {}, { "retry-after": "3" }));
    assert.equal((await ask(vendor))?.headers["retry-after"], "3");
  });

  it("sends half a JSON, a wrong content type, an error under status 200", async () => {
    vendor.script(behave.halfJson(), behave.wrongType("hi"), behave.errorInside("full up"));
    const half = await ask(vendor);
    assert.throws(() => JSON.parse(half?.body ?? ""), SyntaxError);
    assert.equal(half?.complete, true);
    assert.equal((await ask(vendor))?.headers["content-type"], "text/plain");
    const inside = await ask(vendor);
    assert.equal(inside?.status, 200);
    assert.equal(JSON.parse(inside?.body ?? "").error.message, "full up");
  });

  it("cuts before the head, and in the middle of a body", async () => {
    vendor.script(behave.cut(), behave.cut(20));
    assert.equal(await ask(vendor), undefined);
    const reply = await ask(vendor);
    assert.equal(reply?.complete, false);
    assert.equal(reply?.body.length, 20);
    assert.equal(vendor.abandoned, 0);
  });

  it("cuts a stream after so many frames, and ends one without finishing", async () => {
    vendor.script(
      behave.stream(["a", "b", "c"], { cutAfter: 2 }),
      behave.stream(["a", "b"], { unfinished: true }),
    );
    const cut = await ask(vendor);
    assert.equal(textOf(cut), "ab");
    assert.equal(cut?.complete, false);
    const unfinished = await ask(vendor);
    assert.equal(textOf(unfinished), "ab");
    assert.equal(unfinished?.complete, true);
    assert.ok(!unfinished?.body.includes("[DONE]"));
  });

  it("puts raw text between frames", async () => {
    vendor.script(behave.stream(["a", "b"], { inject: { 1: "data: {broken\n\n" } }));
    assert.match((await ask(vendor))?.body ?? "", /data: \{broken\n\ndata: /);
  });

  it("counts answers that the client left", { timeout: 5000 }, async () => {
    vendor.script(behave.stream(["one", "two", "three"], { delayMs: 50 }), behave.hang());
    await ask(vendor, {}, { leaveAt: "one" });
    while (vendor.abandoned < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(vendor.abandoned, 1);
  });

  it("is paced by hand through a controlled stream", async () => {
    const stream = controlledStream();
    vendor.script(stream.behaviour);
    const reply = ask(vendor, { stream: true });
    await stream.opened;
    await stream.text("one ");
    await stream.raw(": keep-alive\n\n");
    await stream.text("two");
    await stream.finish();
    assert.equal(textOf(await reply), "one two");
    assert.match((await reply)?.body ?? "", /: keep-alive/);
  });

  it("closes while answers hang", async () => {
    vendor.script(behave.hang());
    const reply = ask(vendor);
    while (vendor.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await vendor.close();
    assert.equal(await reply, undefined);
    vendor = await startFakeVendor();
  });
});
