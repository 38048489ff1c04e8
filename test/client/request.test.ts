/** Requests: every wrong field is refused by name before anything is spent, and right ones become calls. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GenerateRequest } from "../../src/client/generate-request.ts";
import { noParams, toCall } from "../../src/client/request.ts";
import type { LoomError } from "../../src/errors/index.ts";

const base = { provider: "acme", model: "m1", prompt: "hi" };
const turn = { provider: "acme", model: "m1" };
const tool = { name: "look", parameters: { type: "object" } };

/** Title, request, field that the error names, what its message says. */
const wrong: readonly (readonly [string, unknown, string | undefined, RegExp])[] = [
  ["no object", null, undefined, /the request must be an object/],
  ["a text", "hi", undefined, /the request must be an object/],
  ["an unknown field", { ...base, promt: "x" }, "promt", /is not a field.*fields are provider, modality/],
  ["stream", { ...base, stream: true }, "stream", /call stream\(\)/],
  ["temperature", { ...base, temperature: 1 }, "temperature", /put it into params/],
  ["maxTokens", { ...base, maxTokens: 1 }, "maxTokens", /as max_tokens/],
  ["schema", { ...base, schema: {} }, "schema", /called output/],
  ["response_format", { ...base, response_format: {} }, "response_format", /use output/],
  ["an unknown modality", { ...base, modality: "music" }, "modality", /must be one of text, image/],
  ["neither provider nor model", { prompt: "hi" }, "model", /is missing.*provider\/model/],
  ["a provider that is no text", { ...base, provider: 1 }, "provider", /must be a string/],
  ["an empty provider", { ...base, provider: "" }, "provider", /is empty/],
  ["a model that is no text", { ...base, model: {} }, "model", /must be a string/],
  ["a prompt that is no text", { ...base, prompt: ["hi"] }, "prompt", /must be a string/],
  ["no prompt", turn, "prompt", /is missing; give prompt or messages/],
  ["prompt and messages", { ...base, messages: [] }, "messages", /both given/],
  ["messages that are no list", { ...turn, messages: {} }, "messages", /list with at least one turn/],
  ["no messages", { ...turn, messages: [] }, "messages", /list with at least one turn/],
  ["a turn that is no object", { ...turn, messages: ["hi"] }, "messages[0]", /must be \{ role, content \}/],
  [
    "an unknown role",
    { ...turn, messages: [{ role: "bot", content: "" }] },
    "messages[0].role",
    /one of system/,
  ],
  [
    "a tool turn without its call",
    { ...turn, messages: [{ role: "tool", content: "1" }] },
    "messages[0].toolCallId",
    /is missing/,
  ],
  [
    "content of another kind",
    { ...turn, messages: [{ role: "user", content: 5 }] },
    "messages[0].content",
    /string or a list/,
  ],
  ["an unknown part", withPart({ type: "smell" }), "messages[0].content[0].type", /must be one of text/],
  ["a part that is none", withPart(null), "messages[0].content[0].type", /must be one of text/],
  ["a text part without text", withPart({ type: "text" }), "messages[0].content[0].text", /must be a string/],
  [
    "thinking without text",
    withPart({ type: "reasoning" }),
    "messages[0].content[0].text",
    /must be a string/,
  ],
  [
    "a picture without source",
    withPart({ type: "image" }),
    "messages[0].content[0]",
    /exactly one of url and dataB64/,
  ],
  [
    "a picture with two",
    withPart({ type: "image", url: "a", dataB64: "b" }),
    "messages[0].content[0]",
    /exactly one/,
  ],
  [
    "base64 without a type",
    withPart({ type: "image", dataB64: "b" }),
    "messages[0].content[0].mimeType",
    /is missing/,
  ],
  [
    "a file without source",
    withPart({ type: "file" }),
    "messages[0].content[0]",
    /exactly one of url, dataB64 and fileId/,
  ],
  [
    "a file with two",
    withPart({ type: "file", fileId: "a", url: "b" }),
    "messages[0].content[0]",
    /exactly one/,
  ],
  [
    "sound without bytes",
    withPart({ type: "audio", mimeType: "audio/wav" }),
    "messages[0].content[0].dataB64",
    /must be/,
  ],
  [
    "sound without a type",
    withPart({ type: "audio", dataB64: "a" }),
    "messages[0].content[0].mimeType",
    /is missing/,
  ],
  [
    "a tool call without a name",
    withPart({ type: "tool-call", id: "1", arguments: "" }),
    "messages[0].content[0]",
    /id, name and arguments/,
  ],
  [
    "a tool call with parsed arguments",
    withPart({ type: "tool-call", id: "1", name: "a", arguments: {} }),
    "messages[0].content[0]",
    /JSON text/,
  ],
  ["system of another kind", { ...base, system: 1 }, "system", /must be a string/],
  [
    "system in params of another kind",
    { ...base, params: { system: 1 } },
    "params.system",
    /must be a string/,
  ],
  ["input for text", { ...base, input: "x" }, "input", /is for embedding, rerank and moderation/],
  ["params that are no object", { ...base, params: [] }, "params", /must be an object/],
  ["params that are null", { ...base, params: null }, "params", /must be an object/],
  ["tools that are no list", { ...base, tools: {} }, "tools", /must be a list/],
  ["a tool without a name", { ...base, tools: [{}] }, "tools[0].name", /is missing/],
  ["a tool that is null", { ...base, tools: [null] }, "tools[0].name", /is missing/],
  ["a tool twice", { ...base, tools: [tool, tool] }, "tools[1].name", /"look" is there twice/],
  [
    "a tool with a text for parameters",
    { ...base, tools: [{ name: "a", parameters: "x" }] },
    "tools[0].parameters",
    /JSON Schema/,
  ],
  ["an unknown choice", { ...base, tools: [tool], toolChoice: "any" }, "toolChoice", /must be "auto"/],
  ["a choice of null", { ...base, toolChoice: null }, "toolChoice", /must be "auto"/],
  [
    "a choice that is no tool",
    { ...base, tools: [tool], toolChoice: { tool: "b" } },
    "toolChoice.tool",
    /not one of tools/,
  ],
  ["an output that is no schema", { ...base, output: "json" }, "output", /zod schema or a JSON Schema/],
  ["useCache of another kind", { ...base, useCache: "no" }, "useCache", /must be a boolean/],
  ["a signal that is none", { ...base, signal: {} }, "signal", /AbortSignal/],
  ["a deadline of 0", { ...base, timeoutMs: 0 }, "timeoutMs", /above 0/],
  ["a deadline that is no number", { ...base, timeoutMs: "5" }, "timeoutMs", /above 0/],
  ["a deadline beyond what timers know", { ...base, timeoutMs: 2 ** 31 }, "timeoutMs", /below 2\^31/],
  ["no deadline, said with Infinity", { ...base, timeoutMs: Infinity }, "timeoutMs", /below 2\^31/],
  ["a cost that is none", { ...base, maxCostUsd: NaN }, "maxCostUsd", /above 0/],
  ["an empty tenant", { ...base, tenant: "" }, "tenant", /is empty/],
  ["a user of another kind", { ...base, user: 7 }, "user", /must be a string/],
  ["a team of another kind", { ...base, team: true }, "team", /must be a string/],
  ["tags that are no list", { ...base, tags: "a" }, "tags", /must be a list of strings/],
  ["a tag that is no text", { ...base, tags: ["a", 1] }, "tags[1]", /must be a string/],
  ["messages for a picture", { ...turn, modality: "image", messages: [] }, "messages", /is for text/],
  ["system for a picture", { ...base, modality: "image", system: "x" }, "system", /is for text/],
  ["tools for a picture", { ...base, modality: "image", tools: [tool] }, "tools", /is for text/],
  [
    "a choice of tools for a picture",
    { ...base, modality: "image", toolChoice: "auto" },
    "toolChoice",
    /is for text/,
  ],
  ["a schema for a picture", { ...base, modality: "image", output: {} }, "output", /is for text/],
  [
    "input for a picture",
    { ...base, modality: "image", input: "x" },
    "input",
    /is for embedding, rerank and moderation/,
  ],
  ["pictures beside a conversation", { ...base, images: [] }, "images", /messages/],
  ["a recording beside a conversation", { ...base, audio: { url: "u" } }, "audio", /messages/],
  [
    "pictures to embed",
    { ...turn, modality: "embedding", input: "x", images: [] },
    "images",
    /image and video/,
  ],
  ["no list of pictures", { ...base, modality: "image", images: {} as never }, "images", /must be a list/],
  [
    "a picture without its type",
    { ...base, modality: "image", images: [{ dataB64: "aGk=" }] },
    "images[0].mimeType",
    /image\/png/,
  ],
  [
    "a picture from two places",
    { ...base, modality: "video", images: [{ url: "u", dataB64: "x" }] },
    "images[0]",
    /exactly one/,
  ],
  ["a recording to paint", { ...base, modality: "image", audio: { url: "u" } }, "audio", /for transcription/],
  ["a transcription of nothing", { ...turn, modality: "transcription" }, "audio", /is missing/],
  ["a half-hearted strictness", { ...base, strict: "yes" as never }, "strict", /boolean/],
  ["a picture of nothing", { ...turn, modality: "image" }, "prompt", /is missing/],
  ["speech of nothing", { ...turn, modality: "speech" }, "prompt", /is missing/],
  ["an embedding of nothing", { ...turn, modality: "embedding" }, "input", /is missing/],
  ["an embedding of no texts", { ...turn, modality: "embedding", input: [] }, "input", /is empty/],
  ["an embedding of numbers", { ...turn, modality: "embedding", input: [1] }, "input[0]", /must be a string/],
  ["an embedding of both", { ...base, modality: "embedding", input: "x" }, "prompt", /both given/],
  ["a ranking without a query", { ...turn, modality: "rerank", input: ["a"] }, "prompt", /is missing/],
  ["a ranking of nothing", { ...base, modality: "rerank" }, "input", /is missing/],
];

