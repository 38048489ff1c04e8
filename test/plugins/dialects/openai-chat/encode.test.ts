import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call, Modality } from "../../../../src/contract/call.ts";
import type { ContentPart, Message } from "../../../../src/contract/message.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { codecOf, vendor } from "./support.ts";

function bodyOf(id: string, call: Partial<Call>, params: Call["params"] = {}): Record<string, unknown> {
  return jsonOf(codecOf(id).encode(fakeAttempting({ call: { ...call, params } })));
}

function refusalOf(id: string, call: Partial<Call>): LoomError {
  try {
    codecOf(id).encode(fakeAttempting({ call }));
  } catch (error) {
    assert.ok(LoomError.is(error), String(error));
    assert.equal(error.model, "m1");
    return error;
  }
  throw new Error("was encoded");
}

const user = (...content: ContentPart[]): Partial<Call> => ({ messages: [{ role: "user", content }] });
const turn = (role: Message["role"], ...content: ContentPart[]): Partial<Call> => ({
  messages: [{ role, content }],
});

describe("encode refuses", () => {
  const cases: readonly [string, string, Partial<Call>, string, RegExp][] = [
    ["no turns", "openai", { messages: [] }, "invalid-request", /^messages: /],
    [
      "an image without source",
      "openai",
      user({ type: "image" }),
      "invalid-request",
      /^messages\[0\]\.content\[0\]: .*exactly one of `url` and `dataB64`/,
    ],
    [
      "an image with two",
      "openai",
      user({ type: "image", url: "https://x.example", dataB64: "aa" }),
      "invalid-request",
      /exactly one/,
    ],
    [
      "base64 of no kind",
      "openai",
      user({ type: "text", text: "a" }, { type: "image", dataB64: "aa" }),
      "invalid-request",
      /^messages\[0\]\.content\[1\]: .*mimeType/,
    ],
    [
      "a file without source",
      "openai",
      user({ type: "file" }),
      "invalid-request",
      /exactly one of `url`, `dataB64` and `fileId`/,
    ],
    ["a file of no kind", "openai", user({ type: "file", dataB64: "aa" }), "invalid-request", /mimeType/],
    [
      "a file by address",
      "openai",
      user({ type: "file", url: "https://x.example/a.pdf" }),
      "unsupported",
      /OpenAI does not take documents by address/,
    ],
    [
      "sound without bytes",
      "openai",
      user({ type: "audio", dataB64: "", mimeType: "audio/wav" }),
      "invalid-request",
      /dataB64/,
    ],
    [
      "a tool call of the user",
      "openai",
      user({ type: "tool-call", id: "1", name: "a", arguments: "{}" }),
      "invalid-request",
      /turn of the assistant/,
    ],
    [
      "a picture of the assistant",
      "openai",
      turn("assistant", { type: "image", url: "https://x.example" }),
      "unsupported",
      /image part/,
    ],
    [
      "a picture as system text",
      "openai",
      turn("system", { type: "image", url: "https://x.example" }),
      "unsupported",
      /image part/,
    ],
    [
      "an answer to no call",
      "openai",
      turn("tool", { type: "text", text: "a" }),
      "invalid-request",
      /^messages\[0\]\.toolCallId: /,
    ],
    [
      "pictures where there are none",
      "deepseek",
      user({ type: "image", url: "https://x.example" }),
      "unsupported",
      /DeepSeek does not take pictures/,
    ],
    [
      "documents where there are none",
      "groq",
      user({ type: "file", fileId: "f" }),
      "unsupported",
      /Groq does not take documents/,
    ],
    [
      "sound where there is none",
      "xai",
      user({ type: "audio", dataB64: "aa", mimeType: "audio/wav" }),
      "unsupported",
      /xAI does not take sound/,
    ],
    ["a choice among no tools", "openai", { toolChoice: "required" }, "invalid-request", /^toolChoice: /],
    ["nothing to embed", "openai", { modality: "embedding", input: [] }, "invalid-request", /^input: /],
    [
      "embeddings where there are none",
      "deepseek",
      { modality: "embedding", input: ["a"] },
      "unsupported",
      /DeepSeek cannot do embedding/,
    ],
  ];
  for (const [name, id, call, code, message] of cases) {
    it(name, () => {
      const error = refusalOf(id, call);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.equal(error.provider, "acme");
    });
  }

  for (const modality of ["image", "video", "speech", "transcription", "rerank"] satisfies Modality[]) {
    it(`${modality}, naming provider and modality`, () => {
      const error = refusalOf("openai", { modality });
      assert.equal(error.code, "unsupported");
      assert.equal(error.message, `OpenAI cannot do ${modality}`);
    });
  }

  it("tools where the manifest says that there are none", () => {
    const codec = codecOf("local", { capabilities: { tools: false } });
    assert.throws(
      () => codec.encode(fakeAttempting({ call: { tools: [{ name: "a" }] } })),
      /does not take tools/,
    );
  });
});

