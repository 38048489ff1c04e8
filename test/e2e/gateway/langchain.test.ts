/** `@langchain/openai` against the gateway, unchanged, in front of vendors of three wire formats. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { HumanMessage, ToolMessage, type UsageMetadata } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { z } from "zod";
import { usage } from "../mock-vendor.ts";
import { settled, startMockedGateway } from "./support.ts";

const longText = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");
const forecast = z.object({ city: z.string(), celsius: z.number() });
const weather = tool(({ city }) => `rain in ${city}`, {
  name: "weather",
  description: "The weather of a city",
  schema: z.object({ city: z.string() }),
});

function counts(usage: UsageMetadata | undefined): readonly (number | undefined)[] {
  return [usage?.input_tokens, usage?.output_tokens];
}

let running: Awaited<ReturnType<typeof startMockedGateway>>;
let configuration: { baseURL: string };
const apiKey = "sk-anything";

before(async () => {
  running = await startMockedGateway();
  running.vendor.mock
    .onEmbedding(/./, { embedding: [0.25, 0.5, -0.75] })
    .on({ endpoint: "chat", userMessage: "long" }, { content: longText, usage }, { chunkSize: 8 })
    .on({ endpoint: "chat", hasToolResult: true }, { content: "Rain.", usage })
    .on({ endpoint: "chat", userMessage: "weather" }, {
      toolCalls: [{ id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' }],
      usage,
    }, { chunkSize: 4 })
    .on({ endpoint: "chat", userMessage: "forecast" }, { content: '{"city":"Oslo","celsius":3}', usage })
    .on({ endpoint: "chat" }, { content: "A plain answer.", usage });
  configuration = { baseURL: `${running.url}/v1` };
});
after(async () => {
  await settled(running);
  await running.close();
});

for (const model of ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4-6", "gemini/gemini-2.5-flash"]) {
  const chat = () => new ChatOpenAI({ model, apiKey, configuration, maxRetries: 0 });

  describe(`ChatOpenAI before ${model}`, () => {
    it("invoke", async () => {
      const answer = await chat().invoke("plain");
      assert.equal(answer.text, "A plain answer.");
      assert.deepEqual(counts(answer.usage_metadata), [1000, 200]);
    });

    it("stream", async () => {
      const pieces: string[] = [];
      let counted = 0;
      for await (const piece of await chat().stream("long")) {
        if (piece.text !== "") pieces.push(piece.text);
        counted += counts(piece.usage_metadata)[1] ?? 0;
      }
      assert.equal(pieces.join(""), longText);
      assert.ok(pieces.length > 10, `${pieces.length} pieces`);
      assert.equal(counted, 200);
    });

    it("bindTools, over two turns", async () => {
      const withTools = chat().bindTools([weather]);
      const question = new HumanMessage("weather");
      const first = await withTools.invoke([question]);
      const [call] = first.tool_calls ?? [];
      assert.deepEqual([call?.name, call?.args], ["weather", { city: "Oslo" }]);
      const result = new ToolMessage({ tool_call_id: call?.id ?? "", content: "rain" });
      assert.equal((await withTools.invoke([question, first, result])).text, "Rain.");
    });

    it("bindTools, streamed", async () => {
      let whole;
      for await (const piece of await chat().bindTools([weather]).stream("weather")) {
        whole = whole === undefined ? piece : whole.concat(piece);
      }
      assert.deepEqual(whole?.tool_calls?.map(({ name, args }) => [name, args]), [["weather", {
        city: "Oslo",
      }]]);
    });

    it("withStructuredOutput", async () => {
      const structured = chat().withStructuredOutput(forecast, { method: "jsonSchema" });
      assert.deepEqual(await structured.invoke("forecast"), { city: "Oslo", celsius: 3 });
    });
  });
}

describe("OpenAIEmbeddings", () => {
  // LangChain for JavaScript sends texts. LangChain for Python sends tokens, which mean nothing to other vendors, unless it
  // is made with `check_embedding_ctx_length=False`; the gateway's refusal says so.
  for (const model of ["openai/text-embedding-3-small", "cohere/embed-v4.0"]) {
    it(`texts to ${model}`, async () => {
      const embeddings = new OpenAIEmbeddings({ model, apiKey, configuration, maxRetries: 0 });
      assert.deepEqual(await embeddings.embedQuery("one"), [0.25, 0.5, -0.75]);
      assert.deepEqual(await embeddings.embedDocuments(["one", "two"]), [[0.25, 0.5, -0.75], [
        0.25,
        0.5,
        -0.75,
      ]]);
    });
  }

  for (const input of [[[40, 41], [42]], [40, 41]]) {
    it(`tokens ${JSON.stringify(input)}, as LangChain for Python sends them, are refused with what to set`, async () => {
      const answer = await fetch(`${running.url}/v1/embeddings`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "cohere/embed-v4.0", input, encoding_format: "base64" }),
      });
      const { error } = await answer.json() as { error: { message: string; param: string } };
      assert.deepEqual([answer.status, error.param], [400, "input"]);
      assert.match(error.message, /check_embedding_ctx_length=False/);
    });
  }
});
