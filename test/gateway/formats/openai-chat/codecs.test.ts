/** Held against the dialects: what is written reads back as the same parts, and what is read goes to every kind of vendor. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import anthropicPlugin from "../../../../plugins/dialects/anthropic-messages/index.ts";
import coherePlugin from "../../../../plugins/dialects/cohere/index.ts";
import geminiPlugin from "../../../../plugins/dialects/gemini/index.ts";
import type { Dialect } from "../../../../src/contract/dialect.ts";
import type { JsonObject } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import type { Plugin } from "../../../../src/contract/plugin.ts";
import { openaiChat } from "../../../../src/gateway/formats/openai-chat/index.ts";
import { writeChat } from "../../../../src/gateway/formats/openai-chat/write.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf, partsOf as decodedOf } from "../../../../src/testing/wire-reading.ts";
import { codecOf, headOf, meaning, replay, vendor } from "../../../plugins/dialects/openai-chat/support.ts";
import { answers } from "./answers.ts";
import { factsOf, streamed, userTurn } from "./support.ts";

const codec = codecOf("openai");

/** Without the vendor's own words, which are different on the way back. */
function plain(parts: readonly Part[]): unknown {
  return JSON.parse(
    JSON.stringify(meaning(parts), (key, value: unknown) => key === "raw" ? undefined : value),
  );
}

function usagesIn(parts: readonly Part[]): readonly unknown[] {
  return parts.filter((part) => part.type === "usage");
}

describe("what is written reads back as the same parts", () => {
  for (const [name, batches] of Object.entries(answers)) {
    const parts = batches.flat();
    it(`whole: ${name}`, () => {
      const body = JSON.parse(JSON.stringify(writeChat(parts, factsOf(openaiChat)))) as JsonObject;
      const read = decodedOf(codec.decode(body, headOf()));
      const order = (part: Part) => "choice" in part ? part.choice ?? 0 : 0;
      // Alternatives of a stream are interleaved; those of a whole answer stand one after the other.
      const sorted = [...parts].sort((one, other) => order(one) - order(other));
      assert.deepEqual(plain(read), plain(sorted));
      assert.deepEqual(usagesIn(read), usagesIn(parts));
    });

    it(`streamed: ${name}`, () => {
      const text = streamed(openaiChat, { stream_options: { include_usage: true } }, batches);
      const read = replay(codec, headOf(), [new TextEncoder().encode(text)]);
      assert.equal(read.error, undefined);
      assert.deepEqual(plain(read.parts), plain(parts));
      assert.deepEqual(usagesIn(read.parts), usagesIn(parts));
    });
  }

  it("sources included", () => {
    const text = streamed(openaiChat, {}, answers["sources"] ?? []);
    const { parts } = replay(codec, headOf(), [new TextEncoder().encode(text)]);
    const urls = parts.flatMap((part) => part.type === "citation" ? [part.citation.url] : []);
    assert.deepEqual(urls, ["https://a.test", "https://b.test"]);
  });
});

/** The body that a vendor of another dialect is sent for a request of this format. */
async function sentTo(
  plugin: Plugin<"dialect", void>,
  provider: string,
  upstreamModel: string,
  body: JsonObject,
): Promise<Record<string, unknown>> {
  const dialect: Dialect = await plugin.make(() => {
    throw new Error("the dialect asks for no service");
  }, undefined);
  const { call } = openaiChat.read({ model: "m1", messages: [userTurn], ...body }, []);
  const ctx = fakeAttempting({ call, target: { provider, upstreamModel, params: call.params } });
  return jsonOf(dialect.codec(vendor(provider)).encode(ctx));
}

describe("JSON mode", () => {
  const body: JsonObject = { response_format: { type: "json_object" } };

  it("does not hold Claude to an object without fields", async () => {
    const sent = await sentTo(anthropicPlugin, "anthropic", "claude-opus-4-8", { ...body, max_tokens: 9 });
    assert.equal(sent["output_config"], undefined);
    assert.match(JSON.stringify(sent["system"]), /JSON/);
  });

  it("asks Gemini for the media type alone", async () => {
    const sent = await sentTo(geminiPlugin, "gemini", "gemini-3-pro", body);
    assert.deepEqual(sent["generationConfig"], { responseMimeType: "application/json" });
  });

  it("asks Cohere for an object without a schema", async () => {
    const sent = await sentTo(coherePlugin, "cohere", "command-a-03-2025", body);
    assert.deepEqual(sent["response_format"], { type: "json_object" });
  });
});

describe("params", () => {
  it("reach Claude only in words that it knows", async () => {
    const sent = await sentTo(anthropicPlugin, "anthropic", "claude-3-haiku-20240307", {
      max_completion_tokens: 9,
      temperature: 0.5,
      stop: "a",
      seed: 1,
      store: true,
      logit_bias: {},
      logprobs: true,
      top_logprobs: 2,
      verbosity: "low",
      modalities: ["text", "audio"],
      parallel_tool_calls: false,
      zz: 1,
    });
    assert.deepEqual(Object.keys(sent).sort(), [
      "max_tokens",
      "messages",
      "model",
      "stop_sequences",
      "temperature",
    ]);
    assert.equal(sent["max_tokens"], 9);
  });
});
