/** A vendor on a port of its own that answers in any bundled wire format, whole or word by word. */

import { EventStreamCodec } from "@smithy/eventstream-codec";
import type { Json } from "../../src/contract/json.ts";
import { type Arrived, serve } from "./server.ts";

/** How one wire format says a few words. */
interface Tongue {
  /** The body of a whole answer. */
  whole(text: string): Json;
  /** What a stream of these words consists of, in pieces as the network brings them. */
  stream(words: readonly string[]): readonly (string | Uint8Array)[];
  readonly contentType?: string;
}

export interface SpeakingVendor {
  readonly url: string;
  close(): Promise<void>;
}

const words = ["one ", "two ", "three ", "four ", "five"];

/**
 * Starts it.
 *
 * @param manner `answer`: at once; `slow`: with time between the words; `failure`: a page of HTML, and streams that are cut
 */
export async function startSpeakingVendor(
  dialect: string,
  manner: "answer" | "slow" | "failure",
): Promise<SpeakingVendor> {
  const tongue = tongues[dialect];
  if (tongue === undefined) throw new Error(`nobody here speaks ${dialect}`);
  const server = await serve(async ({ url, body, response, left }: Arrived) => {
    const streamed = /stream/i.test(url) || body.includes('"stream":true');
    if (!streamed) {
      if (manner === "failure") {
        return void response.writeHead(200, { "content-type": "text/html" }).end("<html>Down.</html>");
      }
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(JSON.stringify(tongue.whole(words.join(""))));
    }
    response.writeHead(200, { "content-type": tongue.contentType ?? "text/event-stream" });
    let gone = false;
    void left.then(() => gone = true);
    const pieces = tongue.stream(words);
    for (const piece of manner === "failure" ? pieces.slice(0, 3) : pieces) {
      if (gone) return;
      response.write(piece);
      if (manner === "slow") await new Promise((resolve) => void setTimeout(resolve, 25));
    }
    if (manner === "failure") response.socket?.destroy();
    else response.end();
  });
  return { url: server.url, close: () => server.close() };
}

function event(data: Json, name?: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}

function chat(delta: Json, finish: string | null): string {
  return event({ id: "c", model: "m", choices: [{ index: 0, delta, finish_reason: finish }] });
}

const chatUsage = { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 };
const countedTokens = { input_tokens: 5, output_tokens: 5, total_tokens: 10 };

function response(status: string, text: string): Json {
  const content = [{ type: "output_text", text, annotations: [] }];
  const output = text === ""
    ? []
    : [{ type: "message", id: "msg_1", role: "assistant", status: "completed", content }];
  return { id: "resp_1", object: "response", model: "m", status, output, usage: countedTokens };
}

function candidate(text: string, finishReason?: string): Json {
  return {
    candidates: [{ content: { role: "model", parts: [{ text }] }, ...(finishReason && { finishReason }) }],
    usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 5, totalTokenCount: 10 },
  };
}

const codec = new EventStreamCodec(
  (input) => typeof input === "string" ? input : new TextDecoder().decode(input),
  (input) => new TextEncoder().encode(input),
);

function frame(type: string, payload: Json): Uint8Array {
  return codec.encode({
    headers: {
      ":message-type": { type: "string", value: "event" },
      ":event-type": { type: "string", value: type },
      ":content-type": { type: "string", value: "application/json" },
    },
    body: new TextEncoder().encode(JSON.stringify(payload)),
  });
}

const tongues: Readonly<Record<string, Tongue>> = {
  "openai-chat": {
    whole: (text) => ({
      id: "c",
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
      usage: chatUsage,
    }),
    stream: (said) => [
      chat({ role: "assistant", content: "" }, null),
      ...said.map((content) => chat({ content }, null)),
      chat({}, "stop"),
      event({ id: "c", model: "m", choices: [], usage: chatUsage }),
      "data: [DONE]\n\n",
    ],
  },
  "openai-responses": {
    whole: (text) => response("completed", text),
    stream: (said) => [
      event({ type: "response.created", response: response("in_progress", "") }, "response.created"),
      ...said.map((delta) =>
        event(
          { type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta },
          "response.output_text.delta",
        )
      ),
      event(
        { type: "response.completed", response: response("completed", said.join("")) },
        "response.completed",
      ),
    ],
  },
  "anthropic-messages": {
    whole: (text) => ({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [{ type: "text", text }],
      stop_reason: "end_turn",
      usage: { input_tokens: 5, output_tokens: 5 },
    }),
    stream: (said) => [
      event({
        type: "message_start",
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: "m",
          content: [],
          usage: { input_tokens: 5, output_tokens: 1 },
        },
      }, "message_start"),
      event(
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        "content_block_start",
      ),
      ...said.map((text) =>
        event(
          { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } },
          "content_block_delta",
        )
      ),
      event({ type: "content_block_stop", index: 0 }, "content_block_stop"),
      event(
        { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } },
        "message_delta",
      ),
      event({ type: "message_stop" }, "message_stop"),
    ],
  },
  gemini: {
    whole: (text) => candidate(text, "STOP"),
    stream: (said) => [...said.map((text) => event(candidate(text))), event(candidate("", "STOP"))],
  },
  cohere: {
    whole: (text) => ({
      id: "c",
      message: { role: "assistant", content: [{ type: "text", text }] },
      finish_reason: "COMPLETE",
      usage: { tokens: { input_tokens: 5, output_tokens: 5 } },
    }),
    stream: (said) => [
      event(
        { type: "message-start", id: "c", delta: { message: { role: "assistant", content: [] } } },
        "message-start",
      ),
      event(
        { type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "" } } } },
        "content-start",
      ),
      ...said.map((text) =>
        event({ type: "content-delta", index: 0, delta: { message: { content: { text } } } }, "content-delta")
      ),
      event({ type: "content-end", index: 0 }, "content-end"),
      event({
        type: "message-end",
        delta: { finish_reason: "COMPLETE", usage: { tokens: { input_tokens: 5, output_tokens: 5 } } },
      }, "message-end"),
    ],
  },
  "bedrock-converse": {
    contentType: "application/vnd.amazon.eventstream",
    whole: (text) => ({
      output: { message: { role: "assistant", content: [{ text }] } },
      stopReason: "end_turn",
      usage: { inputTokens: 5, outputTokens: 5, totalTokens: 10 },
    }),
    stream: (said) => [
      frame("messageStart", { role: "assistant" }),
      ...said.map((text) => frame("contentBlockDelta", { contentBlockIndex: 0, delta: { text } })),
      frame("contentBlockStop", { contentBlockIndex: 0 }),
      frame("messageStop", { stopReason: "end_turn" }),
      frame("metadata", { usage: { inputTokens: 5, outputTokens: 5, totalTokens: 10 } }),
    ],
  },
};
