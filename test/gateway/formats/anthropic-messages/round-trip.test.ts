/** Through this format and back through the outbound dialect of the same name: nothing is lost on the way. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { turnOf } from "../../../../src/client/turn.ts";
import type { Call } from "../../../../src/contract/call.ts";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import type { ContentPart, Message } from "../../../../src/contract/message.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { anthropicMessages } from "../../../../src/gateway/formats/anthropic-messages/index.ts";
import { partsOf } from "../../../../src/testing/wire-reading.ts";
import { codec, encoded, headOf, replay } from "../../../plugins/dialects/anthropic-messages/support.ts";
import { factsOf, streamed, written } from "./support.ts";

interface Fixture {
  readonly body?: JsonObject;
  readonly events?: readonly { readonly type: string }[];
  readonly lines?: readonly string[];
  readonly event?: string;
  readonly error?: unknown;
}

const root = new URL("../../../plugins/dialects/anthropic-messages/fixtures/", import.meta.url);
const fixtures: (readonly [name: string, parts: readonly Part[]])[] = [];
for (const name of (await readdir(root)).sort()) {
  const fixture = JSON.parse(await readFile(new URL(name, root), "utf8")) as Fixture;
  if (fixture.error === undefined) fixtures.push([name.replace(".json", ""), decoded(fixture)]);
}
assert.ok(fixtures.length >= 40, "fixtures are missing");

function decoded({ body, events, lines, event }: Fixture): readonly Part[] {
  if (body !== undefined) return partsOf(codec().decode(body, headOf()));
  const texts = lines ?? events?.map((entry) => JSON.stringify(entry)) ?? [];
  return replayed(
    texts.map((data) =>
      `event: ${event ?? (JSON.parse(data) as { readonly type: string }).type}\ndata: ${data}\n\n`
    ).join(""),
  );
}

function replayed(stream: string): readonly Part[] {
  const { parts, error } = replay(headOf({ call: { stream: true } }), [new TextEncoder().encode(stream)]);
  if (error !== undefined) throw error;
  return parts;
}

const facts = factsOf({}, { provider: "anthropic" });

/**
 * What the parts say, however they are cut: neighbouring texts are one, the last count is the count, and JSON is the same with
 * other white space. `streamed`: vendor fields of a call, and where a cited text begins, are known when the beginning has gone out.
 */
function said(parts: readonly Part[], streamed = false): unknown {
  const content: Part[] = [];
  const ends: Partial<Record<Part["type"], Part>> = {};
  for (const part of parts) {
    const last = content.at(-1);
    if (part.type === "text" || part.type === "reasoning") {
      const open = last?.type === part.type && last.signature === undefined ? last : undefined;
      if (open !== undefined) content[content.length - 1] = { ...part, text: open.text + part.text };
      else if (part.text !== "" || part.signature !== undefined) content.push(part);
    } else if (part.type === "usage" || part.type === "response" || part.type === "finish") {
      ends[part.type] = part;
    } else if (part.type === "refusal") ends.refusal = part;
    else if (part.type === "tool-call") {
      const { extra, arguments: text, ...rest } = part;
      content.push({
        ...rest,
        arguments: JSON.stringify(JSON.parse(text)),
        ...(extra !== undefined && !streamed && { extra }),
      });
    } else if (part.type === "citation" && streamed) {
      const { start: _, ...citation } = part.citation;
      content.push({ type: "citation", citation });
    } else if (part.type !== "raw" && !part.type.startsWith("tool-call-")) content.push(part);
  }
  return { content, ends };
}

/** Some hosts end a turn with calls as if it were plain; this format says what is meant. */
function wordOf({ reason, raw }: Extract<Part, { readonly type: "finish" }>): string {
  return reason === "tool-calls" ? "tool_use" : raw ?? "end_turn";
}