describe("encode params", () => {
  it("leaves out undefined and sends null", () => {
    const body = bodyOf("openai", {}, { temperature: undefined, seed: null });
    assert.equal("temperature" in body, false);
    assert.equal(body["seed"], null);
  });

  it("does not let a param replace what Loom writes", () => {
    const body = bodyOf("openai", {}, {
      model: "other",
      messages: [],
      stream: true,
      input: "x",
      stream_options: {},
    });
    assert.deepEqual(body, {
      model: "m1-2026",
      messages: [{ role: "user", content: "Say hi in five words." }],
    });
  });

  it("prefers the vendor's own name over the portable one", () => {
    assert.equal(
      bodyOf("openai", {}, { max_tokens: 1, max_completion_tokens: 2 })["max_completion_tokens"],
      2,
    );
    assert.equal("max_tokens" in bodyOf("openai", {}, { max_completion_tokens: 2 }), false);
  });

  it("sends defaults unless the call says otherwise, null included", () => {
    const codec = codecOf("local", { params: { default: { safe: true, top_k: 5 } } });
    const body = jsonOf(codec.encode(fakeAttempting({ call: { params: { top_k: null } } })));
    assert.deepEqual([body.safe, body.top_k], [true, null]);
  });

  it("lets params of any name pass, those of Object's prototype too", () => {
    const params = JSON.parse('{"__proto__x":1,"constructor":2,"toString":3,"thinking":{"type":"enabled"}}');
    const body = bodyOf("openai", {}, params);
    assert.deepEqual([body["constructor"], body["toString"], body["thinking"]], [2, 3, { type: "enabled" }]);
  });

  it("says what it dropped and what it changed", () => {
    const sent = codecOf("mistral").encode(fakeAttempting({ call: { params: { user: "x" } } }));
    assert.deepEqual(sent.warnings, [{
      code: "param-dropped",
      message: "Mistral does not take `user`; it was left out",
    }]);
    const clamped = codecOf("zai").encode(fakeAttempting({ call: { params: { temperature: -1 } } }));
    assert.match(clamped.warnings?.[0]?.message ?? "", /Z\.AI takes `temperature` from 0 to 1; -1 became 0/);
  });

  it("asks for usage in streams, but not where that is refused", () => {
    assert.deepEqual(bodyOf("openai", { stream: true })["stream_options"], { include_usage: true });
    assert.equal("stream_options" in bodyOf("mistral", { stream: true }), false);
    assert.deepEqual(bodyOf("mistral", { stream: true }, { stream_options: { a: 1 } })["stream_options"], {
      a: 1,
    });
  });
});

