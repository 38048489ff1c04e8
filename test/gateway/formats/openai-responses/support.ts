/** What the tests of this format share: requests, facts, and a client whose server is the format itself. */

import OpenAI from "openai";
import type { JsonObject, Outcome, Part } from "../../../../src/contract/index.ts";
import type { AnswerFacts, Asked } from "../../../../src/gateway/format.ts";
import { openaiResponses } from "../../../../src/gateway/formats/openai-responses/index.ts";

export const ask: JsonObject = { model: "claude", input: "Hi" };

export function read(body: JsonObject): Asked {
  return openaiResponses.read(body, []);
}

export function factsOf(body: JsonObject = ask, change: Partial<AnswerFacts> = {}): AnswerFacts {
  return {
    callId: "call_1",
    createdAtS: 1_700_000_000,
    provider: "anthropic",
    model: "claude-1",
    body,
    asked: read(body),
    ...change,
  };
}

export function write(parts: readonly Part[], facts: AnswerFacts = factsOf()): JsonObject {
  const written = openaiResponses.write(parts, facts);
  if (!("json" in written)) throw new Error("a whole answer is JSON");
  return written.json as JsonObject;
}

export const ok: Outcome = { status: "ok" };

/** The bytes of a stream whose parts come in these batches. */
export function streamed(
  batches: readonly (readonly Part[])[],
  outcome: Outcome = ok,
  facts: AnswerFacts = factsOf(),
): string {
  const writer = openaiResponses.stream?.(facts);
  if (writer === undefined) throw new Error("the format has no streams");
  const pieces = batches.map((batch) => String(writer.parts(batch)));
  return [...pieces, String(writer.end(outcome))].join("");
}

export interface Event extends JsonObject {
  readonly type: string;
}

/** The events of a stream. Their names are their types. */
export function eventsOf(text: string): readonly Event[] {
  return text.split("\n\n").slice(0, -1).map((block) => {
    const [name = "", data = ""] = block.split("\n");
    const event = JSON.parse(data.slice("data: ".length)) as Event;
    if (name !== `event: ${event.type}`) throw new Error(`${name} names an event of type ${event.type}`);
    return event;
  });
}

/** The official client, whose every request gets this answer. */
export function clientOf(body: string, status = 200): OpenAI {
  const stream = body.startsWith("event:");
  return new OpenAI({
    apiKey: "sk-test",
    baseURL: "https://example.invalid/v1",
    maxRetries: 0,
    fetch: () =>
      Promise.resolve(
        new Response(body, {
          status,
          headers: { "content-type": stream ? "text/event-stream" : "application/json" },
        }),
      ),
  });
}
