/** Holds the dialect against Anthropic's own client: it must send what that sends, and understand what that understands. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";
import type { Call } from "../../../../src/contract/call.ts";
import type { JsonObject } from "../../../../src/contract/json.ts";
import type { WireRequest } from "../../../../src/contract/dialect.ts";
import { enforceable } from "../../../../plugins/dialects/anthropic-messages/schema.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";
import { bareLoom } from "../../../support/looms.ts";
import { codec, headOf, replay } from "./support.ts";

const whole = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m",
  content: [{ type: "text", text: "Hi." }],
  stop_reason: "end_turn",
  usage: { input_tokens: 1, output_tokens: 1 },
};
let answer = { type: "application/json", text: JSON.stringify(whole) };
let server: TestServer;
let client: Anthropic;

before(async () => {
  server = await serve(({ response }) => {
    response.writeHead(200, { "content-type": answer.type }).end(answer.text);
  });
  client = new Anthropic({ apiKey: "sk-ant-test", baseURL: server.url, maxRetries: 0 });
});
after(() => server.close());

const model = "claude-opus-4-6";
const context = (call: Partial<Call>, params: JsonObject = {}) =>
  fakeAttempting({ call, target: { upstreamModel: model, params } });

/** What both sent: method, path, betas and body. */
function same(arrived: Arrived | undefined, sent: WireRequest): void {
  assert.ok(arrived !== undefined);
  assert.equal(arrived.method, sent.method);
  assert.equal(new URL(arrived.url, server.url).pathname, sent.path);
  assert.equal(arrived.headers["anthropic-beta"], sent.headers?.["anthropic-beta"]);
  assert.deepEqual(jsonOf(sent), JSON.parse(arrived.body));
}

const schema = {
  type: "object",
  properties: {
    city: { type: "string", minLength: 1 },
    tags: { type: "array", items: { type: "string" }, maxItems: 2 },
  },
  required: ["city"],
  additionalProperties: false,
} as const;

describe("the official client sends the same for", () => {
  it("a conversation with tools, pictures, documents, thinking and cache marks", async () => {
    const cached = { cache_control: { type: "ephemeral" as const, ttl: "1h" as const } };
    await client.messages.create({
      model,
      max_tokens: 2000,
      system: [{ type: "text", text: "Be brief.", ...cached }],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Where is it?" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
            { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
            {
              type: "document",
              source: { type: "base64", media_type: "application/pdf", data: "JVBERg==" },
              title: "a.pdf",
            },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm", signature: "S" },
            { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Oslo" } },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", content: "fog", is_error: true },
            { type: "text", text: "Again?" },
          ],
        },
      ],
      tools: [
        { name: "weather", description: "d", input_schema: schema as never, strict: true },
        { type: "web_search_20250305", name: "web_search", max_uses: 3 },
      ],
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
      thinking: { type: "adaptive" },
      output_config: { effort: "medium" },
      stop_sequences: ["END"],
      metadata: { user_id: "u1" },
    });
    const sent = codec().encode(context({
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Where is it?" },
            { type: "image", dataB64: "iVBORw0KGgo=", mimeType: "image/png" },
            { type: "image", url: "https://example.com/a.png" },
            { type: "file", dataB64: "JVBERg==", mimeType: "application/pdf", filename: "a.pdf" },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "hm", signature: "S" },
            { type: "tool-call", id: "toolu_1", name: "weather", arguments: '{"city":"Oslo"}' },
          ],
        },
        { role: "tool", toolCallId: "toolu_1", content: "fog", isError: true },
        { role: "user", content: "Again?" },
      ],
      tools: [
        { name: "weather", description: "d", parameters: schema as unknown as JsonObject, strict: true },
        { name: "web_search", native: { type: "web_search_20250305", name: "web_search", max_uses: 3 } },
      ],
    }, {
      max_tokens: 2000,
      reasoning_effort: "medium",
      parallel_tool_calls: false,
      stop: "END",
      user: "u1",
      cache_system: "1h",
    }));
    same(server.requests.at(-1), sent);
  });

  it("a stream", async () => {
    answer = { type: "text/event-stream", text: "" };
    const stream = await client.messages.create({
      model,
      max_tokens: 5,
      messages: [{ role: "user", content: "Hi" }],
      stream: true,
    });
    stream.controller.abort();
    answer = { type: "application/json", text: JSON.stringify(whole) };
    same(
      server.requests.at(-1),
      codec().encode(
        context({ messages: [{ role: "user", content: "Hi" }], stream: true }, { max_tokens: 5 }),
      ),
    );
  });

  it("betas", async () => {
    await client.beta.messages.create({
      model,
      max_tokens: 5,
      messages: [{ role: "user", content: "Hi" }],
      betas: ["context-1m-2025-08-07", "files-api-2025-04-14"],
    });
    same(
      server.requests.at(-1),
      codec().encode(context({ messages: [{ role: "user", content: "Hi" }] }, {
        max_tokens: 5,
        anthropic_beta: ["context-1m-2025-08-07", "files-api-2025-04-14"],
      })),
    );
  });

  it("counting tokens", async () => {
    answer = { type: "application/json", text: '{"input_tokens":12}' };
    const counted = await client.messages.countTokens({
      model,
      system: "S",
      messages: [{ role: "user", content: "Hi" }],
    });
    answer = { type: "application/json", text: JSON.stringify(whole) };
    const asked: Partial<Call> = {
      messages: [{ role: "system", content: "S" }, { role: "user", content: "Hi" }],
    };
    const operation = codec().countTokens?.(context(asked, { max_tokens: 5 }));
    assert.ok(operation !== undefined);
    same(server.requests.at(-1), operation.request);
    assert.equal(operation.decode({ input_tokens: 12 }, headOf()).inputTokens, counted.input_tokens);
  });

  it("a schema, rewritten to what can be enforced", () => {
    const theirs = jsonSchemaOutputFormat(schema).schema;
    assert.deepEqual(enforceable(schema as unknown as JsonObject), theirs);
  });
});

