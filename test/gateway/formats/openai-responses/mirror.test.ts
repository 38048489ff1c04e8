/** Holds the format against Loom's own dialect, its mirror image: what one writes the other reads as the same. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { turnOf } from "../../../../src/client/turn.ts";
import type { Call, Json, JsonObject, Manifest, Part } from "../../../../src/contract/index.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf, partsOf } from "../../../../src/testing/wire-reading.ts";
import {
  codecOf,
  headOf,
  type Outcome,
  replay,
  type Summary,
  summary,
} from "../../../plugins/dialects/openai-responses/support.ts";
import { ask, clientOf, factsOf, ok, read, streamed, write } from "./support.ts";

const provider = "openai-responses";
const facts = factsOf(ask, { provider });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function encode({ params = {}, ...call }: Partial<Call>): JsonObject {
  const target = { provider, upstreamModel: "m", params };
  return jsonOf(codecOf().encode(fakeAttempting({ call: { ...call, params }, target }))) as JsonObject;
}

function decode(body: Json): readonly Part[] {
  return partsOf(codecOf().decode(body, headOf()));
}

/** Without the raw body, and with neighbouring texts joined: how an answer was cut is not what it says. */
function joined(parts: readonly Part[]): readonly Part[] {
  const all: Part[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (part.type === "raw" || part.type === "tool-call-start" || part.type === "tool-call-delta") continue;
    if (part.type === "text" && last?.type === "text") {
      all[all.length - 1] = { ...last, text: last.text + part.text };
    } else if (part.type === "reasoning" && last?.type === "reasoning") {
      all[all.length - 1] = { ...last, text: last.text + part.text };
    } else if (part.type === "tool-call") all.push(withoutOwnId(part));
    else all.push(part);
  }
  return all;
}

function withoutOwnId({ extra, ...part }: Part & { readonly type: "tool-call" }): Part {
  const { id, ...rest } = extra ?? {};
  const kept = String(id).includes("_loom_") ? rest : extra ?? {};
  return Object.keys(kept).length === 0 ? part : { ...part, extra: kept };
}

const usage = {
  inputTokens: 10,
  outputTokens: 7,
  cachedTokens: 4,
  cacheWriteTokens: 1,
  reasoningTokens: 2,
  totalTokens: 17,
};

const answers: Readonly<Record<string, readonly Part[]>> = {
  "text": [
    { type: "response", id: "resp_9", model: "m-2026" },
    { type: "text", text: "Hel" },
    { type: "text", text: "lo 😀\0" },
    { type: "usage", usage },
    { type: "finish", reason: "stop", raw: "completed" },
  ],
  "thinking, words, calls": [
    { type: "response", id: "resp_9", model: "m-2026" },
    { type: "reasoning", text: "hm" },
    { type: "text", text: "I look." },
    { type: "tool-call", index: 0, id: "c1", name: "a", arguments: "{}" },
    { type: "tool-call", index: 1, id: "c2", name: "b", arguments: '{"x":1}' },
    { type: "usage", usage },
    { type: "finish", reason: "tool-calls", raw: "completed" },
  ],
  "a refusal that is cut off": [
    { type: "response", id: "resp_9", model: "m-2026" },
    { type: "refusal", text: "No." },
    { type: "usage", usage },
    { type: "finish", reason: "length", raw: "max_output_tokens" },
  ],
};

describe("the dialect reads the answer that was written", () => {
  for (const [name, parts] of Object.entries(answers)) {
    it(`${name}, whole`, () => assert.deepEqual(joined(decode(write(parts, facts))), joined(parts)));
    it(`${name}, streamed`, () => {
      const { parts: read, error } = replay(codecOf(), [
        bytes(streamed(parts.map((part) => [part]), ok, facts)),
      ]);
      assert.equal(error, undefined);
      assert.deepEqual(joined(read), joined(parts));
    });
  }
});

interface Fixture {
  readonly manifest?: Partial<Manifest>;
  readonly body?: Json;
  readonly stream?: readonly { readonly type: string }[];
  readonly done?: boolean;
  readonly error?: unknown;
}

const root = new URL("../../../plugins/dialects/openai-responses/fixtures/", import.meta.url);
const fixtures: (readonly [name: string, parts: readonly Part[]])[] = [];
for (const name of (await readdir(root)).sort()) {
  const fixture: Fixture = JSON.parse(await readFile(new URL(name, root), "utf8"));
  if (fixture.error !== undefined) continue;
  fixtures.push([name, partsOfFixture(fixture).parts]);
}
assert.ok(fixtures.length >= 15, "fixtures are missing");

function partsOfFixture({ manifest, body, stream, done = false }: Fixture): Outcome {
  const codec = codecOf(manifest);
  if (body !== undefined) return { parts: partsOf(codec.decode(body, headOf())) };
  const events = (stream ?? []).map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return replay(codec, [bytes(events.join("") + (done ? "data: [DONE]\n\n" : ""))]);
}

