/** What calls become: a table of calls and bodies, and whole turns sent back. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../../../src/contract/call.ts";
import type { Json } from "../../../../src/contract/json.ts";
import type { Message } from "../../../../src/contract/message.ts";
import type { Part } from "../../../../src/contract/part.ts";
import type { Target } from "../../../../src/contract/target.ts";
import { turnOf } from "../../../../src/client/turn.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf, partsOf } from "../../../../src/testing/wire-reading.ts";
import { codecOf, headOf } from "./support.ts";

interface Sent {
  readonly body: Record<string, unknown>;
  readonly warnings: readonly string[];
}

function encode(call: Partial<Call>, target: Partial<Target> = {}): Sent {
  const params = call.params ?? {};
  const request = codecOf().encode(fakeAttempting({ call, target: { params, ...target } }));
  assert.equal(request.path, "/responses");
  return {
    body: jsonOf(request) as Record<string, unknown>,
    warnings: (request.warnings ?? []).map(({ code }) => code),
  };
}

const hi: Message = { role: "user", content: "Hi" };
const schema = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

interface Row {
  readonly call: Partial<Call>;
  readonly target?: Partial<Target>;
  /** Fields of the body. `undefined`: not there. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly warnings?: readonly string[];
}

const table: Readonly<Record<string, Row>> = {
  "system turns in front become instructions, later ones stay": {
    call: {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "system", content: [{ type: "text", text: "Be kind." }] },
        hi,
        { role: "system", content: "Now in French." },
      ],
    },
    body: {
      instructions: "Be brief.\n\nBe kind.",
      input: [{ role: "user", content: "Hi" }, { role: "system", content: "Now in French." }],
    },
  },
  "instructions of one's own leave system turns in the input": {
    call: { messages: [{ role: "system", content: "A" }, hi], params: { instructions: "B" } },
    body: {
      instructions: "B",
      input: [{ role: "system", content: "A" }, { role: "user", content: "Hi" }],
    },
  },
  "portable params": {
    call: {
      messages: [hi],
      params: { max_tokens: 9, reasoning_effort: "low", reasoning: { summary: "auto" }, verbosity: "low" },
    },
    body: {
      max_output_tokens: 9,
      max_tokens: undefined,
      reasoning: { effort: "low", summary: "auto" },
      reasoning_effort: undefined,
      text: { verbosity: "low" },
      verbosity: undefined,
      store: undefined,
    },
  },
  "params that have no place": {
    call: {
      messages: [hi],
      params: { stop: "x", seed: 1, presence_penalty: 0.5, frequency_penalty: 0.5, top_k: 3, n: 2 },
    },
    body: { stop: undefined, seed: undefined, n: undefined, top_k: undefined },
    warnings: Array.from({ length: 6 }, () => "param-dropped"),
  },
  "one alternative is what it gives": { call: { messages: [hi], params: { n: 1 } }, body: { n: undefined } },
  "thinking models refuse to be tuned, and send their thinking along": {
    call: { messages: [hi], params: { temperature: 0.2, top_p: 1, include: ["file_search_call.results"] } },
    target: { upstreamModel: "gpt-5-mini" },
    body: {
      temperature: undefined,
      top_p: 1,
      include: ["reasoning.encrypted_content", "file_search_call.results"],
    },
    warnings: ["param-dropped"],
  },
  "told not to think, they can be tuned": {
    call: { messages: [hi], params: { temperature: 0.2, reasoning_effort: "none" } },
    target: { model: "gpt-5.2", upstreamModel: "my-deployment" },
    body: { temperature: 0.2, include: ["reasoning.encrypted_content"], reasoning: { effort: "none" } },
  },
  "other models are asked for nothing more": {
    call: { messages: [hi], params: { temperature: 0.2, logprobs: true, top_logprobs: 2 } },
    target: { upstreamModel: "gpt-4o" },
    body: {
      temperature: 0.2,
      include: ["message.output_text.logprobs"],
      logprobs: undefined,
      top_logprobs: 2,
    },
  },
  "tools are flat": {
    call: {
      messages: [hi],
      tools: [
        {
          name: "weather",
          description: "d",
          parameters: schema,
          strict: true,
          extra: { defer_loading: true },
        },
        { name: "now" },
        { name: "search", native: { type: "web_search", search_context_size: "low" } },
      ],
      toolChoice: { tool: "search" },
    },
    body: {
      tools: [
        {
          type: "function",
          name: "weather",
          description: "d",
          parameters: schema,
          strict: true,
          defer_loading: true,
        },
        { type: "function", name: "now", parameters: { type: "object", properties: {} }, strict: false },
        { type: "web_search", search_context_size: "low" },
      ],
      tool_choice: { type: "web_search" },
    },
  },
  "a schema": {
    call: { messages: [hi], output: { name: "a place", schema, repair: 0, validate: (value) => value } },
    body: { text: { format: { type: "json_schema", name: "a_place", schema, strict: true } } },
  },
  "an open schema is not held to": {
    call: {
      messages: [hi],
      output: { name: "x", schema: { type: "object" }, repair: 0, validate: (value) => value },
    },
    body: { text: { format: { type: "json_schema", name: "x", schema: { type: "object" }, strict: false } } },
  },
  "what a user shows": {
    call: {
      messages: [{
        role: "user",
        name: "ann",
        content: [
          { type: "image", dataB64: "iVBO", mimeType: "image/png" },
          { type: "file", url: "https://example.com/a.pdf" },
          { type: "file", fileId: "file-1" },
          { type: "audio", dataB64: "UklG", mimeType: "audio/mpeg" },
        ],
      }],
    },
    body: {
      input: [{
        role: "user",
        content: [
          { type: "input_image", image_url: "data:image/png;base64,iVBO", detail: "auto" },
          { type: "input_file", file_url: "https://example.com/a.pdf" },
          { type: "input_file", file_id: "file-1" },
          { type: "input_audio", input_audio: { data: "UklG", format: "mp3" } },
        ],
      }],
    },
    warnings: ["param-dropped"],
  },
  "results, with pictures, and of tools that take free text": {
    call: {
      messages: [
        {
          role: "assistant",
          content: [
            { type: "tool-call", id: "c1", name: "look", arguments: "" },
            {
              type: "tool-call",
              id: "c2",
              name: "sql",
              arguments: "select 1",
              extra: { type: "custom_tool_call", id: "ctc_2" },
            },
          ],
        },
        {
          role: "tool",
          toolCallId: "c1",
          content: [{ type: "text", text: "see" }, { type: "image", url: "https://example.com/a.png" }],
        },
        { role: "tool", toolCallId: "c2", content: "1", isError: true },
      ],
    },
    body: {
      input: [
        { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
        { type: "custom_tool_call", call_id: "c2", name: "sql", input: "select 1", id: "ctc_2" },
        {
          type: "function_call_output",
          call_id: "c1",
          output: [
            { type: "input_text", text: "see" },
            { type: "input_image", image_url: "https://example.com/a.png", detail: "auto" },
          ],
        },
        { type: "custom_tool_call_output", call_id: "c2", output: "1" },
      ],
    },
  },
  "another provider's turn loses what binds it": {
    call: {
      messages: [{
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm", signature: "sig", madeBy: "anthropic" },
          { type: "native", value: { type: "server_tool_use" }, madeBy: "anthropic" },
          { type: "text", text: "Yes.", madeBy: "anthropic" },
          {
            type: "tool-call",
            id: "t1",
            name: "now",
            arguments: "{}",
            extra: { x: 1 },
            madeBy: "anthropic",
          },
        ],
      }],
    },
    body: {
      input: [
        { role: "assistant", content: "Yes." },
        { type: "function_call", call_id: "t1", name: "now", arguments: "{}" },
      ],
    },
    warnings: ["vendor-bound-dropped", "vendor-bound-dropped", "vendor-bound-dropped"],
  },
  "thinking that only the store holds, when nothing may be stored": {
    call: {
      messages: [{
        role: "assistant",
        content: [{ type: "native", value: { type: "reasoning", id: "rs_1", summary: [] } }, {
          type: "text",
          text: "Yes.",
        }],
      }],
      params: { store: false },
    },
    body: { input: [{ role: "assistant", content: "Yes." }], store: false },
    warnings: ["native-dropped"],
  },
  "encrypted thinking that a caller kept": {
    call: {
      messages: [{ role: "assistant", content: [{ type: "reasoning", text: "hm", signature: "enc" }] }],
    },
    body: {
      input: [{
        type: "reasoning",
        summary: [{ type: "summary_text", text: "hm" }],
        encrypted_content: "enc",
      }],
    },
  },
};

describe("encodes", () => {
  for (const [name, { call, target, body, warnings = [] }] of Object.entries(table)) {
    it(name, () => {
      const sent = encode(call, target);
      for (const [field, value] of Object.entries(body)) assert.deepEqual(sent.body[field], value, field);
      assert.deepEqual(sent.warnings, warnings);
    });
  }

  it("nothing that cannot be sent", () => {
    const wrong: readonly Partial<Call>[] = [
      { messages: [] },
      { messages: [hi], toolChoice: "required" },
      { messages: [{ role: "tool", content: "x" }] },
      { messages: [{ role: "user", content: [{ type: "image" }] }] },
      { messages: [{ role: "user", content: [{ type: "file", url: "a", fileId: "b" }] }] },
    ];
    for (const call of wrong) {
      assert.throws(() => encode(call), (error) => LoomError.is(error, "invalid-request"));
    }
  });

  it("work in the background once", () => {
    const request = codecOf().encode(
      fakeAttempting({ call: { messages: [hi] }, target: { params: { background: true } } }),
    );
    assert.equal(request.once, true);
  });
});

describe("a turn goes back as it came", () => {
  const output: Json[] = [
    {
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "I look it up." }],
      encrypted_content: "gAAA",
    },
    {
      type: "web_search_call",
      id: "ws_1",
      status: "completed",
      action: { type: "search", query: "oslo" },
    },
    {
      type: "message",
      id: "msg_1",
      role: "assistant",
      status: "completed",
      phase: "commentary",
      content: [{ type: "output_text", text: "One moment.", annotations: [] }],
    },
    {
      type: "function_call",
      id: "fc_1",
      call_id: "call_1",
      name: "weather",
      arguments: '{"city":"Oslo"}',
    },
  ];
  const body: Json = { id: "resp_1", object: "response", model: "gpt-5", status: "completed", output };
  const text = (parts: readonly Part[]) =>
    parts.flatMap((part) => part.type === "text" ? [part.text] : []).join("");

  it("when the answer was whole", () => {
    const parts = partsOf(codecOf().decode(body, headOf()));
    const turn = turnOf(parts, text(parts), "acme");
    const { body: sent, warnings } = encode({ messages: [hi, turn] });
    assert.deepEqual((sent["input"] as Json[]).slice(1), output);
    assert.deepEqual(warnings, []);
  });

  it("when it was streamed", () => {
    const decoder = codecOf().decodeStream(headOf());
    const send = (event: object) => decoder.event({ event: "", data: JSON.stringify(event) });
    const parts: Part[] = [...send({ type: "response.created", response: { id: "resp_1", output: [] } })];
    output.forEach((item, output_index) => {
      parts.push(...send({ type: "response.output_item.added", output_index, item }));
      parts.push(...send({ type: "response.output_item.done", output_index, item }));
    });
    parts.push(...send({ type: "response.completed", response: body as object }), ...decoder.end());
    const turn = turnOf(parts, text(parts), "acme");
    assert.deepEqual((encode({ messages: [hi, turn] }).body["input"] as Json[]).slice(1), output);
  });

  it("but for items that are kept nowhere", () => {
    const bare: Json = {
      ...body,
      store: false,
      output: [{ type: "reasoning", id: "rs_1", summary: [] }, output[2] as Json],
    };
    const parts = partsOf(codecOf().decode(bare, headOf()));
    assert.ok(!JSON.stringify(turnOf(parts, text(parts), "acme")).includes("rs_1"));
  });
});

describe("work in the background", () => {
  it("is asked for until it has ended, and can be told to stop", () => {
    const begun = codecOf().decode(
      { id: "resp_1", object: "response", status: "queued", background: true, output: [] },
      headOf({ target: { upstreamModel: "gpt-5" } }),
    );
    assert.ok("next" in begun);
    assert.equal(begun.jobId, "resp_1");
    assert.equal(begun.next.method, "GET");
    assert.equal(begun.next.path, "/responses/resp_1?include%5B%5D=reasoning.encrypted_content");
    assert.equal(begun.cancel?.path, "/responses/resp_1/cancel");
    const again = begun.decode({ id: "resp_1", status: "in_progress", output: [] }, headOf());
    assert.ok("next" in again);
    assert.throws(() => again.decode({ id: "resp_1", status: "cancelled", output: [] }, headOf()), LoomError);
  });
});

describe("counts tokens", () => {
  it("over what the call would send", () => {
    const operation = codecOf().countTokens?.(
      fakeAttempting({ call: { messages: [hi] }, target: { params: { max_tokens: 5, temperature: 0 } } }),
    );
    assert.equal(operation?.request.path, "/responses/input_tokens");
    assert.deepEqual(JSON.parse(String(operation?.request.body)), {
      model: "m1-2026",
      input: [{ role: "user", content: "Hi" }],
    });
    const answer = { object: "response.input_tokens", input_tokens: 11 };
    assert.deepEqual(operation?.decode(answer, headOf()), { inputTokens: 11 });
    assert.throws(() => operation?.decode({ error: { message: "no" } }, headOf()), LoomError);
  });
});
