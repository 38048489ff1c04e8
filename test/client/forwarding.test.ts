/** Requests that came in a vendor's own format: sent on as they came, answered as the vendor wrote, unless somebody changed them. */

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { Loom, LoomOptions } from "../../src/index.ts";
import type { Call, JsonObject, Middleware, Receiver } from "../../src/plugin.ts";
import { defineMiddleware, transform } from "../../src/plugin.ts";
import { bareLoom } from "../support/looms.ts";
import { type Arrived, serve, type TestServer } from "../support/server.ts";

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

const answer = '{"id":"c1","object":"chat.completion","model":"m","x_own":{"a":1},"choices":[{"index":0,' +
  '"message":{"role":"assistant","content":"Hi."},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}';

function event(data: JsonObject | string): string {
  return `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

const role = event({ id: "c1", model: "m", choices: [{ index: 0, delta: { role: "assistant" } }] });
const word = event({ id: "c1", model: "m", choices: [{ index: 0, delta: { content: "Hi." }, x_own: 1 }] });
const finish = event({ id: "c1", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
const usage = event({ id: "c1", choices: [], usage: { prompt_tokens: 5, completion_tokens: 2 } });
const done = event("[DONE]");

async function vendor(reply: (arrived: Arrived) => void): Promise<TestServer> {
  const server = await serve(reply);
  endings.push(() => server.close());
  return server;
}

function whole({ response }: Arrived): void {
  response.writeHead(200, { "content-type": "application/json" }).end(answer);
}

function streamed({ response }: Arrived): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(role + word + finish + usage + done);
}

/** What a gateway makes of a request. */
function callOf(text: string, change: Partial<Call> = {}): Call {
  const body = JSON.parse(text) as JsonObject & { readonly stream?: boolean; readonly messages: never };
  const { temperature } = body as { temperature?: number };
  const said = {
    messages: body.messages,
    params: temperature === undefined ? {} : { temperature },
    stream: body.stream === true,
  };
  const known = ["model", "messages", "stream", "stream_options", "temperature"];
  return {
    ...said,
    modality: "text",
    candidates: [{ model: `local/${String(body["model"])}` }],
    useCache: true,
    native: {
      dialect: "openai-chat",
      body,
      text,
      unknown: Object.keys(body).filter((name) => !known.includes(name)),
      of: said,
    },
    ...change,
  };
}

interface Ran {
  readonly verbatim: string | undefined;
  readonly text: string;
  readonly inputTokens: number | undefined;
}

function loomAt(server: TestServer, options: LoomOptions): Loom {
  const loom = bareLoom({
    providers: {
      local: { baseUrl: `${server.url}/v1` },
      openai: { baseUrl: `${server.url}/v1`, apiKey: "k" },
    },
    dedup: false,
    ...options,
  });
  endings.push(() => loom.close());
  return loom;
}

const run = (server: TestServer, call: Call, options: LoomOptions = {}) =>
  runOn(loomAt(server, options), call);

async function runOn(loom: Loom, call: Call): Promise<Ran> {
  const running = (await loom.engine()).run(call, { timeoutMs: 10_000 });
  const reply = await running.reply;
  let text = "";
  let frames = "";
  let inputTokens: number | undefined;
  await new Promise<void>((resolve, reject) => {
    const receiver: Receiver = {
      parts(batch) {
        frames += batch.frames ?? "";
        for (const part of batch) {
          if (part.type === "text") text += part.text;
          if (part.type === "usage") inputTokens = part.usage.inputTokens;
        }
      },
      end: (outcome) => outcome.status === "ok" ? resolve() : reject(outcome.error),
    };
    reply.flow(receiver);
  });
  const { verbatim } = reply;
  const said = verbatim?.body === undefined ? frames : new TextDecoder().decode(verbatim.body);
  return { verbatim: verbatim === undefined ? undefined : said, text, inputTokens };
}

const asked =
  '{ "model" : "m", "messages": [{"role":"user","content":"Hi  \\u00e9", "x": 1}], "x_new": [1, 2] }';
const askedStream = '{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true}';

describe("a request in the vendor's own format", () => {
  test("is sent as it came, and its answer given as it came", async () => {
    const server = await vendor(whole);
    const { verbatim, text, inputTokens } = await run(server, callOf(asked));
    assert.equal(server.requests[0]?.body, asked);
    assert.equal(verbatim, answer);
    assert.deepEqual([text, inputTokens], ["Hi.", 5]);
  });

  test("asks for the target's model, with everything else untouched", async () => {
    const server = await vendor(whole);
    await run(server, callOf(asked, { candidates: [{ model: "local/other" }] }));
    assert.equal(server.requests[0]?.body, `{"model":"other"${asked.slice(asked.indexOf(","))}`);
  });

  const renamed: readonly (readonly [string, string])[] = [
    ["a model that is not the first field", '{"messages":[{"role":"user","content":"Hi"}],"model":"m"}'],
    [
      "a model that is said twice",
      '{"model":"first","messages":[{"role":"user","content":"Hi"}],"model":"m"}',
    ],
    ["a name with escapes", '{"model":"m","messages":[{"role":"user","content":"Hi"}],"mo\\u0064el":"m"}'],
    [
      "another model within",
      '{"model":"m","messages":[{"role":"user","content":"Hi"}],"x":{"model":"inner"}}',
    ],
  ];
  for (const [name, text] of renamed) {
    test(`asks for the target's model where the body has ${name}`, async () => {
      const server = await vendor(whole);
      await run(server, callOf(text, { candidates: [{ model: "local/other" }] }));
      const { model, ...sent } = JSON.parse(server.requests[0]?.body ?? "");
      const { model: _, ...given } = JSON.parse(text);
      assert.equal(model, "other");
      assert.deepEqual(sent, given);
    });
  }

  test("never says two models, one to Loom and one to the vendor", async () => {
    const server = await vendor(whole);
    const text = '{"model":"dear","messages":[{"role":"user","content":"Hi"}],"model":"cheap"}';
    await run(server, callOf(text));
    assert.equal(server.requests[0]?.body.match(/"model"/g)?.length, 1);
    assert.equal(JSON.parse(server.requests[0]?.body ?? "").model, "cheap");
  });

  test("streams event by event, without what Loom alone asked for", async () => {
    const server = await vendor(streamed);
    const { verbatim, inputTokens } = await run(server, callOf(askedStream));
    assert.deepEqual(JSON.parse(server.requests[0]?.body ?? ""), {
      ...JSON.parse(askedStream),
      stream_options: { include_usage: true },
    });
    assert.equal(verbatim, role + word + finish);
    assert.equal(inputTokens, 5);
  });

  test("streams the count where the caller asked for it", async () => {
    const server = await vendor(streamed);
    const text = askedStream.replace(
      '"stream":true',
      '"stream":true,"stream_options":{"include_usage":true}',
    );
    const { verbatim } = await run(server, callOf(text));
    assert.equal(server.requests[0]?.body, text);
    assert.equal(verbatim, role + word + finish + usage);
  });

  test("is shared by identical calls in flight, verbatim for each", async () => {
    let release = () => {};
    const server = await vendor((arrived) => void (release = () => streamed(arrived)));
    const loom = loomAt(server, { dedup: true });
    const both = Promise.all([runOn(loom, callOf(askedStream)), runOn(loom, callOf(askedStream))]);
    await server.request();
    release();
    for (const { verbatim } of await both) assert.equal(verbatim, role + word + finish);
    assert.equal(server.requests.length, 1);
  });

  test("is encoded where the vendor wants something said otherwise, and keeps its unknown fields", async () => {
    const server = await vendor(whole);
    const text = '{"model":"m","messages":[{"role":"user","content":"Hi"}],"x_new":{"a":[1]}}';
    const call = callOf(text, { candidates: [{ provider: "openai", model: "gpt-5-mini" }] });
    // OpenAI's manifest has a word to say about these params of this model.
    const params = { temperature: 0.5 };
    const { native } = call;
    if (native === undefined) throw new Error("no native request");
    const tuned: Call = {
      ...call,
      params,
      native: {
        ...native,
        body: { ...native.body, temperature: 0.5 },
        of: { messages: call.messages, params },
      },
    };
    const { verbatim } = await run(server, tuned);
    const sent = JSON.parse(server.requests[0]?.body ?? "");
    assert.deepEqual([sent.model, sent.temperature, sent.x_new], ["gpt-5-mini", undefined, { a: [1] }]);
    assert.equal(verbatim, answer);
  });

  test("leaves out what this vendor is known to refuse, among the unknown fields too", async () => {
    const server = await vendor(whole);
    const text =
      '{"model":"llama3","messages":[{"role":"user","content":"Hi"}],"logit_bias":{"1":2},"x_new":1}';
    const call = callOf(text, { candidates: [{ provider: "ollama", model: "llama3" }] });
    await run(server, call, { providers: { ollama: { baseUrl: `${server.url}/v1` } } });
    const sent = JSON.parse(server.requests[0]?.body ?? "");
    assert.deepEqual([sent.logit_bias, sent.x_new], [undefined, 1]);
  });

  test("that a middleware has changed is encoded with the change", async () => {
    const server = await vendor(whole);
    const redact: Middleware = defineMiddleware({
      name: "redact",
      stage: "guard",
      handle: (ctx, next) =>
        next(ctx.with({ call: { ...ctx.call, messages: [{ role: "user", content: "[redacted]" }] } })),
    });
    await run(server, callOf(asked), { middleware: [redact] });
    const sent = JSON.parse(server.requests[0]?.body ?? "");
    assert.deepEqual(sent.messages, [{ role: "user", content: "[redacted]" }]);
    assert.deepEqual(sent.x_new, [1, 2]);
    assert.ok(!server.requests[0]?.body.includes("é"));
  });

  test("whose answer a middleware has changed is not given as it came", async () => {
    const shout: Middleware = defineMiddleware({
      name: "shout",
      stage: "cache",
      before: true,
      async handle(_, next) {
        return transform(await next(), {
          batch: (batch) =>
            batch.map((part) => part.type === "text" ? { ...part, text: part.text.toUpperCase() } : part),
        });
      },
    });
    for (const [reply, text] of [[whole, asked], [streamed, askedStream]] as const) {
      const server = await vendor(reply);
      const ran = await run(server, callOf(text), { middleware: [shout] });
      assert.deepEqual([ran.verbatim, ran.text], [undefined, "HI."]);
    }
  });

  test("says what another format could not be told, and is refused where that cannot be left out", async () => {
    const reply = (arrived: Arrived) =>
      arrived.response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({
        type: "message",
        role: "assistant",
        content: [{ type: "text", text: "Hi." }],
        stop_reason: "end_turn",
        usage: { input_tokens: 1, output_tokens: 1 },
      }));
    const server = await vendor(reply);
    const loom = bareLoom({ providers: { anthropic: { baseUrl: server.url, apiKey: "k" } } });
    endings.push(() => loom.close());
    const call = callOf(asked, { candidates: [{ provider: "anthropic", model: "claude-haiku-4-5" }] });
    const engine = await loom.engine();
    const running = engine.run(call, { timeoutMs: 10_000 });
    assert.equal((await running.reply).verbatim, undefined);
    const warnings = running.ctx.ledger.receipt().warnings;
    assert.match(warnings.find(({ code }) => code === "field-left-out")?.message ?? "", /x_new/);
    assert.ok(!server.requests[0]?.body.includes("x_new"));
    const { native } = call;
    if (native === undefined) throw new Error("no native request");
    const marked: Call = {
      ...call,
      messages: [{
        role: "user",
        content: [
          { type: "text", text: "Hi", extra: { x_mark: 1 } },
          { type: "native", value: { type: "x_block" } },
        ],
      }],
      tools: [{ name: "search", native: { type: "x_search" } }, { name: "add", extra: { x_tool: 1 } }],
    };
    await engine.run(marked, { timeoutMs: 10_000 }).reply;
    const sent = server.requests[1]?.body ?? "";
    assert.ok(!/x_mark|x_block|x_search|x_tool|x_new/.test(sent), sent);
    assert.match(sent, /"add"/);
    const bound = engine.run({ ...call, native: { ...native, binding: ["x_new"] } }, { timeoutMs: 10_000 });
    await assert.rejects(bound.reply, /x_new means something only to vendors of the format openai-chat/);
    assert.equal(server.requests.length, 2);
  });
});
