/** The bench's vendor: an OpenAI-shaped server as cheap as Node makes it, in a process of its own. */

import { createServer } from "node:http";
import process from "node:process";

/** About 2 kB, as a short chat answer is. */
const answer: Buffer = Buffer.from(JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "gpt-4o-mini",
  choices: [{
    index: 0,
    message: { role: "assistant", content: "lorem ipsum ".repeat(140).trim(), refusal: null },
    logprobs: null,
    finish_reason: "stop",
  }],
  usage: {
    prompt_tokens: 420,
    completion_tokens: 281,
    total_tokens: 701,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  },
}));

const head = {
  id: "chatcmpl-bench",
  object: "chat.completion.chunk",
  created: 1_790_000_000,
  model: "gpt-4o-mini",
};
const event = (value: object) => `data: ${JSON.stringify({ ...head, ...value })}\n\n`;
const first = event({
  choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }],
});
const delta = event({ choices: [{ index: 0, delta: { content: " lorem" }, finish_reason: null }] });
const last = event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }) +
  event({ choices: [], usage: { prompt_tokens: 420, completion_tokens: 50, total_tokens: 470 } }) +
  "data: [DONE]\n\n";

/** Tokens of one stream, and the time between two of them. */
const chunks = Number(process.env["BENCH_CHUNKS"] ?? 50);
const paceMs = Number(process.env["BENCH_PACE_MS"] ?? 10);

const server = createServer((request, response) => {
  let streams = false;
  request.on("data", (chunk: Buffer) => {
    streams ||= chunk.includes('"stream":true');
  });
  request.on("end", () => {
    if (!streams) {
      response.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
      response.end(answer);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(first);
    let sent = 0;
    const timer = setInterval(() => {
      if (++sent <= chunks) return void response.write(delta);
      clearInterval(timer);
      response.end(last);
    }, paceMs);
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as { port: number }).port));
process.on("disconnect", () => process.exit(0));
