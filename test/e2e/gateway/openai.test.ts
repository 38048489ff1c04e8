/** The official `openai` client against the gateway, unchanged, in front of vendors of three wire formats. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { usage } from "../mock-vendor.ts";
import { settled, startMockedGateway } from "./support.ts";

const longText = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");
const weather = {
  type: "function" as const,
  function: {
    name: "weather",
    description: "The weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
} satisfies OpenAI.ChatCompletionTool;
const forecast = z.object({ city: z.string(), celsius: z.number() });

let running: Awaited<ReturnType<typeof startMockedGateway>>;
let client: OpenAI;

before(async () => {
  running = await startMockedGateway();
  running.vendor.mock
    .on({ endpoint: "chat", userMessage: "long" }, { content: longText, usage }, { chunkSize: 8 })
    .on({ endpoint: "chat", hasToolResult: true }, { content: "Rain in both.", usage })
    .on({ endpoint: "chat", userMessage: "weather" }, {
      toolCalls: [
        { id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' },
        { id: "call_2", name: "weather", arguments: '{"city":"Bergen"}' },
      ],
      usage,
    }, { chunkSize: 4 })
    .on({ endpoint: "chat", userMessage: "forecast" }, { content: '{"city":"Oslo","celsius":3}', usage })
    .on({ endpoint: "chat" }, { content: "A plain answer.", usage });
  client = new OpenAI({ baseURL: `${running.url}/v1`, apiKey: "sk-anything", maxRetries: 0 });
});
after(async () => {
  await settled(running);
  await running.close();
});

const vendors = [
  { name: "OpenAI's own format, verbatim", model: "openai/gpt-4o-mini" },
  { name: "OpenAI's responses, verbatim for those", model: "openai-responses/gpt-5-mini" },
  { name: "Anthropic", model: "anthropic/claude-sonnet-4-6" },
  { name: "Gemini", model: "gemini/gemini-2.5-flash" },
];

for (const { name, model } of vendors) {
  const ask = (content: string) => ({ model, messages: [{ role: "user" as const, content }] });

  describe(`openai before ${name}`, () => {
    it("chat", async () => {
      const { data: completion, response, request_id } = await client.chat.completions.create(ask("plain"))
        .withResponse();
      assert.equal(completion.object, "chat.completion");
      assert.equal(completion.choices[0]?.message.content, "A plain answer.");
      assert.equal(completion.choices[0]?.message.role, "assistant");
      assert.equal(completion.choices[0]?.finish_reason, "stop");
      assert.deepEqual([completion.usage?.prompt_tokens, completion.usage?.completion_tokens], [1000, 200]);
      assert.equal(response.headers.get("x-loom-provider"), model.split("/")[0]);
      assert.ok(request_id !== null && request_id !== "");
    });

    it("a stream, piece by piece, with the usage that was asked for", async () => {
      const stream = await client.chat.completions.create({
        ...ask("long"),
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = "";
      let pieces = 0;
      const finishes: string[] = [];
      const usages = [];
      let firstRole: string | undefined;
      for await (const { choices, usage } of stream) {
        const [choice] = choices;
        firstRole ??= choice?.delta.role;
        if (choice?.delta.content) pieces++;
        text += choice?.delta.content ?? "";
        if (choice?.finish_reason) finishes.push(choice.finish_reason);
        if (usage) usages.push([usage.prompt_tokens, usage.completion_tokens, choices.length]);
      }
      assert.equal(text, longText);
      assert.equal(firstRole, "assistant");
      assert.ok(pieces > 10, `${pieces} pieces`);
      assert.deepEqual(finishes, ["stop"]);
      assert.deepEqual(usages, [[1000, 200, 0]]);
    });

    it("a stream without usage, when nobody asks for it", async () => {
      const stream = await client.chat.completions.create({ ...ask("long"), stream: true });
      let counted = 0;
      let empty = 0;
      for await (const chunk of stream) {
        if (chunk.usage) counted++;
        if (chunk.choices.length === 0) empty++;
      }
      assert.deepEqual([counted, empty], [0, 0]);
    });

    it("the stream helper", async () => {
      const stream = client.chat.completions.stream(ask("long"));
      const heard: string[] = [];
      stream.on("content", (delta) => heard.push(delta));
      const completion = await stream.finalChatCompletion();
      assert.equal(completion.choices[0]?.message.content, longText);
      assert.equal(heard.join(""), longText);
    });

    it("tools, and their results in the next turn", async () => {
      const first = await client.chat.completions.create({ ...ask("weather"), tools: [weather] });
      const [choice] = first.choices;
      assert.equal(choice?.finish_reason, "tool_calls");
      const calls = choice.message.tool_calls ?? [];
      assert.deepEqual(
        calls.map((call) =>
          call.type === "function" && [call.function.name, JSON.parse(call.function.arguments)]
        ),
        [["weather", { city: "Oslo" }], ["weather", { city: "Bergen" }]],
      );
      assert.equal(new Set(calls.map(({ id }) => id)).size, 2);
      const second = await client.chat.completions.create({
        model,
        tools: [weather],
        messages: [
          { role: "user", content: "weather" },
          choice.message,
          ...calls.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: "rain" })),
        ],
      });
      assert.equal(second.choices[0]?.message.content, "Rain in both.");
    });

    it("streamed tools are put together as they were", async () => {
      const stream = client.chat.completions.stream({ ...ask("weather"), tools: [weather] });
      const completion = await stream.finalChatCompletion();
      const [choice] = completion.choices;
      assert.equal(choice?.finish_reason, "tool_calls");
      const calls = choice.message.tool_calls ?? [];
      assert.deepEqual(
        calls.map((call) =>
          call.type === "function" && [call.function.name, JSON.parse(call.function.arguments)]
        ),
        [["weather", { city: "Oslo" }], ["weather", { city: "Bergen" }]],
      );
      assert.equal(new Set(calls.map(({ id }) => id)).size, 2);
    });

    it("runTools calls the function and goes on", async () => {
      const asked: string[] = [];
      const runner = client.chat.completions.runTools({
        ...ask("weather"),
        tools: [{
          type: "function",
          function: {
            ...weather.function,
            parse: (text: string) => JSON.parse(text) as { city: string },
            function: ({ city }: { city: string }) => {
              asked.push(city);
              return "rain";
            },
          },
        }],
      });
      assert.equal(await runner.finalContent(), "Rain in both.");
      assert.deepEqual(asked, ["Oslo", "Bergen"]);
    });

    it("an answer of a given form, parsed", async () => {
      const completion = await client.chat.completions.parse({
        ...ask("forecast"),
        response_format: zodResponseFormat(forecast, "forecast"),
      });
      assert.deepEqual(completion.choices[0]?.message.parsed, { city: "Oslo", celsius: 3 });
    });

    it("a response of a given form, parsed", async () => {
      const response = await client.responses.parse({
        model,
        input: "forecast",
        text: { format: zodTextFormat(forecast, "forecast") },
      });
      assert.deepEqual(response.output_parsed, { city: "Oslo", celsius: 3 });
    });

    it("responses, whole and streamed", async () => {
      const whole = await client.responses.create({ model, input: "plain" });
      assert.equal(whole.output_text, "A plain answer.");
      assert.equal(whole.status, "completed");
      assert.deepEqual([whole.usage?.input_tokens, whole.usage?.output_tokens], [1000, 200]);

      const stream = client.responses.stream({ model, input: "long" });
      const kinds: string[] = [];
      let text = "";
      for await (const event of stream) {
        kinds.push(event.type);
        if (event.type === "response.output_text.delta") text += event.delta;
      }
      assert.equal(text, longText);
      assert.equal(kinds[0], "response.created");
      assert.equal(kinds.at(-1), "response.completed");
      assert.equal((await stream.finalResponse()).output_text, longText);
    });

    it("responses with tools, over two turns", async () => {
      const tools = [{ ...weather.function, type: "function" as const, strict: false }];
      for (const way of ["whole", "streamed"] as const) {
        const asked = { model, input: "weather", tools };
        const first = way === "whole"
          ? await client.responses.create(asked)
          : await client.responses.stream(asked).finalResponse();
        const calls = first.output.flatMap((item) => item.type === "function_call" ? [item] : []);
        assert.deepEqual(
          calls.map(({ name, arguments: text }) => [name, JSON.parse(text)]),
          [["weather", { city: "Oslo" }], ["weather", { city: "Bergen" }]],
          way,
        );
        const second = await client.responses.create({
          model,
          tools,
          input: [
            { role: "user", content: "weather" },
            ...calls.map(({ call_id, name, arguments: text }) => ({
              type: "function_call" as const,
              call_id,
              name,
              arguments: text,
            })),
            ...calls.map(({ call_id }) => ({
              type: "function_call_output" as const,
              call_id,
              output: "rain",
            })),
          ],
        });
        assert.equal(second.output_text, "Rain in both.", way);
      }
    });

    it("completions of the old kind, whole and streamed", async () => {
      const whole = await client.completions.create({ model, prompt: "plain" });
      assert.equal(whole.object, "text_completion");
      assert.equal(whole.choices[0]?.text, "A plain answer.");
      let text = "";
      for await (
        const { choices } of await client.completions.create({ model, prompt: "long", stream: true })
      ) {
        text += choices[0]?.text ?? "";
      }
      assert.equal(text, longText);
    });
  });
}