describe("headers", () => {
  it("are those of the client, with a key and with a token", async () => {
    const names = ["anthropic-version", "content-type", "x-api-key", "authorization", "anthropic-beta"];
    const of = ({ headers }: Arrived) => Object.fromEntries(names.map((name) => [name, headers[name]]));
    const older = new Anthropic({ authToken: "token-1", apiKey: null, baseURL: server.url, maxRetries: 0 });
    await older.messages.create({ model, max_tokens: 5, messages: [{ role: "user", content: "Hi" }] });
    const theirs = of(await server.request(server.requests.length - 1));
    await using loom = bareLoom({
      variables: { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_MODEL: model },
      providers: { anthropic: { accounts: [{ oauth: { token: () => Promise.resolve("token-1") } }] } },
    });
    await loom.generate({ provider: "anthropic", prompt: "Hi" });
    const arrived = await server.request(server.requests.length - 1);
    // Its newest version of the API takes no sampling params from any model; Loom asks for the one that does.
    const differences = { "anthropic-beta": "oauth-2025-04-20", "anthropic-version": "2023-06-01" };
    assert.deepEqual(of(arrived), { ...theirs, ...differences });
    assert.equal(arrived.url, "/v1/messages", "ANTHROPIC_BASE_URL is what the client takes");
    assert.equal(
      JSON.parse(arrived.body).model,
      model,
      "ANTHROPIC_MODEL is the model of calls that name none",
    );
  });
});

describe("the official client reads the same out of", () => {
  const root = new URL("fixtures/", import.meta.url);

  it("recorded streams", async () => {
    let count = 0;
    for (const name of (await readdir(root)).filter((file) => file.startsWith("stream-"))) {
      const { events, error } = JSON.parse(await readFile(new URL(name, root), "utf8")) as {
        readonly events?: readonly { readonly type: string }[];
        readonly error?: unknown;
      };
      // The client refuses a second beginning, and knows no input but whole.
      if (
        events === undefined || error !== undefined ||
        /duplicate|sequential|server-tool|compaction/.test(name)
      ) {
        continue;
      }
      const text = events.map((entry) => `event: ${entry.type}\ndata: ${JSON.stringify(entry)}\n\n`).join("");
      answer = { type: "text/event-stream", text };
      const message = await client.messages.stream({
        model,
        max_tokens: 5,
        messages: [{ role: "user", content: "Hi" }],
      })
        .finalMessage();
      const { parts } = replay(headOf(), [new TextEncoder().encode(text)]);
      const said = (type: "text" | "reasoning") =>
        parts.map((part) => part.type === type ? part.text : "").join("");
      assert.equal(
        said("text"),
        message.content.map((block) => block.type === "text" ? block.text : "").join(""),
        name,
      );
      assert.equal(
        said("reasoning"),
        message.content.map((block) => block.type === "thinking" ? block.thinking : "").join(""),
        name,
      );
      assert.deepEqual(
        parts.flatMap((part) =>
          part.type === "tool-call" ? [[part.id, part.name, JSON.parse(part.arguments)]] : []
        ),
        message.content.flatMap((block) =>
          block.type === "tool_use" ? [[block.id, block.name, block.input]] : []
        ),
        name,
      );
      const finish = parts.find((part) => part.type === "finish");
      assert.equal(finish?.raw, message.stop_reason, name);
      count++;
    }
    answer = { type: "application/json", text: JSON.stringify(whole) };
    assert.ok(count >= 8, `${count} streams`);
  });
});
