/** What is compared: Loom with its whole default chain, bare undici, and the packages that people come from. */

import { createOpenAI } from "@ai-sdk/openai";
import { generateText, streamText } from "ai";
import OpenAI from "openai";
import { Agent, request } from "undici";
import type { Loom } from "../../src/index.ts";
import type { Subject } from "./measure.ts";

/** About 2 kB, and different each time, so that nothing is deduplicated. */
const filler = "The quick brown fox jumps over the lazy dog. ".repeat(42);
let serial = 0;
const prompt = () => `${serial++} ${filler}`;

export interface Subjects {
  readonly whole: readonly Subject[];
  readonly streamed: readonly Subject[];
}

export function subjects(port: number, LoomClass: typeof Loom): Subjects {
  const baseURL = `http://127.0.0.1:${port}/v1`;
  const url = `${baseURL}/chat/completions`;
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const headers = { "content-type": "application/json", authorization: "Bearer bench" };
  const body = (stream: boolean) =>
    JSON.stringify({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: prompt() }],
      ...(stream ? { stream } : {}),
    });
  const loom = new LoomClass({
    apiKeys: { OPENAI_API_KEY: "bench" },
    providers: { openai: { baseUrl: baseURL } },
  });
  const openai = new OpenAI({ apiKey: "bench", baseURL });
  const model = createOpenAI({ apiKey: "bench", baseURL }).chat("gpt-4o-mini");
  const target = { provider: "openai", model: "gpt-4o-mini" };
  return {
    whole: [
      {
        name: "undici.request + JSON",
        call: async () => {
          const reply = await request(url, { method: "POST", headers, body: body(false), dispatcher: agent });
          const { choices } = await reply.body.json() as { choices: [{ message: { content: string } }] };
          return choices[0].message.content;
        },
      },
      {
        name: "loom.generate",
        call: async () => (await loom.generate({ ...target, prompt: prompt() })).text,
      },
      {
        name: "openai",
        call: async () => {
          const messages = [{ role: "user" as const, content: prompt() }];
          return (await openai.chat.completions.create({ model: "gpt-4o-mini", messages })).choices[0]
            ?.message.content;
        },
      },
      {
        name: "ai + @ai-sdk/openai",
        call: async () => (await generateText({ model, prompt: prompt() })).text,
      },
    ],
    streamed: [
      {
        name: "undici.request + hand SSE split",
        call: async () => {
          const reply = await request(url, { method: "POST", headers, body: body(true), dispatcher: agent });
          return await bareText(reply.body as AsyncIterable<Buffer>);
        },
      },
      {
        name: "loom.stream",
        call: async () => {
          let text = "";
          for await (const piece of loom.stream({ ...target, prompt: prompt() }).textStream) text += piece;
          return text;
        },
      },
      {
        name: "openai",
        call: async () => {
          let text = "";
          const messages = [{ role: "user" as const, content: prompt() }];
          const answer = await openai.chat.completions.create({
            model: "gpt-4o-mini",
            messages,
            stream: true,
          });
          for await (const chunk of answer) text += chunk.choices[0]?.delta.content ?? "";
          return text;
        },
      },
      {
        name: "ai + @ai-sdk/openai",
        call: async () => {
          let text = "";
          for await (const piece of streamText({ model, prompt: prompt() }).textStream) text += piece;
          return text;
        },
      },
    ],
  };
}

/** The least that reads a stream's text: split on blank lines, parse, join. */
async function bareText(body: AsyncIterable<Buffer>): Promise<string> {
  let rest = "";
  let text = "";
  for await (const chunk of body) {
    const events = (rest + chunk.toString("utf8")).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const data = event.slice(6);
      if (data !== "[DONE]") text += JSON.parse(data).choices[0]?.delta.content ?? "";
    }
  }
  return text;
}