describe("encode messages", () => {
  it("renames roles", () => {
    const codec = codecOf("local", { roles: { system: "developer" } });
    const messages: Message[] = [{ role: "system", content: "a" }, { role: "user", content: "b" }];
    const body = jsonOf(codec.encode(fakeAttempting({ call: { messages } })));
    const { messages: sent } = body as { messages: readonly { role: string }[] };
    assert.deepEqual(sent.map(({ role }) => role), ["developer", "user"]);
  });

  it("keeps vendor fields, and keeps them from replacing role and content", () => {
    const messages: Message[] = [{
      role: "assistant",
      content: "{",
      extra: { prefix: true, role: "x", content: "y" },
    }];
    assert.deepEqual(bodyOf("deepseek", { messages })["messages"], [{
      role: "assistant",
      content: "{",
      prefix: true,
    }]);
  });

  it("joins system texts, and keeps them apart when one carries a mark", () => {
    const parts: ContentPart[] = [{ type: "text", text: "a" }, { type: "text", text: "b" }];
    assert.deepEqual(bodyOf("openai", turn("system", ...parts))["messages"], [{
      role: "system",
      content: "a\n\nb",
    }]);
    const marked: ContentPart[] = [{
      type: "text",
      text: "a",
      extra: { cache_control: { type: "ephemeral" } },
    }];
    assert.deepEqual(bodyOf("openai", turn("system", ...marked))["messages"], [
      { role: "system", content: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }] },
    ]);
  });

  it("leaves out thinking where the vendor has no field for it", () => {
    const thought = turn("assistant", { type: "reasoning", text: "hm" }, { type: "text", text: "a" });
    assert.deepEqual(bodyOf("openai", thought)["messages"], [{ role: "assistant", content: "a" }]);
    assert.deepEqual(bodyOf("moonshot", thought)["messages"], [
      { role: "assistant", content: "a", reasoning_content: "hm" },
    ]);
  });

  it("maps foreign tool-call ids for Mistral, always alike and one to one", () => {
    const ids = Array.from({ length: 500 }, (_, at) => `call_${at}`);
    const content: ContentPart[] = ids.map((id) => ({ type: "tool-call", id, name: "a", arguments: "{}" }));
    const encode = () =>
      bodyOf("mistral", turn("assistant", ...content))["messages"] as { tool_calls: { id: string }[] }[];
    const sent = encode()[0]?.tool_calls.map((call) => call.id) ?? [];
    assert.equal(new Set(sent).size, ids.length);
    assert.ok(sent.every((id) => /^[A-Za-z0-9]{9}$/.test(id)));
    assert.deepEqual(encode()[0]?.tool_calls.map((call) => call.id), sent);
  });
});

describe("encode output", () => {
  const output = (schema: object, name = "x") => ({
    output: { name, schema: schema as never, repair: 0 as const, validate: (value: unknown) => value },
  });

  it("asks for strictness only where the schema allows it", () => {
    const strict = (schema: object) =>
      (bodyOf("openai", output(schema))["response_format"] as { json_schema: { strict?: boolean } })
        .json_schema.strict;
    const closed = {
      type: "object",
      properties: { a: { type: "string" } },
      required: ["a"],
      additionalProperties: false,
    };
    assert.equal(strict(closed), true);
    assert.equal(
      strict({ ...closed, $schema: "https://json-schema.org/draft/2020-12/schema", description: "d" }),
      true,
    );
    assert.equal(strict({ ...closed, required: [] }), undefined);
    assert.equal(strict({ ...closed, additionalProperties: true }), undefined);
    assert.equal(strict({ ...closed, properties: { a: { type: "string", minLength: 1 } } }), undefined);
    assert.equal(strict({ ...closed, properties: { a: { type: "object", properties: {} } } }), undefined);
    assert.equal(strict({ ...closed, properties: { a: { anyOf: [closed, { type: "null" }] } } }), true);
    assert.equal(strict({ ...closed, $defs: { b: { type: "object" } } }), undefined);
    assert.equal(strict({ type: "array", items: closed }), undefined);
  });

  it("puts the word JSON and the schema into the prompt of a JSON mode", () => {
    const body = bodyOf("deepseek", output({ type: "object" }));
    const [system] = body["messages"] as { role: string; content: string }[];
    assert.equal(system?.role, "system");
    assert.match(system?.content ?? "", /JSON.*\{"type":"object"\}/s);
    assert.deepEqual(body["response_format"], { type: "json_object" });
  });
});

it("bundled vendors all encode and decode the plainest call", () => {
  const ids =
    "openai xai mistral deepseek zai minimax openrouter groq together fireworks cerebras perplexity moonshot qwen " +
    "nvidia ollama vllm lmstudio local";
  for (const id of ids.split(" ")) {
    const sent = codecOf(id).encode(fakeAttempting());
    assert.equal(sent.path, "/chat/completions");
    assert.equal(vendor(id).dialect, "openai-chat");
    assert.deepEqual(jsonOf(sent), {
      model: "m1-2026",
      messages: [{ role: "user", content: "Say hi in five words." }],
    }, id);
  }
});