/** Hosts leave out what Anthropic always says: an id, a model, counts, a word for the end. */
function completed(parts: readonly Part[]): readonly Part[] {
  const response = parts.find((part) => part.type === "response");
  const finish = parts.find((part) => part.type === "finish");
  const counted = parts.some((part) => part.type === "usage");
  const { id = "msg_call-1", model = "m1-2026" } = response ?? {};
  const none = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  return [
    ...parts,
    { type: "response", id, model },
    ...(counted ? [] : [{ type: "usage" as const, usage: { ...none, totalTokens: 0 } }]),
    ...(finish?.type !== "finish" ? [] : [{ ...finish, raw: wordOf(finish) }]),
  ];
}

describe("answers: parts -> bytes -> parts", () => {
  for (const [name, parts] of fixtures) {
    it(`${name}, whole`, () => {
      const body = JSON.parse(JSON.stringify(written(parts, facts))) as Json;
      assert.deepEqual(said(partsOf(codec().decode(body, headOf()))), said(completed(parts)));
    });

    it(`${name}, streamed`, () => {
      for (const batches of [[parts], parts.map((part) => [part])]) {
        const back = replayed(streamed(batches, facts));
        assert.deepEqual(said(back, true), said(completed(parts), true));
      }
    });
  }
});

/** Equal turns in one form: a text is a list of one part, and nobody has made it. */
function plain(messages: readonly Message[]): readonly unknown[] {
  return messages.map(({ content, ...message }) => ({
    ...message,
    content: typeof content === "string"
      ? content === "" ? [] : [{ type: "text", text: content }]
      : content.map((part: ContentPart) => {
        const { madeBy: _, ...rest } = part as ContentPart & { readonly madeBy?: string };
        return rest;
      }),
  }));
}

/** What the reader makes of the body that the dialect writes for a call. */
function wire(call: Partial<Call>, params: JsonObject, model: string) {
  const { body } = encoded({ ...call }, { model, params });
  return { body, asked: anthropicMessages.read(JSON.parse(JSON.stringify(body)) as JsonObject, []) };
}

const schema = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const mark = { cache_control: { type: "ephemeral" } };
const hi: Message = { role: "user", content: "Hi" };
const tools = [{ name: "f", description: "d", parameters: schema, strict: true, extra: mark }];

