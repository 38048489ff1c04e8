/** The official `@anthropic-ai/sdk` against the gateway, unchanged, in front of vendors of three wire formats. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";
import { serve, type TestServer } from "../../support/server.ts";
import { usage } from "../mock-vendor.ts";
import { settled, startMockedGateway, thrown } from "./support.ts";

const longText = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");
const weather: Anthropic.Tool = {
  name: "weather",
  description: "The weather of a city",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-6",
  content: [{ type: "text", text: "Heard.", block_of_tomorrow: 7 }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 5, output_tokens: 2, usage_of_tomorrow: 3 },
};

/** Writes down what reaches a vendor; the mock keeps requests in a form of its own. */
let listener: TestServer;
let running: Awaited<ReturnType<typeof startMockedGateway>>;
let client: Anthropic;

before(async () => {
  listener = await serve(({ url, response }) => {
    response.writeHead(200, { "content-type": "application/json", "request-id": "req_vendor" });
    response.end(JSON.stringify(url.endsWith("count_tokens") ? { input_tokens: 42 } : message));
  });
  running = await startMockedGateway({}, {
    providers: { listener: { type: "anthropic", baseUrl: listener.url, apiKey: "sk-listener-0" } },
  });
  running.vendor.mock
    .on({ endpoint: "chat", userMessage: "long" }, { content: longText, usage }, { chunkSize: 8 })
    .on({ endpoint: "chat", userMessage: "think" }, { reasoning: "Let me see.", content: "Seen.", usage })
    .on({ endpoint: "chat", hasToolResult: true }, { content: "Rain in both.", usage })
    .on({ endpoint: "chat", userMessage: "weather" }, {
      content: "I will look.",
      toolCalls: [
        { id: "toolu_1", name: "weather", arguments: '{"city":"Oslo"}' },
        { id: "toolu_2", name: "weather", arguments: '{"city":"Bergen"}' },
      ],
      usage,
    }, { chunkSize: 4 })
    .on({ endpoint: "chat", userMessage: "forecast" }, { content: '{"city":"Oslo","celsius":3}', usage })
    .on({ endpoint: "chat" }, { content: "A plain answer.", usage });
  client = new Anthropic({ baseURL: running.url, apiKey: "sk-anything", maxRetries: 0 });
});
after(async () => {
  await settled(running);
  await running.close();
  await listener.close();
});

const vendors = [
  {
    name: "Anthropic's own format, verbatim",
    model: "anthropic/claude-sonnet-4-6",
    thinker: "anthropic/claude-sonnet-4-6",
  },
  { name: "OpenAI", model: "openai/gpt-4o-mini", thinker: "deepseek/deepseek-v4-pro" },
  { name: "Gemini", model: "gemini/gemini-2.5-flash", thinker: "gemini/gemini-2.5-flash" },
];