function withPart(part: unknown): unknown {
  return { ...turn, messages: [{ role: "user", content: [part] }] };
}

describe("toCall refuses", () => {
  for (const [title, request, path, message] of wrong) {
    it(title, () => {
      assert.throws(() => toCall(request as GenerateRequest, false), (error: LoomError) => {
        assert.equal(error.code, "invalid-request", String(error));
        assert.deepEqual(error.data, path === undefined ? {} : { path });
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(path ?? "the request"), error.message);
        return true;
      });
    });
  }
});

describe("toCall makes", () => {
  const right: readonly (readonly [string, GenerateRequest, Record<string, unknown>])[] = [
    ["a prompt into a turn", base, {
      messages: [{ role: "user", content: "hi" }],
      modality: "text",
      useCache: true,
    }],
    ["candidates of provider and model", base, { candidates: [{ provider: "acme", model: "m1" }] }],
    ["candidates of a model alone", { model: "acme/m1", prompt: "" }, { candidates: [{ model: "acme/m1" }] }],
    ["candidates of a provider alone", { provider: "acme", prompt: "x" }, {
      candidates: [{ provider: "acme" }],
    }],
    ["system into the first turn", { ...base, system: "be" }, {
      messages: [{ role: "system", content: "be" }, { role: "user", content: "hi" }],
    }],
    ["system of params into the first turn", { ...base, params: { system: "be", seed: 1 } }, {
      messages: [{ role: "system", content: "be" }, { role: "user", content: "hi" }],
      params: { seed: 1 },
    }],
    ["its own system before that of params", { ...base, system: "a", params: { system: "b" } }, {
      messages: [{ role: "system", content: "a" }, { role: "user", content: "hi" }],
      params: {},
    }],
    ["tools and a choice", { ...base, tools: [tool], toolChoice: { tool: "look" } }, {
      tools: [tool],
      toolChoice: { tool: "look" },
    }],
    ["one text to embed into a list", { ...turn, modality: "embedding", input: "a" }, {
      input: ["a"],
      messages: [],
    }],
    ["a prompt to embed into a list", { ...base, modality: "embedding" }, {
      input: ["hi"],
      prompt: undefined,
    }],
    ["a ranking", { ...base, modality: "rerank", input: ["a", "b"] }, { input: ["a", "b"], prompt: "hi" }],
    ["a picture", { ...base, modality: "image", params: { system: "kept" } }, {
      prompt: "hi",
      messages: [],
      params: { system: "kept" },
    }],
    ["a transcription without a prompt", {
      ...turn,
      modality: "transcription",
      audio: { url: "https://a.example/a.wav" },
    }, {
      prompt: undefined,
      audio: { url: "https://a.example/a.wav" },
    }],
    ["a picture made of another", {
      ...base,
      modality: "image",
      images: [{ dataB64: "aGk=", mimeType: "image/png" }],
      download: true,
      strict: true,
    }, { images: [{ dataB64: "aGk=", mimeType: "image/png" }], download: true, strict: true }],
    ["what bounds and names a call", {
      ...base,
      useCache: false,
      maxCostUsd: 1,
      tenant: "t",
      user: "u",
      team: "m",
      tags: ["a"],
    }, { useCache: false, maxCostUsd: 1, tenant: "t", user: "u", team: "m", tags: ["a"] }],
    ["every kind of part", {
      ...turn,
      messages: [
        {
          role: "user",
          content: [{ type: "text", text: "a" }, { type: "image", url: "u" }, { type: "file", fileId: "f" }],
        },
        { role: "user", content: [{ type: "audio", dataB64: "a", mimeType: "audio/wav" }] },
        { role: "assistant", content: [{ type: "tool-call", id: "1", name: "look", arguments: "{}" }] },
        { role: "tool", toolCallId: "1", content: "done" },
      ],
    }, {}],
  ];
  for (const [title, request, expected] of right) {
    it(title, () => {
      const call = toCall(request, false) as unknown as Record<string, unknown>;
      for (const [field, value] of Object.entries(expected)) assert.deepEqual(call[field], value, field);
    });
  }

  it("nothing of fields that are undefined", () => {
    const call = toCall({ ...base, system: undefined, tags: undefined, signal: undefined } as never, true);
    assert.deepEqual(Object.keys(call).sort(), [
      "candidates",
      "messages",
      "modality",
      "params",
      "stream",
      "useCache",
    ]);
    assert.equal(call.stream, true);
  });

  it("calls without params from one object, so that plans can be kept", () => {
    assert.equal(toCall(base, false).params, noParams);
  });

  it("lists of its own, so that what the caller does later changes nothing", () => {
    const messages = [{ role: "user" as const, content: "a" }];
    const tags = ["a"];
    const input = ["a"];
    const text = toCall({ ...turn, messages, tags }, false);
    const vectors = toCall({ ...turn, modality: "embedding", input }, false);
    messages.push({ role: "user", content: "b" });
    tags.push("b");
    input.push("b");
    assert.deepEqual([text.messages.length, text.tags, vectors.input], [1, ["a"], ["a"]]);
  });

  it("a router's candidates and validator part of the call", () => {
    const accept = () => true;
    const call = toCall({ prompt: "hi" }, false, { candidates: [{ model: "a/b" }], accept });
    assert.deepEqual(call.candidates, [{ model: "a/b" }]);
    assert.equal(call.accept, accept);
  });
});