const calls: readonly {
  readonly name: string;
  readonly call: Partial<Call>;
  readonly params?: JsonObject;
  readonly model?: string;
  /** Where params come back in another word. */
  readonly read?: JsonObject;
}[] = [
  { name: "a text", call: { messages: [hi] } },
  { name: "a stream", call: { messages: [hi], stream: true } },
  {
    name: "system, pictures and documents",
    call: {
      messages: [
        { role: "system", content: [{ type: "text", text: "S", extra: mark }] },
        {
          role: "user",
          content: [
            { type: "text", text: "See" },
            { type: "image", dataB64: "iVBORw==", mimeType: "image/png", extra: mark },
            { type: "image", url: "https://example.com/a.png" },
            { type: "file", dataB64: "JVBERg==", mimeType: "application/pdf", filename: "a.pdf" },
            { type: "file", dataB64: "R3LDvMOfZQ==", mimeType: "text/plain", extra: { context: "c" } },
            { type: "file", url: "https://example.com/a.pdf", mimeType: "application/pdf" },
            { type: "file", fileId: "file_1" },
            { type: "file", fileId: "file_2", mimeType: "image/*" },
            { type: "native", value: { type: "search_result", source: "s", title: "t", content: [] } },
          ],
        },
      ],
    },
  },
  {
    name: "tools, their calls and results",
    call: {
      messages: [
        hi,
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "hm", signature: "S" },
            { type: "native", value: { type: "redacted_thinking", data: "D" } },
            { type: "text", text: "Wait." },
            { type: "tool-call", id: "t1", name: "f", arguments: '{"city":"Oslo"}' },
            { type: "tool-call", id: "t2", name: "f", arguments: '{"city":' },
            {
              type: "tool-call",
              id: "t3",
              name: "f",
              arguments: "{}",
              extra: { caller: { type: "direct" } },
            },
          ],
        },
        { role: "tool", toolCallId: "t1", content: "fog" },
        { role: "tool", toolCallId: "t2", content: "not JSON", isError: true },
        {
          role: "tool",
          toolCallId: "t3",
          content: [
            { type: "text", text: "a" },
            { type: "image", dataB64: "iVBORw==", mimeType: "image/png" },
          ],
          extra: mark,
        },
        { role: "user", content: "And?" },
      ],
      tools,
      toolChoice: "auto",
    },
    params: { parallel_tool_calls: false },
  },
  {
    name: "a tool that must be called",
    call: { messages: [hi], tools, toolChoice: { tool: "f" } },
  },
  { name: "some tool that must be called", call: { messages: [hi], tools, toolChoice: "required" } },
  { name: "no tool", call: { messages: [hi], tools, toolChoice: "none" } },
  {
    name: "a tool of the vendor's",
    call: {
      messages: [hi],
      tools: [{ name: "web_search", native: { type: "web_search_20250305", name: "web_search" } }],
    },
  },
  {
    name: "the form of the answer",
    call: { messages: [hi], output: { schema, name: "output", repair: 0 } },
  },
  {
    name: "sampling and stops",
    call: { messages: [hi] },
    params: { temperature: 0.2, top_k: 3, stop: ["END"] },
  },
  ...["none", "low", "medium", "high", "max"].map((effort) => ({
    name: `an effort: ${effort}`,
    call: { messages: [hi] },
    params: { reasoning_effort: effort },
  })),
  ...([["minimal", "low"], ["low", "low"], ["medium", "medium"], ["high", "high"]] as const).map((
    [effort, read],
  ) => ({
    name: `a budget: ${effort}`,
    call: { messages: [hi] },
    params: { reasoning_effort: effort, max_tokens: 40_000 },
    model: "claude-sonnet-4-5",
    read: { reasoning_effort: read },
  })),
  {
    name: "a system turn between others",
    call: { messages: [hi, { role: "system", content: "S" }, { role: "assistant", content: "A" }, hi] },
    model: "claude-opus-4-8",
  },
];

describe("requests: call -> body -> call -> body", () => {
  for (const { name, call, params = {}, model = "claude-opus-4-6", read = {} } of calls) {
    it(name, () => {
      const given = { max_tokens: 2000, ...params };
      const { body, asked } = wire(call, given, model);
      assert.deepEqual(asked.unknown, []);
      assert.equal(asked.model, model);
      const { messages, params: back, ...rest } = asked.call;
      const { messages: before, ...others } = call;
      assert.deepEqual(plain(messages), plain(before ?? []));
      assert.deepEqual(back, { ...given, ...read });
      assert.deepEqual(rest, { stream: false, ...others });
      // A vendor that stands behind gets the same once more, except for budgets, which are efforts by now.
      if (body["thinking"] === undefined || read["reasoning_effort"] === undefined) {
        assert.deepEqual(wire(asked.call, asked.call.params as JsonObject, model).body, body);
      }
    });
  }

  it("with the one it is for", () => {
    const { asked } = wire({ messages: [hi] }, { max_tokens: 5, user: "u1" }, "claude-opus-4-6");
    assert.equal(asked.user, "u1");
  });

  for (
    const [name, parts] of fixtures.filter(([, parts]) => !parts.some(({ type }) => type === "citation"))
  ) {
    it(`with an earlier answer: ${name}`, () => {
      const text = parts.map((part) => part.type === "text" ? part.text : "").join("");
      const messages = [hi, turnOf(parts, text, "anthropic"), hi];
      const params = { max_tokens: 5, anthropic_beta: ["server-side-fallback-2026"] };
      const { body, asked } = wire({ messages }, params, "claude-opus-4-6");
      assert.deepEqual(wire(asked.call, params, "claude-opus-4-6").body, body);
    });
  }
});