/** Calls of tools that take free text. */
function freeTextCalls(parts: readonly Part[]): readonly (Part & { readonly type: "tool-call" })[] {
  return parts.filter((part) => part.type === "tool-call")
    .filter(({ extra }) => extra?.["type"] === "custom_tool_call");
}

/** What a caller takes away, without what vendors of other manifests count and say in words of their own. */
function takenAway(parts: readonly Part[]): Partial<Summary> {
  const { usage: { inputTokens, outputTokens }, native, finish, ...rest } = summary(parts);
  // Frames and proofs come in other numbers; blocks of unknown types travel in a proof.
  const bare = native.filter((type) =>
    /_call$|compaction|program|mcp/.test(String(type)) && type !== "hologram_call"
  );
  // The format has no word for a reason that nobody knows.
  const known = parts.some(({ type }) => type === "tool-call") && finish === "other" ? "tool-calls" : finish;
  return {
    ...rest,
    finish: known,
    native: bare,
    usage: { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 },
  };
}

describe("a recorded answer, decoded and written again", () => {
  for (const [name, parts] of fixtures) {
    it(`${name}, whole`, () => assert.deepEqual(takenAway(decode(write(parts, facts))), takenAway(parts)));
    it(`${name}, streamed`, () => {
      const again = replay(codecOf(), [bytes(streamed(parts.map((part) => [part]), ok, facts))]);
      assert.equal(again.error, undefined);
      assert.deepEqual(takenAway(again.parts), takenAway(parts));
    });
    it(`${name}, streamed to the official client`, async () => {
      const free = freeTextCalls(parts);
      const tools = free.map(({ name }) => ({ type: "custom", name }));
      const text = streamed(parts.map((part) => [part]), ok, factsOf({ ...ask, tools }, { provider }));
      const response = await clientOf(text).responses.stream({ model: "m", input: "Hi" }).finalResponse();
      const said = summary(parts);
      assert.equal(response.output_text, said.text);
      const calls = response.output.flatMap((item) =>
        item.type === "function_call"
          ? [[item.call_id, item.name, item.arguments]]
          : item.type === "custom_tool_call" && free.some(({ id }) => id === item.call_id)
          ? [[item.call_id, item.name, item.input]]
          : []
      );
      assert.deepEqual(calls, said.toolCalls);
    });
    it(`${name}, as a turn of the next request`, () => {
      const text = summary(parts).text;
      const messages = [
        { role: "user", content: "a" },
        turnOf(parts, text, provider),
        { role: "user", content: "b" },
      ] as const;
      const sent = encode({ messages });
      assert.deepEqual(encode(read(sent).call), sent);
    });
  }
});

const schema = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

/** Calls whose every word the format has, in the one way that it is read. */
const calls: Readonly<Record<string, Partial<Call>>> = {
  "a conversation": {
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "Where?" },
          { type: "image", dataB64: "aGk=", mimeType: "image/png", detail: "low" },
          { type: "image", url: "https://a.test/b.png" },
          { type: "image", extra: { file_id: "file-1" } },
          { type: "file", filename: "a.pdf", dataB64: "JVBE", mimeType: "application/pdf" },
          { type: "file", url: "https://a.test/a.pdf" },
          { type: "file", fileId: "file-2" },
          { type: "audio", dataB64: "aGk=", mimeType: "audio/mpeg" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "text", text: "I look." },
          { type: "tool-call", id: "c1", name: "w", arguments: '{"city":"Oslo"}' },
        ],
      },
      { role: "tool", toolCallId: "c1", content: "3" },
      { role: "system", content: "Now in French." },
      { role: "assistant", content: "Trois." },
    ],
  },
  "thinking that goes back": {
    messages: [
      { role: "user", content: "a" },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm", signature: "gA", madeBy: provider },
          { type: "text", text: "b" },
        ],
      },
    ],
  },
  "params": {
    messages: [{ role: "user", content: "a" }],
    params: {
      max_tokens: 50,
      temperature: 0.5,
      top_p: 0.9,
      parallel_tool_calls: false,
      reasoning_effort: "low",
    },
  },
  "tools and a choice": {
    messages: [{ role: "user", content: "a" }],
    tools: [
      { name: "w", description: "d", parameters: schema, strict: true, extra: { defer_loading: true } },
      { name: "web_search", native: { type: "web_search", search_context_size: "low" } },
    ],
    toolChoice: { tool: "web_search" },
  },
  "a schema": {
    messages: [{ role: "user", content: "a" }],
    output: { name: "place", schema, repair: 0 },
  },
};

describe("a request of the dialect reads as the call that it was", () => {
  for (const [name, call] of Object.entries(calls)) {
    it(name, () => {
      const { call: { stream, ...again }, unknown } = read(encode(call));
      assert.deepEqual(again, { params: {}, ...call });
      assert.deepEqual([stream, unknown], [false, []]);
    });
  }
});
