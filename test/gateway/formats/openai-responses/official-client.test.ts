/** Holds the format against OpenAI's own client: it must understand every answer, stream and error. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import OpenAI from "openai";
import type { JsonObject, Outcome, Part } from "../../../../src/contract/index.ts";
import { loomError } from "../../../../src/errors/index.ts";
import { openaiResponses } from "../../../../src/gateway/formats/openai-responses/index.ts";
import { ask, clientOf, factsOf, ok, read, streamed, write } from "./support.ts";

const parts: readonly Part[] = [
  { type: "response", id: "msg_01", model: "claude-1" },
  { type: "reasoning", text: "h" },
  { type: "reasoning", text: "m", signature: "sig" },
  { type: "text", text: "I " },
  { type: "text", text: "look." },
  { type: "citation", citation: { url: "https://a.test", title: "A", start: 0, end: 1 } },
  { type: "tool-call-start", index: 0, id: "c1", name: "weather" },
  { type: "tool-call-start", index: 1, id: "c2", name: "weather" },
  { type: "tool-call-delta", index: 0, text: '{"city":' },
  { type: "tool-call-delta", index: 1, text: '{"city":"Rome"}' },
  { type: "tool-call-delta", index: 0, text: '"Oslo"}' },
  {
    type: "tool-call",
    index: 0,
    id: "c1",
    name: "weather",
    arguments: '{"city":"Oslo"}',
    extra: { sig: "x" },
  },
  { type: "tool-call", index: 1, id: "c2", name: "weather", arguments: '{"city":"Rome"}' },
  { type: "native", value: { type: "redacted_thinking", data: "x" } },
  { type: "native", value: { type: "web_search_call", id: "ws_1", status: "completed", action: {} } },
  { type: "image", mimeType: "image/png", dataB64: "aGk=" },
  {
    type: "usage",
    usage: {
      inputTokens: 3,
      outputTokens: 4,
      cachedTokens: 1,
      cacheWriteTokens: 0,
      reasoningTokens: 2,
      totalTokens: 7,
    },
  },
  { type: "finish", reason: "tool-calls" },
];

const request = {
  model: "claude",
  input: "Hi",
  tools: [{
    type: "function" as const,
    name: "weather",
    parameters: { type: "object", properties: {} },
    strict: true,
  }],
};

/** What a program takes away. */
function summary(response: OpenAI.Responses.Response): unknown {
  return {
    id: response.id,
    status: response.status,
    text: response.output_text,
    types: response.output.map(({ type }) => type),
    calls: response.output.flatMap((item) =>
      item.type === "function_call" ? [[item.call_id, item.name, item.arguments]] : []
    ),
    thinking: response.output.flatMap((item) =>
      item.type === "reasoning" ? item.summary.map(({ text }) => text) : []
    ),
    tokens: [
      response.usage?.input_tokens,
      response.usage?.output_tokens_details.reasoning_tokens,
      response.usage?.total_tokens,
    ],
  };
}

const expected = {
  id: "msg_01",
  status: "completed",
  text: "I look.",
  types: [
    "reasoning",
    "message",
    "function_call",
    "function_call",
    "reasoning",
    "web_search_call",
    "image_generation_call",
  ],
  calls: [["c1", "weather", '{"city":"Oslo"}'], ["c2", "weather", '{"city":"Rome"}']],
  thinking: ["hm"],
  tokens: [3, 2, 7],
};

const facts = factsOf(JSON.parse(JSON.stringify(request)));
const whole = JSON.stringify(write(parts, facts));
const bytes = streamed(parts.map((part) => [part]), ok, facts);

