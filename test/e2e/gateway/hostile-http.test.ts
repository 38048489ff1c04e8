/** HTTP that nobody honest writes: refused, and the connection and the gateway are none the worse. */

import assert from "node:assert/strict";
import { describe } from "node:test";
import {
  auth,
  chat,
  chatPath,
  goodBody,
  hostile,
  type HostileCase,
  json,
  key,
  maxBodyBytes,
  messagesPath,
  secret,
} from "./hostile.ts";
import { rawRequest } from "./raw.ts";

const bytes = new TextEncoder().encode(goodBody).length;

/** The head of a request as it is written here, with the body behind it. */
function plain(lines: readonly string[], body = goodBody): readonly string[] {
  return [`${lines.join("\r\n")}\r\n\r\n`, body];
}

const post = [`POST ${chatPath} HTTP/1.1`, "host: localhost", auth, json];

describe("routes and methods", () => {
  const methods = [
    ["GET", chatPath, "POST", "openai"],
    ["PUT", chatPath, "POST", "openai"],
    ["OPTIONS", chatPath, "POST", "openai"],
    ["TRACE", chatPath, "POST", "openai"],
    ["GET", messagesPath, "POST", "anthropic"],
    ["GET", `${messagesPath}/count_tokens`, "POST", "anthropic"],
    ["DELETE", "/v1/models", "GET", "openai"],
    ["POST", "/v1/models/m1", "GET", "openai"],
  ] as const;
  hostile([
    ...methods.map(([method, path, allow, shape]): HostileCase => ({
      name: `${method} ${path}`,
      send: rawRequest(path, "", [auth], method),
      status: [405],
      shape,
      also: ({ headers }) => assert.equal(headers["allow"], allow),
    })),
    ...[
      "/",
      "/v1",
      "/v1/nothing",
      "//v1/chat/completions",
      "/v1/../v1/chat/completions",
      `${chatPath}/`,
      "/v1/models/%ff",
    ]
      .map((path): HostileCase => ({
        name: `POST ${path}`,
        send: rawRequest(path, goodBody, [auth, json]),
        status: [404],
      })),
    {
      name: "POST /v1/messages/nothing",
      send: chat(goodBody, "/v1/messages/nothing"),
      status: [404],
      shape: "anthropic",
    },
    { name: "a path of 10,000 letters", send: chat(goodBody, `/v1/${"x".repeat(10_000)}`), status: [404] },
    { name: "a whole address", send: chat(goodBody, `http://localhost${chatPath}`), status: [200] },
    { name: "a query", send: chat(goodBody, `${chatPath}?beta=true&x=%00`), status: [200] },
  ]);
});

describe("headers", () => {
  hostile([
    { name: "no key", send: rawRequest(chatPath, goodBody, [json]), status: [401] },
    {
      name: "no key, as a message",
      send: rawRequest(messagesPath, goodBody, [json]),
      status: [401],
      shape: "anthropic",
    },
    {
      name: "the key twice",
      send: rawRequest(chatPath, goodBody, [auth, auth, json]),
      status: [401],
      says: /more than once/,
    },
    {
      name: "two keys",
      send: rawRequest(chatPath, goodBody, [auth, "x-api-key: another-key-entirely", json]),
      status: [401],
      says: /two different/,
    },
    {
      name: "a key of another scheme",
      send: rawRequest(chatPath, goodBody, [`authorization: Basic ${key}`, json]),
      status: [401],
    },
    {
      name: "a key of nothing",
      send: rawRequest(chatPath, goodBody, ["authorization: Bearer ", json]),
      status: [401],
    },
    {
      name: "two lengths",
      send: plain([...post, `content-length: ${bytes}`, `content-length: ${bytes - 1}`]),
      status: [400],
    },
    {
      name: "a length and chunks",
      send: plain([...post, "content-length: 5", "transfer-encoding: chunked"], "0\r\n\r\n"),
      status: [400],
    },
    ...["-5", "0x10", "1e3", "99999999999999999999"].map((length): HostileCase => ({
      name: `a length of ${length}`,
      send: plain([...post, `content-length: ${length}`]),
      status: [400],
    })),
    {
      name: "an encoding that there is none of",
      send: plain([...post, "transfer-encoding: gzip"]),
      status: [400],
    },
    {
      name: "a NUL in a header",
      send: plain([...post, "x-a: a\u0000b", `content-length: ${bytes}`]),
      status: [400],
    },
    {
      name: "20 kB in one header",
      send: rawRequest(chatPath, goodBody, [auth, `x-a: ${"a".repeat(20_000)}`]),
      status: [431],
    },
    {
      name: "1 MB in one header",
      send: rawRequest(chatPath, goodBody, [auth, `x-a: ${"a".repeat(1_000_000)}`]),
      status: [431],
    },
    {
      name: "5,000 headers",
      send: rawRequest(chatPath, goodBody, [
        auth,
        ...Array.from({ length: 5_000 }, (_, index) => `x-${index}: 1`),
      ]),
      status: [431],
    },
    {
      name: "no host",
      send: plain([`POST ${chatPath} HTTP/1.1`, auth, "connection: close", `content-length: ${bytes}`]),
      status: [400],
    },
    {
      name: "Expect: 100-continue",
      send: rawRequest(chatPath, goodBody, [auth, json, "expect: 100-continue"]),
      status: [200],
    },
    {
      name: "an Expect of something else",
      send: rawRequest(chatPath, goodBody, [auth, json, "expect: tea"]),
      status: [417],
    },
    {
      name: "an id of a request that would be a line of the log",
      send: rawRequest(chatPath, goodBody, [auth, json, "x-request-id: <script>alert(1)</script>"]),
      status: [200],
      also: ({ headers }) => assert.doesNotMatch(headers["x-request-id"] ?? "", /script/),
    },
    {
      name: "a provider that this key may not choose",
      send: rawRequest(chatPath, goodBody, [auth, json, "x-loom-provider: my-anthropic"]),
      status: [403],
    },
  ]);
});

