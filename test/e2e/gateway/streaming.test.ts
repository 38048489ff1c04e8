/** Many streams at once, letters cut in half, vendors that think, output that is gathered. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { GatewayOptions } from "../../../src/gateway.ts";
import { type Arrived, serve, type TestServer } from "../../support/server.ts";
import { askSlowly } from "./raw.ts";
import { type RunningGateway, settled, startGateway, thrown } from "./support.ts";
import { providersAt, tongueAt } from "./tongues.ts";

/** How the vendor of the test that runs answers. */
let answer: (arrived: Arrived) => void | Promise<void> = () => {};
let vendor: TestServer;
const gateways: RunningGateway[] = [];

before(async () => {
  vendor = await serve((arrived) => answer(arrived));
});
after(async () => {
  for (const running of gateways) await running.close();
  await vendor.close();
});

async function gatewayWith(options: GatewayOptions = {}): Promise<RunningGateway> {
  const running = await startGateway({ providers: providersAt(vendor.url), breaker: false }, options);
  gateways.push(running);
  return running;
}

function begin({ response }: Arrived): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe("50 streams at once", () => {
  for (const provider of ["my-openai", "my-anthropic"]) {
    it(`each have their own text, from ${provider}`, async () => {
      const running = await gatewayWith();
      const client = new OpenAI({ baseURL: `${running.url}/v1`, apiKey: "sk-anything", maxRetries: 0 });
      let speaking = 0;
      let most = 0;
      // Says back what it was told, a letter at a time, while the others speak.
      answer = async (arrived) => {
        const [, said = ""] = /"(\d+:[a-z ]+)"/.exec(arrived.body) ?? [];
        const tongue = tongueAt(arrived.url);
        most = Math.max(most, ++speaking);
        begin(arrived);
        arrived.response.write(tongue.opening);
        for (const letter of said) {
          arrived.response.write(tongue.word(letter));
          await turn();
        }
        arrived.response.end(tongue.closing);
        speaking--;
      };
      const texts = Array.from(
        { length: 50 },
        (_, index) => `${index}:${"round and round ".repeat(1 + index % 5)}`,
      );
      const heard = await Promise.all(texts.map(async (content) => {
        let text = "";
        const stream = await client.chat.completions.create({
          model: `${provider}/m1`,
          messages: [{ role: "user", content }],
          stream: true,
        });
        for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
        return text;
      }));
      assert.deepEqual(heard, texts);
      assert.ok(most > 5, `at most ${most} at once`);
      await settled(running);
    });
  }
});

describe("letters that the network cuts in half", () => {
  for (const provider of ["my-openai", "my-anthropic"]) {
    it(`come whole from ${provider}`, async () => {
      const running = await gatewayWith();
      const client = new OpenAI({ baseURL: `${running.url}/v1`, apiKey: "sk-anything", maxRetries: 0 });
      const said = 'Ærø, 東京, \u{1f43b}\u200d\u2744\ufe0f and \u2028 a "line" \\ of its own';
      answer = async (arrived) => {
        const tongue = tongueAt(arrived.url);
        begin(arrived);
        const whole = Buffer.from(tongue.opening + tongue.word(said) + tongue.closing);
        for (let at = 0; at < whole.length; at += 7) {
          arrived.response.write(whole.subarray(at, at + 7));
          await turn();
        }
        arrived.response.end();
      };
      const messages = [{ role: "user" as const, content: "Speak." }];
      const stream = client.chat.completions.stream({ model: `${provider}/m1`, messages });
      assert.equal((await stream.finalChatCompletion()).choices[0]?.message.content, said);
    });
  }
});

