/** Bodies that nobody honest sends: refused as the vendor's own API would, or carried to the vendor unharmed. */

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { TestServer } from "../../support/server.ts";
import {
  anthropic,
  auth,
  chat,
  chatPath,
  goodBody,
  hostile,
  type HostileCase,
  json,
  messagesPath,
  openai,
  secret,
} from "./hostile.ts";
import { rawRequest } from "./raw.ts";

const turn = { role: "user", content: secret };
const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
const many = Array.from({ length: 50_000 }, (_, index) => ({
  role: index % 2 === 0 ? "user" : "assistant",
  content: secret,
}));

function lastBody(vendor: TestServer): Record<string, unknown> {
  return JSON.parse(vendor.requests.at(-1)?.body ?? "") as Record<string, unknown>;
}

/** A field that is wrong, by both formats. */
function wrong(
  name: string,
  fields: object,
  param: string,
  messagesSay?: RegExp,
): readonly HostileCase[] {
  const all = { messages: [turn], ...fields };
  return [
    { name: `${name}, of a chat`, send: chat({ model: openai, ...all }), status: [400], param },
    ...messagesSay === undefined ? [] : [{
      name: `${name}, of a message`,
      send: chat({ model: anthropic, max_tokens: 9, ...all }, messagesPath),
      status: [400],
      shape: "anthropic" as const,
      says: messagesSay,
    }],
  ];
}

describe("bodies that are no requests", () => {
  const bodies = [
    ["broken off", `{"model":"${secret}", `, /not valid JSON/],
    ["empty", "", /no body/],
    ["a list", `["${secret}"]`, /JSON object/],
    ["a number", "7", /JSON object/],
    ["a text", `"${secret}"`, /JSON object/],
    ["null", "null", /JSON object/],
    ["two objects", `${goodBody}{}`, /not valid JSON/],
    ["100,000 lists deep", deep, /nested/],
  ] as const;
  hostile([
    ...bodies.flatMap(([name, body, says]): HostileCase[] => [
      { name: `${name}, as a chat`, send: chat(body), status: [400], says },
      {
        name: `${name}, as a message`,
        send: chat(body, messagesPath),
        status: [400],
        shape: "anthropic",
        says,
      },
    ]),
    {
      name: "CSV",
      send: rawRequest(chatPath, goodBody, [auth, "content-type: text/csv"]),
      status: [415],
      says: /application\/json/,
    },
    {
      name: "CSV, as a message",
      send: rawRequest(messagesPath, goodBody, [auth, "content-type: text/csv"]),
      status: [415],
      shape: "anthropic",
    },
    {
      name: "two kinds at once",
      send: rawRequest(chatPath, goodBody, [auth, json, "content-type: text/csv"]),
      status: [415],
    },
    { name: "of no kind", send: rawRequest(chatPath, goodBody, [auth]), status: [200] },
    {
      name: "a form without a boundary",
      send: rawRequest("/v1/audio/transcriptions", secret, [auth, "content-type: multipart/form-data"]),
      status: [400],
      says: /boundary/,
    },
    {
      name: "a form that is none",
      send: rawRequest("/v1/audio/transcriptions", secret, [
        auth,
        "content-type: multipart/form-data; boundary=x",
      ]),
      status: [400],
      says: /form/,
    },
  ]);
});