describe("bodies on the wire", () => {
  const chunked = [...post, "connection: close", "transfer-encoding: chunked"];
  const tooLarge = "x".repeat(maxBodyBytes + 100_000);
  hostile([
    {
      name: "in chunks",
      send: plain(chunked, `${bytes.toString(16)}\r\n${goodBody}\r\n0\r\n\r\n`),
      status: [200],
    },
    {
      name: "in chunks of a length that is none",
      send: plain(chunked, `zz\r\n${goodBody}\r\n0\r\n\r\n`),
      status: [400],
    },
    {
      name: "longer than announced",
      send: plain([...post, `content-length: ${bytes}`], `${goodBody}GARBAGE\r\n\r\n`),
      status: [400],
    },
    {
      name: "broken off, with the connection",
      send: rawRequest(chatPath, goodBody.slice(0, 20), [auth, json, `content-length: ${bytes}`]),
      end: "reset",
      status: [],
    },
    {
      name: "broken off, and the client waits",
      send: rawRequest(chatPath, goodBody.slice(0, 20), [auth, json, `content-length: ${bytes}`]),
      status: [408],
    },
    {
      name: "broken off within a chunk",
      send: plain(chunked, `ff\r\n${goodBody.slice(0, 20)}`),
      status: [408],
    },
    { name: "headers that never end", send: [`POST ${chatPath} HTTP/1.1\r\nhost: loc`], status: [408] },
    {
      name: "too large by its own word, and not read",
      send: rawRequest(chatPath, secret, [auth, json, "content-length: 999999999"]),
      status: [413],
      says: /6 MiB/,
    },
    {
      name: "too large, and asks before it sends",
      send: rawRequest(chatPath, "", [auth, json, "content-length: 999999999", "expect: 100-continue"]),
      status: [413],
    },
    {
      name: "too large, as a message",
      send: rawRequest(messagesPath, tooLarge, [auth, json]),
      status: [413],
      shape: "anthropic",
    },
    {
      name: "too large, in chunks",
      send: plain(chunked, `${(tooLarge.length + 1).toString(16)}\r\n${tooLarge}`),
      status: [413],
    },
    // As node:http has it, and so does every server on it: who ends its side has left.
    { name: "whole, and the client ends its side", send: chat(goodBody), end: "half-close", status: [] },
  ]);
});

describe("connections", () => {
  const noKeepAlive = [`POST ${chatPath} HTTP/1.0`, auth, json];
  const streamed = `${goodBody.slice(0, -1)},"stream":true}`;
  hostile([
    {
      name: "three requests at once, answered in their order",
      send: [
        ...plain([...post, `content-length: ${bytes}`]),
        ...plain(["GET /v1/nothing HTTP/1.1", "host: localhost", auth], ""),
        ...chat(goodBody),
      ],
      status: [200, 404, 200],
    },
    { name: "HTTP/1.0", send: plain([...noKeepAlive, `content-length: ${bytes}`]), status: [200] },
    {
      name: "HTTP/1.0, a stream",
      send: plain([...noKeepAlive, `content-length: ${streamed.length}`], streamed),
      status: [200],
      also({ headers, body }) {
        assert.equal(headers["transfer-encoding"], undefined);
        assert.ok(body.endsWith("data: [DONE]\n\n"), body);
      },
    },
    { name: "no HTTP", send: [`hello ${secret}\r\n\r\n`], status: [400] },
    {
      name: "TLS to a port that has none",
      send: [Buffer.from("16030100a5010000a10303", "hex"), "\r\n\r\n"],
      status: [400],
    },
    { name: "HTTP/2", send: ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], status: [400] },
    {
      name: "a method of one's own",
      send: rawRequest(chatPath, goodBody, [auth, json], "BREW"),
      status: [400],
    },
  ]);
});
