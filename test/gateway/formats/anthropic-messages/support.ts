/** What the tests of this format share: facts of an answer, the bytes of a stream, and clients that are given them. */

import Anthropic from "@anthropic-ai/sdk";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import type { Outcome } from "../../../../src/contract/reply.ts";
import type { AnswerFacts } from "../../../../src/gateway/format.ts";
import { anthropicMessages } from "../../../../src/gateway/formats/anthropic-messages/index.ts";

export const minimal: JsonObject = {
  model: "m1",
  max_tokens: 100,
  messages: [{ role: "user", content: "Hi" }],
};

/** Facts of an answer to `minimal` with `change` laid over it. */
export function factsOf(change: JsonObject = {}, facts: Partial<AnswerFacts> = {}): AnswerFacts {
  const body = { ...minimal, ...change };
  return {
    callId: "call-1",
    createdAtS: 1,
    provider: "acme",
    model: "m1-2026",
    body,
    asked: anthropicMessages.read(body, []),
    ...facts,
  };
}

/** The whole answer that is written. */
export function written(parts: readonly Part[], facts: AnswerFacts = factsOf()): JsonObject {
  const answer = anthropicMessages.write(parts, facts);
  if (!("json" in answer)) throw new Error("the answer is JSON");
  return answer.json as JsonObject;
}

/** The stream that is written for batches of parts. */
export function streamed(
  batches: readonly (readonly Part[])[],
  facts: AnswerFacts = factsOf(),
  outcome: Outcome = { status: "ok" },
): string {
  const writer = anthropicMessages.stream?.(facts);
  if (writer === undefined) throw new Error("the format has streams");
  return batches.map((batch) => String(writer.parts(batch))).join("") + String(writer.end(outcome));
}

export interface Event {
  readonly event: string;
  readonly data: Record<string, Json>;
}

/** The events of a stream. @throws when a frame is not exactly a name and one line of data */
export function eventsOf(stream: string): readonly Event[] {
  const frames = stream.split("\n\n");
  if (frames.pop() !== "") throw new Error("the stream ends within a frame");
  return frames.map((frame) => {
    const [, event, data] = /^event: ([a-z_]+)\ndata: ([^\n]+)$/.exec(frame) ?? [];
    if (event === undefined || data === undefined) throw new Error(`not a frame: ${frame}`);
    return { event, data: JSON.parse(data) as Record<string, Json> };
  });
}

/** An official client whose every request is answered with these bytes. */
export function clientOf(body: string | Json, status = 200): Anthropic {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/event-stream" : "application/json";
  return new Anthropic({
    apiKey: "sk-ant-test",
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(text, { status, headers: { "content-type": type } })),
  });
}

/** A request that the client can be asked to make. */
export const asking: Anthropic.MessageCreateParamsNonStreaming = {
  model: "m1",
  max_tokens: 100,
  messages: [{ role: "user", content: "Hi" }],
};