describe("fields that are wrong", () => {
  hostile([
    ...wrong("no model", { model: undefined }, "model", /model/),
    ...wrong("a number for a model", { model: 7 }, "model", /model/),
    ...wrong("a text for messages", { messages: secret }, "messages", /messages/),
    ...wrong("no messages", { messages: [] }, "messages", /messages/),
    ...wrong("a number for a message", { messages: [7] }, "messages[0]", /messages\.0/),
    ...wrong("a role of nobody's", { messages: [{ ...turn, role: "king" }] }, "messages[0].role", /role/),
    ...wrong(
      "a number for content",
      { messages: [turn, { role: "user", content: 7 }] },
      "messages[1].content",
      /messages\.1\.content/,
    ),
    ...wrong(
      "an object for a text",
      { messages: [{ role: "user", content: [{ type: "text", text: { a: 1 } }] }] },
      "messages[0].content[0].text",
      /messages\.0\.content\.0\.text/,
    ),
    ...wrong(
      "a number for a picture",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: 7 }] }] },
      "messages[0].content[0].image_url",
    ),
    ...wrong(
      "a number for a call's id",
      { messages: [{ role: "assistant", tool_calls: [{ id: 1 }] }] },
      "messages[0].tool_calls[0].id",
    ),
    ...wrong("a text for a number", { temperature: "hot" }, "temperature", /temperature/),
    ...wrong("an object for tools", { tools: { a: 1 } }, "tools", /tools/),
    ...wrong("a text for a flag", { stream: "yes" }, "stream", /stream/),
    {
      name: "100,000 lists deep in content",
      send: chat(`{"model":"${openai}","messages":[{"role":"user","content":${deep}}]}`),
      status: [400],
    },
    {
      name: "100,000 lists deep in a tool",
      send: chat(
        `{"model":"${openai}","messages":[${JSON.stringify(turn)}],"tools":[{"type":"function",` +
          `"function":{"name":"f","parameters":{"a":${deep}}}}]}`,
      ),
      status: [400],
      says: /nested/,
    },
    {
      name: "100,000 lists deep in a tool of a message",
      send: chat(
        `{"model":"${anthropic}","max_tokens":9,"messages":[${JSON.stringify(turn)}],` +
          `"tools":[{"name":"f","input_schema":{"a":${deep}}}]}`,
        messagesPath,
      ),
      status: [400],
      shape: "anthropic",
      says: /nested/,
    },
    {
      name: "100,000 lists deep in a field that nobody knows",
      send: chat(`{"model":"${anthropic}","messages":[${JSON.stringify(turn)}],"x":${deep}}`),
      status: [400],
      says: /nested/,
    },
    ...["__proto__", "constructor", "toString", "__proto__/x", "constructor/x", "my-openai-2/x", "/", "//"]
      .map(
        (model): HostileCase => ({
          name: `the model ${model}`,
          send: chat({ model, messages: [turn] }),
          status: [404],
          says: /model/,
        }),
      ),
    {
      name: "a model with a name of a megabyte",
      send: chat({ model: `${openai}${"z".repeat(1_000_000)}`, messages: [turn] }),
      status: [404],
      says: /GET \/v1\/models/,
    },
    {
      name: "a model that would be two headers",
      send: chat({ model: "my-openai/m\r\nx-evil: 1\u0000\ud800", messages: [turn] }),
      status: [200],
      also: ({ headers }) => assert.equal(headers["x-evil"], undefined),
    },
  ]);
});

describe("bodies that are odd, and nobody's fault", () => {
  const odd = `a\u0000b\ud800c \u2028 ${secret}`;
  hostile([
    ...[openai, anthropic].flatMap((model): HostileCase[] => [
      {
        name: `NUL and a lone surrogate reach ${model} as they are`,
        send: chat({ model, messages: [{ role: "user", content: odd }] }),
        status: [200],
        also: (_, vendor) => assert.ok(vendor.requests.at(-1)?.body.includes("a\\u0000b\\ud800c")),
      },
      {
        name: `50,000 messages reach ${model}`,
        send: chat({ model, messages: many }),
        status: [200],
        also: (_, vendor) => assert.equal((lastBody(vendor)["messages"] as unknown[]).length, 50_000),
      },
      {
        name: `names of the language's own do nothing before ${model}`,
        send: chat(
          `{"__proto__":{"model":"x","polluted":1},"constructor":{"prototype":{"polluted":1}},"model":"${model}",` +
            `"messages":[{"role":"user","content":"${secret}","__proto__":{"polluted":1}}]}`,
        ),
        status: [200],
      },
    ]),
    {
      name: "bytes that are no UTF-8",
      send: rawRequest(
        chatPath,
        Buffer.concat([
          Buffer.from(`{"model":"${openai}","messages":[{"role":"user","content":"`),
          Uint8Array.of(0xff, 0xc3, 0x28),
          Buffer.from('"}]}'),
        ]),
        [auth, json],
      ),
      status: [200],
      also: (_, vendor) => assert.match(vendor.requests.at(-1)?.body ?? "", /\ufffd/),
    },
    {
      name: "a byte order mark",
      send: chat(`\ufeff${goodBody}`),
      status: [200],
    },
  ]);
});