describe("the official client reads", () => {
  it("a whole answer", async () => {
    const response = await clientOf(whole).responses.create(request);
    assert.deepEqual(summary(response), expected);
  });

  it("a whole answer with its calls parsed", async () => {
    const { output } = await clientOf(whole).responses.parse(request);
    const parsed = output.flatMap((item) => item.type === "function_call" ? [item.parsed_arguments] : []);
    assert.deepEqual(parsed, [{ city: "Oslo" }, { city: "Rome" }]);
  });

  it("a stream, which it puts together itself", async () => {
    const stream = clientOf(bytes).responses.stream(request);
    const deltas: string[] = [];
    const snapshots: string[] = [];
    stream.on("response.output_text.delta", ({ delta, snapshot }) => {
      deltas.push(delta);
      snapshots.push(snapshot);
    });
    const pieces: string[] = [];
    stream.on("response.function_call_arguments.delta", ({ snapshot }) => pieces.push(snapshot));
    assert.deepEqual(summary(await stream.finalResponse()), expected);
    assert.deepEqual([deltas, snapshots], [["I ", "look."], ["I ", "I look."]]);
    assert.deepEqual(pieces, ['{"city":', '{"city":"Rome"}', '{"city":"Oslo"}']);
  });

  it("a stream without its last event, from what the others said", async () => {
    const cut = bytes.slice(0, bytes.indexOf("event: response.completed"));
    const response = await clientOf(cut).responses.stream(request).finalResponse();
    const { types, calls, thinking, text } = expected;
    const { id: _, status: __, tokens: ___, ...rest } = summary(response) as typeof expected;
    assert.deepEqual(rest, { types, calls, thinking, text });
  });

  it("events one by one", async () => {
    const types: string[] = [];
    for await (const event of await clientOf(bytes).responses.create({ ...request, stream: true })) {
      assert.equal(event.sequence_number, types.length);
      types.push(event.type);
    }
    assert.deepEqual([types[0], types[1], types.at(-1)], [
      "response.created",
      "response.in_progress",
      "response.completed",
    ]);
  });

  it("an answer in the form of a schema, whole and streamed", async () => {
    const body = {
      ...request,
      text: {
        format: { type: "json_schema", name: "place", schema: { type: "object" }, strict: true },
      },
    } as const;
    const answer: readonly Part[] = [
      { type: "text", text: '{"city":' },
      { type: "text", text: '"Oslo"}' },
      { type: "finish", reason: "stop" },
    ];
    const asked = factsOf(JSON.parse(JSON.stringify(body)));
    const parsed = await clientOf(JSON.stringify(write(answer, asked))).responses.parse(body);
    assert.deepEqual(parsed.output_parsed, { city: "Oslo" });
    const text = streamed(answer.map((part) => [part]), ok, asked);
    const final = await clientOf(text).responses.stream(body).finalResponse();
    assert.deepEqual(final.output_parsed, { city: "Oslo" });
  });

  it("a refusal, and an answer that was cut off", async () => {
    const answer: readonly Part[] = [
      { type: "refusal", text: "I " },
      { type: "refusal", text: "won't." },
      { type: "finish", reason: "length" },
    ];
    const told = (response: OpenAI.Responses.Response) => [
      response.status,
      response.incomplete_details?.reason,
      response.output.map((item) => item.type === "message" ? item.content : []),
    ];
    const refused = ["incomplete", "max_output_tokens", [[{ type: "refusal", refusal: "I won't." }]]];
    const client = clientOf(JSON.stringify(write(answer)));
    assert.deepEqual(told(await client.responses.create(request)), refused);
    const stream = clientOf(streamed([answer])).responses.stream(request);
    assert.deepEqual(told(await stream.finalResponse()), refused);
  });

  it("a call of a tool that takes free text", async () => {
    const body: JsonObject = { ...ask, tools: [{ type: "custom", name: "sql" }] };
    const text = streamed(
      [[
        { type: "tool-call-start", index: 0, id: "c1", name: "sql" },
        { type: "tool-call-delta", index: 0, text: "select" },
        { type: "tool-call", index: 0, id: "c1", name: "sql", arguments: "select 1" },
      ]],
      ok,
      factsOf(body),
    );
    const { output: [item] } = await clientOf(text).responses.stream(request).finalResponse();
    assert.ok(item?.type === "custom_tool_call");
    assert.deepEqual([item.call_id, item.name, item.input], ["c1", "sql", "select 1"]);
  });
});

describe("the official client throws", () => {
  const error = loomError("overloaded", "anthropic is overloaded", {}, { status: 529 });
  const failed: Outcome = { status: "failed", error };

  for (const begun of [[], [{ type: "text", text: "Hel" }]] as readonly (readonly Part[])[]) {
    it(`when a stream fails after ${begun.length} part(s)`, async () => {
      const text = streamed([begun], failed);
      const isTheError = (thrown: unknown) => {
        assert.ok(thrown instanceof OpenAI.APIError, String(thrown));
        assert.match(thrown.message, /anthropic is overloaded/);
        assert.equal(thrown.type, "server_error");
        return true;
      };
      await assert.rejects(clientOf(text).responses.stream(request).finalResponse(), isTheError);
      await assert.rejects(async () => {
        for await (const _ of await clientOf(text).responses.create({ ...request, stream: true }));
      }, isTheError);
    });
  }

  it("when the gateway ends a stream itself", async () => {
    const cut = bytes.slice(0, bytes.indexOf("event: response.output_item.done"));
    const text = cut + openaiResponses.errorEvent(error, 529, "req_1");
    await assert.rejects(clientOf(text).responses.stream(request).finalResponse(), OpenAI.APIError);
  });

  const statuses = [
    [400, OpenAI.BadRequestError],
    [401, OpenAI.AuthenticationError],
    [403, OpenAI.PermissionDeniedError],
    [404, OpenAI.NotFoundError],
    [429, OpenAI.RateLimitError],
    [502, OpenAI.InternalServerError],
  ] as const;
  for (const [status, kind] of statuses) {
    it(`${kind.name} at ${status}`, async () => {
      const told = loomError("provider-failed", "it failed", {}, { status });
      const body = JSON.stringify(openaiResponses.error(told, status, "req_1"));
      await assert.rejects(clientOf(body, status).responses.create(request), (thrown: unknown) => {
        assert.ok(thrown instanceof kind, String(thrown));
        assert.match(thrown.message, /it failed/);
        return true;
      });
    });
  }
});

describe("the official client sends", () => {
  it("a second turn with the output of the first", async () => {
    const first = await clientOf(whole).responses.parse(request);
    let sent: JsonObject = {};
    const client = new OpenAI({
      apiKey: "sk-test",
      fetch: (_, init) => {
        sent = JSON.parse(String(init?.body));
        return Promise.resolve(new Response(whole, { headers: { "content-type": "application/json" } }));
      },
    });
    await client.responses.create({
      ...request,
      input: [
        { role: "user", content: "Weather?" },
        ...first.output as OpenAI.Responses.ResponseInputItem[],
        { type: "function_call_output", call_id: "c1", output: "3" },
      ],
    });
    const madeBy = "anthropic";
    const [, turn, result] = read(sent).call.messages;
    assert.ok(typeof turn?.content === "object");
    assert.deepEqual(turn.content.slice(0, 5), [
      { type: "reasoning", text: "hm", signature: "sig", madeBy },
      { type: "text", text: "I look." },
      {
        type: "tool-call",
        id: "c1",
        name: "weather",
        arguments: '{"city":"Oslo"}',
        extra: { sig: "x" },
        madeBy,
      },
      { type: "tool-call", id: "c2", name: "weather", arguments: '{"city":"Rome"}' },
      { type: "native", value: { type: "redacted_thinking", data: "x" }, madeBy },
    ]);
    assert.deepEqual(result, { role: "tool", toolCallId: "c1", content: "3" });
  });
});
