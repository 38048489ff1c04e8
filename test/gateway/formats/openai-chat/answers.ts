/** Answers as parts, in the order in which vendors' streams give them, for tests of writers. */

import type { Part } from "../../../../src/contract/part.ts";
import { usage } from "./support.ts";

export const response: Part = { type: "response", id: "resp-9", model: "m1-2026-06" };
export const counted: Part = { type: "usage", usage };
export const stop: Part = { type: "finish", reason: "stop", raw: "end_turn" };

const city = {
  type: "tool-call",
  index: 0,
  id: "call_a",
  name: "weather",
  arguments: '{"city":"Oslo"}',
} as const;
const time = { type: "tool-call", index: 1, id: "call_b", name: "time", arguments: "{}" } as const;

/** Name -> batches. */
export const answers: Readonly<Record<string, readonly (readonly Part[])[]>> = {
  text: [[response], [{ type: "text", text: "Hi" }], [{ type: "text", text: " \ud83d" }, {
    type: "text",
    text: "\ude00 “you”\n\u0000",
  }], [stop, counted]],
  reasoning: [[response, { type: "reasoning", text: "Hm" }, { type: "reasoning", text: "m." }], [
    { type: "text", text: "Hi" },
    stop,
    counted,
  ]],
  "calls in pieces": [
    [response, { type: "text", text: "Let me see." }],
    [{ type: "tool-call-start", index: 0, id: "call_a", name: "weather" }],
    [{ type: "tool-call-delta", index: 0, text: '{"city"' }, {
      type: "tool-call-delta",
      index: 0,
      text: ':"Oslo"}',
    }],
    [{ type: "tool-call-start", index: 1, id: "call_b", name: "time" }],
    [city, time, { type: "finish", reason: "tool-calls", raw: "tool_calls" }, counted],
  ],
  "calls that come whole": [[response, city, time, { type: "finish", reason: "tool-calls" }, counted]],
  alternatives: [
    [response, { type: "text", text: "One" }, { type: "text", text: "Uno", choice: 1 }],
    [{ type: "text", text: "!" }, { type: "finish", reason: "length" }],
    [{ type: "text", text: "!", choice: 1 }, { type: "finish", reason: "stop", choice: 1 }, counted],
  ],
  refusal: [[response, { type: "refusal", text: "No" }, { type: "refusal", text: "." }], [
    { type: "finish", reason: "content-filter" },
    counted,
  ]],
  sources: [
    [response, { type: "text", text: "It rains." }],
    [
      { type: "citation", citation: { url: "https://a.test", title: "A", start: 0, end: 9 } },
      { type: "citation", citation: { url: "https://b.test" } },
      { type: "citation", citation: { text: "a book" } },
    ],
    [stop, counted],
  ],
};

export function partsOf(name: string): readonly Part[] {
  return (answers[name] ?? []).flat();
}