describe("while the vendor thinks", () => {
  for (const provider of ["my-openai", "my-anthropic"]) {
    const model = `${provider}/m1`;
    const messages = [{ role: "user" as const, content: "Think." }];
    const clients = {
      async openai(url: string): Promise<string> {
        const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "sk-anything", maxRetries: 0 });
        let text = "";
        for await (
          const { choices } of await client.chat.completions.create({ model, messages, stream: true })
        ) {
          text += choices[0]?.delta.content ?? "";
        }
        return text;
      },
      async anthropic(url: string): Promise<string> {
        const client = new Anthropic({ baseURL: url, apiKey: "sk-anything", maxRetries: 0 });
        const final = await client.messages.stream({ model, messages, max_tokens: 64 }).finalMessage();
        return final.content.map((block) => block.type === "text" ? block.text : "").join("");
      },
    };

    it(`${provider}: heartbeats come before the first word and between two`, async () => {
      const running = await gatewayWith({ streaming: { heartbeatMs: 20 } });
      let goOn = () => {};
      answer = async (arrived) => {
        const tongue = tongueAt(arrived.url);
        await new Promise<void>((resolve) => goOn = resolve);
        begin(arrived);
        arrived.response.write(tongue.opening + tongue.word("one "));
        await new Promise<void>((resolve) => goOn = resolve);
        arrived.response.end(tongue.word("two") + tongue.closing);
      };
      const asked = await fetch(`${running.url}/v1/chat/completions`, {
        method: "POST",
        body: JSON.stringify({ model, messages, stream: true }),
      });
      let text = "";
      const decoder = new TextDecoder();
      for await (const piece of asked.body ?? []) {
        text += decoder.decode(piece, { stream: true });
        const beats = text.split(": loom\n\n").length - 1;
        if (beats >= 2 && !text.includes("one ") || beats >= 5) goOn();
      }
      const [before = "", between = ""] = [
        text.slice(0, text.indexOf("one ")),
        text.slice(text.indexOf("one ")),
      ];
      assert.ok(before.split(": loom\n\n").length > 2, text);
      assert.ok(between.split(": loom\n\n").length > 1, text);
      assert.ok(text.includes("two") && text.endsWith("data: [DONE]\n\n"), text);
    });

    for (const [name, read] of Object.entries(clients)) {
      it(`${provider}: the client for ${name} minds neither heartbeats nor what comes after them`, async () => {
        const running = await gatewayWith({ streaming: { heartbeatMs: 10 } });
        answer = (arrived) => {
          const tongue = tongueAt(arrived.url);
          setTimeout(() => {
            begin(arrived);
            arrived.response.write(tongue.opening + tongue.word("one "));
            setTimeout(() => arrived.response.end(tongue.word("two") + tongue.closing), 60);
          }, 60);
        };
        assert.equal(await read(running.url), "one two");
        answer = ({ url, response }) => {
          setTimeout(() => response.writeHead(400).end(tongueAt(url).refusal("no such thought")), 60);
        };
        const error = await thrown(Error, () => read(running.url));
        assert.match(error.message, /no such thought/);
        await settled(running);
      });
    }
  }
});

describe("output that is gathered", () => {
  for (const provider of ["my-openai", "my-anthropic"]) {
    it(`leaves in fewer pieces, whole and in order, from ${provider}`, async () => {
      answer = async (arrived) => {
        const tongue = tongueAt(arrived.url);
        begin(arrived);
        arrived.response.write(tongue.opening);
        for (let index = 0; index < 100; index++) {
          arrived.response.write(tongue.word(`w${index} `));
          await turn();
        }
        arrived.response.end(tongue.closing);
      };
      const pieces: number[] = [];
      for (const flushIntervalMs of [0, 10_000]) {
        const running = await gatewayWith({ streaming: { flushIntervalMs } });
        const socket = askSlowly(running.port, `${provider}/m1`);
        let came = "";
        socket.on("data", (chunk: Buffer) => came += chunk.toString()).resume();
        await new Promise((resolve) => socket.on("close", resolve));
        const words = [...came.matchAll(/"content":"(w\d+) "/g)].map(([, word]) => word);
        assert.deepEqual(words, Array.from({ length: 100 }, (_, index) => `w${index}`));
        // Each write is a chunk of its own on the wire.
        pieces.push(came.match(/\r\n[0-9a-f]+\r\n/g)?.length ?? 0);
        await settled(running);
      }
      const [atOnce = 0, gathered = 0] = pieces;
      assert.ok(atOnce > 10 && gathered < 5, `${atOnce} and ${gathered} pieces`);
    });
  }
});
