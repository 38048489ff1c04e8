/** What the tests of OpenAI's text formats share: facts of an answer, and the official client fed from bytes. */

import OpenAI from "openai";
import type { JsonObject } from "../../../../src/contract/json.ts";
import type { Outcome } from "../../../../src/contract/reply.ts";
import type { Part } from "../../../../src/contract/part.ts";
import type { Usage } from "../../../../src/contract/usage.ts";
import { loomError } from "../../../../src/errors/index.ts";
import type { AnswerFacts, Format } from "../../../../src/gateway/format.ts";

export const ok: Outcome = { status: "ok" };
export const failed: Outcome = {
  status: "failed",
  error: loomError("stream-broken", "acme: the stream ended early", { partsSeen: 2 }),
};

export const usage: Usage = {
  inputTokens: 12,
  outputTokens: 7,
  cachedTokens: 4,
  cacheWriteTokens: 0,
  reasoningTokens: 3,
  totalTokens: 19,
};

export const userTurn: JsonObject = { role: "user", content: "Say hi." };

/** Facts of an answer to a request of this format, with `body` laid over the smallest one. */
export function factsOf(format: Format, body: JsonObject = {}): AnswerFacts {
  const whole: JsonObject = { model: "m1", messages: [userTurn], prompt: "Say hi.", ...body };
  return {
    callId: "c1",
    createdAtS: 1_700_000_000,
    provider: "acme",
    model: "m1-2026",
    body: whole,
    asked: format.read(whole, []),
  };
}

/** All that a stream of these batches sends. */
export function streamed(
  format: Format,
  body: JsonObject,
  batches: readonly (readonly Part[])[],
  outcome: Outcome = ok,
): string {
  const writer = format.stream?.(factsOf(format, { stream: true, ...body }));
  if (writer === undefined) throw new Error("the format has no streams");
  return batches.map((batch) => writer.parts(batch)).join("") + writer.end(outcome);
}

/** The JSON of each event; `[DONE]` stays a text. */
export function eventsOf(text: string): readonly unknown[] {
  return text.split("\n\n").filter((event) => event !== "").map((event) => {
    if (!event.startsWith("data: ")) throw new Error(`not an event of this format: ${event}`);
    const data = event.slice("data: ".length);
    return data === "[DONE]" ? data : JSON.parse(data) as unknown;
  });
}

/** The official client, whose server answers with these, one after the other. Cuts streams into small pieces. */
export function clientAnswered(
  ...answers: readonly (string | JsonObject | { readonly status: number; readonly body: unknown })[]
): OpenAI {
  let asked = 0;
  const fetch = () => {
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? "";
    if (typeof answer === "string") {
      return Promise.resolve(
        new Response(pieces(answer), { headers: { "content-type": "text/event-stream" } }),
      );
    }
    const { status, body } = answer;
    return Promise.resolve(
      typeof status === "number"
        ? Response.json(body, { status, headers: { "x-request-id": "req_1" } })
        : Response.json(answer),
    );
  };
  return new OpenAI({ apiKey: "sk-test", baseURL: "http://gateway.test/v1", maxRetries: 0, fetch });
}

function pieces(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at += 29));
    },
  });
}
