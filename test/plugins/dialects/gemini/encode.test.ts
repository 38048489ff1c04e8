/** What is sent for a call. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../../../src/contract/call.ts";
import type { Message } from "../../../../src/contract/message.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { codec, vertexCodec } from "./support.ts";

interface Sent {
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly warnings: readonly string[];
}

function send(call: Partial<Call>, upstreamModel = "gemini-2.5-flash", from = codec): Sent {
  const sent = from.encode(fakeAttempting({ call, target: { provider: "gemini", upstreamModel } }));
  return {
    path: sent.path,
    body: jsonOf(sent) as Record<string, unknown>,
    warnings: (sent.warnings ?? []).map(({ code }) => code),
  };
}

const weather = { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } };
const output = {
  name: "o",
  schema: { $schema: "x", type: "object" },
  repair: 0,
  validate: (v: unknown) => v,
} as const;
const user: Message = { role: "user", content: "Hi" };
const hi = [{ role: "user", parts: [{ text: "Hi" }] }];

describe("turns", () => {
  it("system text stands apart, wherever it came", () => {
    const { body } = send({
      messages: [{ role: "system", content: "A" }, user, {
        role: "system",
        content: [{ type: "text", text: "B" }],
      }],
    });
    assert.deepEqual(body, { contents: hi, systemInstruction: { parts: [{ text: "A" }, { text: "B" }] } });
  });

  it("results of parallel calls go back together, in the order of the calls, with their names", () => {
    const { body, warnings } = send({
      messages: [
        user,
        {
          role: "assistant",
          content: [
            { type: "text", text: "Hm", signature: "s0", madeBy: "gemini" },
            {
              type: "tool-call",
              id: "call_AAAAAAAAAAAAAAAA",
              name: "a",
              arguments: '{"x":1}',
              extra: { thoughtSignature: "s1" },
              madeBy: "gemini",
            },
            { type: "tool-call", id: "theirs", name: "b", arguments: "", madeBy: "gemini" },
          ],
        },
        { role: "tool", toolCallId: "theirs", content: "no", isError: true },
        { role: "tool", toolCallId: "call_AAAAAAAAAAAAAAAA", content: '{"ok":true}' },
        { role: "user", content: "And?" },
      ],
    }, "gemini-3-flash-preview");
    assert.deepEqual(body["contents"], [
      ...hi,
      {
        role: "model",
        parts: [
          { text: "Hm", thoughtSignature: "s0" },
          { functionCall: { name: "a", args: { x: 1 } }, thoughtSignature: "s1" },
          { functionCall: { name: "b", args: {}, id: "theirs" } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { name: "a", response: { ok: true } } },
          { functionResponse: { name: "b", response: { error: "no" }, id: "theirs" } },
        ],
      },
      { role: "user", parts: [{ text: "And?" }] },
    ]);
    assert.deepEqual(warnings, []);
  });

  const foreign: readonly Message[] = [
    user,
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "Hm", signature: "theirs", madeBy: "anthropic" },
        { type: "native", value: { type: "web_search" }, madeBy: "anthropic" },
        { type: "tool-call", id: "toolu_1", name: "a", arguments: "{}", madeBy: "anthropic" },
      ],
    },
    { role: "tool", toolCallId: "toolu_1", content: "ok" },
  ];

  it("what another vendor made loses what binds it there, and a call gets the word that Google has for it", () => {
    const { body, warnings } = send({ messages: foreign }, "gemini-3-flash-preview");
    assert.deepEqual((body["contents"] as unknown[]).slice(1), [
      {
        role: "model",
        parts: [
          { text: "Hm", thought: true },
          { functionCall: { name: "a", args: {} }, thoughtSignature: "skip_thought_signature_validator" },
        ],
      },
      { role: "user", parts: [{ functionResponse: { name: "a", response: { output: "ok" } } }] },
    ]);
    assert.deepEqual(warnings, ["vendor-bound-dropped", "vendor-bound-dropped"]);
  });

  it("generation 2.5 needs no signature", () => {
    assert.ok(!JSON.stringify(send({ messages: foreign }).body).includes("skip_thought"));
  });

  it("pictures in a result go into it from generation 3 on, and behind it before", () => {
    const messages: readonly Message[] = [
      user,
      { role: "assistant", content: [{ type: "tool-call", id: "x1", name: "shot", arguments: "{}" }] },
      {
        role: "tool",
        toolCallId: "x1",
        content: [{ type: "text", text: "done" }, { type: "image", dataB64: "AA==", mimeType: "image/png" }],
      },
    ];
    const inlineData = { mimeType: "image/png", data: "AA==" };
    const response = { name: "shot", response: { output: "done" }, id: "x1" };
    const last = (model: string) =>
      (send({ messages }, model).body["contents"] as { parts: unknown }[]).at(-1)?.parts;
    assert.deepEqual(last("gemini-2.5-pro"), [{ functionResponse: response }, { inlineData }]);
    assert.deepEqual(last("gemini-3-pro"), [{ functionResponse: { ...response, parts: [{ inlineData }] } }]);
  });

  it("media go inline or by address", () => {
    const { body, warnings } = send({
      messages: [{
        role: "user",
        content: [
          { type: "image", url: "https://x.example/a.png?b=1", detail: "high" },
          { type: "image", url: "data:image/webp;base64,AA==" },
          { type: "file", dataB64: "JVBERg==", mimeType: "application/pdf", filename: "a.pdf" },
          { type: "file", url: "gs://bucket/film.mp4", extra: { videoMetadata: { startOffset: "1s" } } },
          { type: "file", fileId: "files/abc", mimeType: "text/plain" },
          { type: "audio", dataB64: "UklGRg==", mimeType: "audio/wav" },
        ],
      }],
    });
    assert.deepEqual((body["contents"] as { parts: unknown }[])[0]?.parts, [
      { fileData: { fileUri: "https://x.example/a.png?b=1", mimeType: "image/png" } },
      { inlineData: { mimeType: "image/webp", data: "AA==" } },
      { inlineData: { mimeType: "application/pdf", data: "JVBERg==" } },
      {
        fileData: { fileUri: "gs://bucket/film.mp4", mimeType: "video/mp4" },
        videoMetadata: { startOffset: "1s" },
      },
      {
        fileData: {
          fileUri: "https://generativelanguage.googleapis.com/v1beta/files/abc",
          mimeType: "text/plain",
        },
      },
      { inlineData: { mimeType: "audio/wav", data: "UklGRg==" } },
    ]);
    assert.deepEqual(warnings, ["param-dropped"]);
  });

  const wrong: readonly (readonly [string, readonly Message[], RegExp])[] = [
    ["a result without its call's id", [user, { role: "tool", content: "x" }], /messages\[1\]\.toolCallId/],
    ["a result of no call", [user, { role: "tool", toolCallId: "q", content: "x" }], /no earlier turn makes/],
    ["nothing but system text", [{ role: "system", content: "x" }], /at least one turn/],
    ["bytes of no kind", [{ role: "user", content: [{ type: "image", dataB64: "A" }] }], /mimeType/],
    [
      "arguments that are no object",
      [user, { role: "assistant", content: [{ type: "tool-call", id: "1", name: "a", arguments: "[1" }] }],
      /not JSON/,
    ],
  ];
  for (const [what, messages, message] of wrong) {
    it(`${what} is refused`, () => {
      assert.throws(
        () => send({ messages }),
        (error) =>
          error instanceof LoomError && error.code === "invalid-request" && message.test(error.message),
      );
    });
  }
});

describe("params", () => {
  const messages = [user];
  it("portable names, Google's in both spellings, and unknown ones find their places", () => {
    const { body, path } = send({
      messages,
      stream: true,
      params: {
        max_tokens: 5,
        temperature: 0.5,
        top_p: 0.9,
        top_k: 3,
        stop: "x",
        seed: 1,
        presence_penalty: 0.1,
        frequencyPenalty: 0.2,
        n: 2,
        logprobs: true,
        top_logprobs: 3,
        safety_settings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
        labels: { a: "b" },
        service_tier: "flex",
        media_resolution: "MEDIA_RESOLUTION_LOW",
        brandNew: { a: 1 },
        generationConfig: { temperature: 0.7 },
        parallel_tool_calls: true,
      },
    });
    assert.equal(path, "/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
    assert.deepEqual(body, {
      contents: hi,
      safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
      labels: { a: "b" },
      serviceTier: "flex",
      generationConfig: {
        maxOutputTokens: 5,
        temperature: 0.7,
        topP: 0.9,
        topK: 3,
        stopSequences: ["x"],
        seed: 1,
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        candidateCount: 2,
        responseLogprobs: true,
        logprobs: 3,
        mediaResolution: "MEDIA_RESOLUTION_LOW",
        brandNew: { a: 1 },
      },
    });
  });

  it("Google's own name wins over the portable one", () => {
    const { body } = send({ messages, params: { maxOutputTokens: 7, max_tokens: 5 } });
    assert.deepEqual(body["generationConfig"], { maxOutputTokens: 7 });
  });

  it("what cannot be is said", () => {
    for (const params of [{ parallel_tool_calls: false }, { user: "u" }, { logit_bias: { 1: 2 } }]) {
      const { body, warnings } = send({ messages, params });
      assert.deepEqual(warnings, ["param-dropped"]);
      assert.deepEqual(body, { contents: hi });
    }
  });

  const efforts: readonly (readonly [string, string, unknown, string?])[] = [
    ["gemini-2.5-flash", "none", { thinkingBudget: 0 }],
    ["gemini-2.5-flash", "low", { thinkingBudget: 1024, includeThoughts: true }],
    ["gemini-2.5-flash", "max", { thinkingBudget: 24576, includeThoughts: true }, "param-clamped"],
    ["gemini-2.5-pro", "max", { thinkingBudget: 32768, includeThoughts: true }],
    ["gemini-2.5-pro", "none", { thinkingBudget: 128 }, "param-clamped"],
    ["gemini-3-flash-preview", "minimal", { thinkingLevel: "MINIMAL", includeThoughts: true }],
    ["gemini-3-flash-preview", "none", { thinkingLevel: "MINIMAL" }, "param-clamped"],
    ["gemini-3.7-flash", "minimal", { thinkingLevel: "LOW", includeThoughts: true }, "param-clamped"],
    ["gemini-3.1-pro-preview", "minimal", { thinkingLevel: "LOW", includeThoughts: true }, "param-clamped"],
    ["gemini-flash-latest", "medium", { thinkingLevel: "MEDIUM", includeThoughts: true }],
    ["gemini-2.0-flash", "high", undefined, "param-dropped"],
    ["gemma-4-31b-it", "high", undefined, "param-dropped"],
    ["gemini-2.5-flash", "enormous", undefined, "param-dropped"],
  ];
  for (const [model, effort, thinkingConfig, warning] of efforts) {
    it(`reasoning_effort ${effort} of ${model}`, () => {
      const { body, warnings } = send({ messages, params: { reasoning_effort: effort } }, model);
      assert.deepEqual(
        (body["generationConfig"] as Record<string, unknown> | undefined)?.["thinkingConfig"],
        thinkingConfig,
      );
      assert.deepEqual(warnings, warning === undefined ? [] : [warning]);
    });
  }

  it("thinking in Google's words wins", () => {
    const params = { reasoning_effort: "high", thinking_config: { thinkingBudget: 5 } };
    const { body } = send({ messages, params });
    assert.deepEqual(body["generationConfig"], { thinkingConfig: { thinkingBudget: 5 } });
  });

  it("cached content brings its own system text and tools", () => {
    const { body, warnings } = send({
      messages: [{ role: "system", content: "A" }, user],
      tools: [weather],
      toolChoice: "required",
      params: { cached_content: "cachedContents/1" },
    });
    assert.deepEqual(body, { contents: hi, cachedContent: "cachedContents/1" });
    assert.deepEqual(warnings, ["param-dropped"]);
  });
});

describe("tools and schemas", () => {
  const messages = [user];
  const declared = { functionDeclarations: [{ name: "weather", parametersJsonSchema: weather.parameters }] };
  const table: readonly (readonly [Call["toolChoice"], unknown])[] = [
    [undefined, undefined],
    ["auto", { functionCallingConfig: { mode: "AUTO" } }],
    ["none", { functionCallingConfig: { mode: "NONE" } }],
    ["required", { functionCallingConfig: { mode: "ANY" } }],
    [{ tool: "weather" }, { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["weather"] } }],
  ];
  for (const [toolChoice, toolConfig] of table) {
    it(`the choice ${JSON.stringify(toolChoice)}`, () => {
      const { body } = send({ messages, tools: [weather], ...(toolChoice !== undefined && { toolChoice }) });
      assert.deepEqual(body["tools"], [declared]);
      assert.deepEqual(body["toolConfig"], toolConfig);
    });
  }

  it("strict tools are validated", () => {
    const { body } = send({ messages, tools: [{ ...weather, strict: true }] });
    assert.deepEqual(body["toolConfig"], { functionCallingConfig: { mode: "VALIDATED" } });
  });

  it("Google's own tools stand beside functions, which generation 3 is told of", () => {
    const tools = [weather, { name: "search", native: { googleSearch: {} } }];
    const listed = [declared, { googleSearch: {} }];
    assert.deepEqual(send({ messages, tools }).body, { contents: hi, tools: listed });
    const third = send({ messages, tools }, "gemini-3-pro-preview").body;
    assert.deepEqual(third, {
      contents: hi,
      tools: listed,
      toolConfig: { includeServerSideToolInvocations: true },
    });
    assert.equal(
      send({ messages, tools }, "gemini-3-pro-preview", vertexCodec).body["toolConfig"],
      undefined,
    );
    assert.deepEqual(send({ messages, tools, toolChoice: "none" }).body["tools"], [declared]);
    const forced = send({ messages, tools: tools.slice(1), toolChoice: "required" });
    assert.deepEqual(forced.warnings, ["tool-choice-weakened"]);
  });

  it("a schema is asked for as such, without its dialect's address", () => {
    const { body } = send({ messages, output });
    const generationConfig = { responseMimeType: "application/json", responseJsonSchema: { type: "object" } };
    assert.deepEqual(body, { contents: hi, generationConfig });
  });

  it("where the model takes no schema beside tools, it goes into the prompt", () => {
    const old = send({ messages, output, tools: [weather] });
    assert.deepEqual(old.warnings, ["output-by-prompt"]);
    assert.match(JSON.stringify(old.body["systemInstruction"]), /JSON Schema/);
    assert.equal(old.body["generationConfig"], undefined);
    const third = send({ messages, output, tools: [weather] }, "gemini-3-pro-preview");
    assert.deepEqual(third.warnings, []);
    const forced = send(
      { messages, output, tools: [weather], toolChoice: "required" },
      "gemini-3-pro-preview",
    );
    assert.deepEqual(forced.warnings, ["output-by-prompt"]);
  });
});
