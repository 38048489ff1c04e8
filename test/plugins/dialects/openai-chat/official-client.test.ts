/** Holds the dialect against OpenAI's own client: it must send what that sends, and understand what that understands. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import OpenAI from "openai";
import type { Call } from "../../../../src/contract/call.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { codecOf, headOf, replay } from "./support.ts";

interface Answer {
  readonly type: string;
  readonly text: string;
}

const whole = { id: "chatcmpl-1", object: "chat.completion", model: "m", choices: [] };
let answer: Answer = { type: "application/json", text: JSON.stringify(whole) };
let received: { path: string | undefined; body: unknown } | undefined;
let server: Server;
let client: OpenAI;

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += piece;
  return text;
}

before(async () => {
  server = createServer((request, response) => {
    textOf(request).then((text) => {
      received = { path: request.url, body: JSON.parse(text) };
      response.writeHead(200, { "content-type": answer.type }).end(answer.text);
    }).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  client = new OpenAI({ apiKey: "sk-test", baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 });
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/** What our codec sends for a call. */
function ours(call: Partial<Call>): { path: string; body: unknown } {
  const sent = codecOf("openai").encode(fakeAttempting({ call, target: { upstreamModel: "gpt-4o-mini" } }));
  return { path: sent.path, body: jsonOf(sent) };
}

const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

describe("the official client sends the same body for", () => {
  it("a chat with tools, pictures and results", async () => {
    await client.chat.completions.create({
      model: "gpt-4o-mini",
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Where is it?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERg==" } },
            { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{
            id: "call_1",
            type: "function",
            function: { name: "weather", arguments: '{"city":"Oslo"}' },
          }],
        },
        { role: "tool", tool_call_id: "call_1", content: "3" },
      ],
      max_completion_tokens: 50,
      temperature: 0.5,
      stop: ["x"],
      tools: [{
        type: "function",
        function: { name: "weather", description: "d", parameters, strict: true },
      }],
      tool_choice: { type: "function", function: { name: "weather" } },
    });
    const call: Partial<Call> = {
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Where is it?" },
            { type: "image", dataB64: "iVBORw0KGgo=", mimeType: "image/png", detail: "low" },
            { type: "file", filename: "a.pdf", dataB64: "JVBERg==", mimeType: "application/pdf" },
            { type: "audio", dataB64: "UklGRg==", mimeType: "audio/wav" },
          ],
        },
        {
          role: "assistant",
          content: [{ type: "tool-call", id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' }],
        },
        { role: "tool", toolCallId: "call_1", content: "3" },
      ],
      params: { max_tokens: 50, temperature: 0.5, stop: ["x"] },
      tools: [{ name: "weather", description: "d", parameters, strict: true }],
      toolChoice: { tool: "weather" },
    };
    assert.deepEqual(ours(call), received);
  });

  it("an answer in the form of a schema", async () => {
    await client.chat.completions.create({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "Oslo" }],
      response_format: {
        type: "json_schema",
        json_schema: { name: "place", schema: parameters, strict: true },
      },
    });
    const output = {
      name: "place",
      schema: parameters,
      repair: 0,
      validate: (value: unknown) => value,
    } as const;
    assert.deepEqual(ours({ messages: [{ role: "user", content: "Oslo" }], output }), received);
  });

  it("a stream", async () => {
    answer = { type: "text/event-stream", text: "data: [DONE]\n\n" };
    const stream = await client.chat.completions.create({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "Hi" }],
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const _ of stream);
    assert.deepEqual(ours({ messages: [{ role: "user", content: "Hi" }], stream: true }), received);
  });

  it("embeddings", async () => {
    answer = { type: "application/json", text: JSON.stringify({ data: [] }) };
    await client.embeddings.create({
      model: "gpt-4o-mini",
      input: ["a", "b"],
      dimensions: 2,
      encoding_format: "float",
    });
    const params = { dimensions: 2, encoding_format: "float" };
    assert.deepEqual(ours({ modality: "embedding", messages: [], input: ["a", "b"], params }), received);
  });
});

describe("the official client reads the same answer from", () => {
  for (const name of ["stream-plain", "stream-tools", "stream-refusal", "stream-two-choices"]) {
    it(name, async () => {
      const text = await readFile(new URL(`fixtures/${name}/reply.sse`, import.meta.url), "utf8");
      answer = { type: "text/event-stream", text };
      const theirs = await client.chat.completions.stream({
        model: "m",
        messages: [{ role: "user", content: "x" }],
      })
        .finalChatCompletion();
      const { parts, error } = replay(codecOf("openai"), headOf(), [new TextEncoder().encode(text)]);
      assert.equal(error, undefined);
      for (const choice of theirs.choices) {
        const mine = parts.filter((part) =>
          "choice" in part ? part.choice === choice.index : choice.index === 0
        );
        const join = (type: "text" | "refusal") =>
          mine.flatMap((part) => part.type === type ? [part.text] : []).join("");
        assert.equal(join("text"), choice.message.content ?? "");
        assert.equal(join("refusal"), choice.message.refusal ?? "");
        const calls = mine.flatMap((part) =>
          part.type === "tool-call" ? [[part.id, part.name, part.arguments]] : []
        );
        const expected = choice.message.tool_calls?.map((call) =>
          call.type === "function" ? [call.id, call.function.name, call.function.arguments] : []
        );
        assert.deepEqual(calls, expected ?? []);
        const finish = mine.find((part) => part.type === "finish");
        assert.equal(finish?.raw, choice.finish_reason);
      }
    });
  }
});