for (const { name, model, thinker } of vendors) {
  const ask = (content: string) => ({
    model,
    max_tokens: 2_000,
    messages: [{ role: "user" as const, content }],
  });
  const textOf = ({ content }: Anthropic.Message) =>
    content.flatMap((block) => block.type === "text" ? [block.text] : []).join("");
  const callsOf = ({ content }: Anthropic.Message) =>
    content.flatMap((block) => block.type === "tool_use" ? [[block.name, block.input]] : []);

  describe(`@anthropic-ai/sdk before ${name}`, () => {
    it("a message", async () => {
      const { data, request_id, response } = await client.messages.create(ask("plain")).withResponse();
      assert.deepEqual([data.type, data.role, data.stop_reason], ["message", "assistant", "end_turn"]);
      assert.equal(textOf(data), "A plain answer.");
      assert.deepEqual([data.usage.input_tokens, data.usage.output_tokens], [1000, 200]);
      assert.ok(request_id !== null && request_id !== "");
      assert.equal(response.headers.get("x-loom-provider"), model.split("/")[0]);
    });

    it("a stream, in Anthropic's order of events", async () => {
      const kinds: string[] = [];
      let text = "";
      for await (const event of await client.messages.create({ ...ask("long"), stream: true })) {
        if (kinds.at(-1) !== event.type) kinds.push(event.type);
        if (event.type === "content_block_delta" && event.delta.type === "text_delta") {
          text += event.delta.text;
        }
      }
      assert.equal(text, longText);
      assert.deepEqual(kinds, [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
      ]);
    });

    it("the stream helper", async () => {
      const stream = client.messages.stream(ask("long"));
      const heard: string[] = [];
      stream.on("text", (delta) => heard.push(delta));
      const final = await stream.finalMessage();
      assert.equal(textOf(final), longText);
      assert.equal(heard.join(""), longText);
      assert.ok(heard.length > 10, `${heard.length} pieces`);
      assert.deepEqual([final.stop_reason, final.usage.output_tokens], ["end_turn", 200]);
    });

    it("an answer of a given form, parsed", async () => {
      const message = await client.messages.parse({
        ...ask("forecast"),
        output_config: { format: zodOutputFormat(z.object({ city: z.string(), celsius: z.number() })) },
      });
      assert.deepEqual(message.parsed_output, { city: "Oslo", celsius: 3 });
    });

    for (const way of ["whole", "streamed"] as const) {
      it(`tools, ${way}, and their results in the next turn`, async () => {
        const asked = { ...ask("weather"), tools: [weather] };
        const first = way === "whole"
          ? await client.messages.create(asked)
          : await client.messages.stream(asked).finalMessage();
        assert.equal(first.stop_reason, "tool_use");
        assert.equal(textOf(first), "I will look.");
        assert.deepEqual(callsOf(first), [["weather", { city: "Oslo" }], ["weather", { city: "Bergen" }]]);
        const ids = first.content.flatMap((block) => block.type === "tool_use" ? [block.id] : []);
        assert.equal(new Set(ids).size, 2);
        const second = await client.messages.create({
          ...asked,
          messages: [
            ...asked.messages,
            { role: "assistant", content: first.content },
            {
              role: "user",
              content: ids.map((id) => ({ type: "tool_result" as const, tool_use_id: id, content: "rain" })),
            },
          ],
        });
        assert.equal(textOf(second), "Rain in both.");
      });

      it(`thinking, ${way}`, async () => {
        const asked = {
          ...ask("think"),
          model: thinker,
          thinking: { type: "enabled" as const, budget_tokens: 1_024 },
        };
        const final = way === "whole"
          ? await client.messages.create(asked)
          : await client.messages.stream(asked).finalMessage();
        assert.deepEqual(
          final.content.map((block) =>
            block.type === "thinking" ? block.thinking : block.type === "text" && block.text
          ),
          ["Let me see.", "Seen."],
        );
      });
    }
  });
}

describe("@anthropic-ai/sdk, to the letter", () => {
  it("what the vendor of the same format gets is what the client wrote, beta header and all", async () => {
    const sent = {
      model: "listener/claude-sonnet-4-6",
      max_tokens: 64,
      metadata: { user_id: "u-1" },
      field_of_tomorrow: { deep: [1, 2] },
      messages: [{
        role: "user" as const,
        content: [{ type: "text" as const, text: "ä", cache_control: { type: "ephemeral" as const } }],
      }],
    };
    const answer = await client.beta.messages.create({
      ...sent,
      betas: ["context-1m-2025-08-07", "other-1"],
    });
    const arrived = await listener.request(listener.requests.length - 1);
    assert.deepEqual(JSON.parse(arrived.body), { ...sent, model: "claude-sonnet-4-6" });
    assert.equal(arrived.headers["anthropic-beta"], "context-1m-2025-08-07,other-1");
    assert.equal(arrived.headers["x-api-key"], "sk-listener-0");
    assert.ok(!JSON.stringify(arrived.headers).includes("sk-anything"), "the caller's key stays here");
    const { _request_id, ...own } = answer;
    assert.deepEqual(own, message);
  });

  it("counts tokens where the vendor can", async () => {
    const { input_tokens } = await client.messages.countTokens({
      model: "listener/claude-sonnet-4-6",
      messages: [{ role: "user", content: "How many?" }],
    });
    assert.equal(input_tokens, 42);
  });

  it("estimates tokens elsewhere", async () => {
    const { input_tokens } = await client.messages.countTokens({
      model: "openai/gpt-4o-mini",
      messages: [{ role: "user", content: "How many tokens may this be?" }],
    });
    assert.ok(input_tokens > 3 && input_tokens < 60, `${input_tokens} tokens`);
  });

  it("what fails beside messages fails in Anthropic's shape", async () => {
    for (
      const asking of [
        client.messages.countTokens({ model: "openai/none-such", messages: [] }),
        client.models.retrieve("claude-none-such"),
        client.get("/v1/nothing"),
      ]
    ) {
      const { error } = await thrown(Anthropic.APIError, () => asking);
      assert.equal((error as { type?: string }).type, "error");
    }
  });

  it("lists models in Anthropic's form", async () => {
    const ids: string[] = [];
    for await (const { id, type } of client.models.list()) {
      assert.equal(type, "model");
      ids.push(id);
    }
    assert.ok(ids.includes("claude-sonnet-4-6"));
    assert.equal((await client.models.retrieve("claude-sonnet-4-6")).display_name, "claude-sonnet-4-6");
  });

  it("leaves nothing behind", async () => {
    await settled(running);
    assert.deepEqual(running.log, []);
  });
});
