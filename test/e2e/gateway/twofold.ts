/** A vendor of OpenAI's chat format that gives two choices at once; the mock gives one. */

import { serve, type TestServer } from "../../support/server.ts";

const sides = ["left ", "side", "right ", "side"];

export function startTwofold(): Promise<TestServer> {
  return serve(({ body, response }) => {
    const base = { id: "chatcmpl-1", created: 1, model: "gpt-4o-mini" };
    const event = (index: number, delta: object, finish: string | null = null) =>
      `data: ${
        JSON.stringify({
          ...base,
          object: "chat.completion.chunk",
          choices: [{ index, delta, finish_reason: finish }],
        })
      }\n\n`;
    if (!body.includes('"stream":true')) {
      const choices = ["left side", "right side"].map((content, index) => (
        { index, message: { role: "assistant", content }, finish_reason: "stop" }
      ));
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ ...base, object: "chat.completion", choices }));
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const index of [0, 1]) response.write(event(index, { role: "assistant", content: "" }));
    for (const [piece, index] of [[0, 0], [2, 1], [1, 0], [3, 1]] as const) {
      response.write(event(index, { content: sides[piece] }));
    }
    response.end(event(1, {}, "stop") + event(0, {}, "stop") + "data: [DONE]\n\n");
  });
}
