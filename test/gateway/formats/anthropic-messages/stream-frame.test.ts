/** What surrounds the blocks of a streamed answer: its beginning, its end, and an error in place of that. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Part } from "../../../../src/contract/part.ts";
import type { Usage } from "../../../../src/contract/usage.ts";
import { loomError } from "../../../../src/errors/index.ts";
import { anthropicMessages } from "../../../../src/gateway/formats/anthropic-messages/index.ts";
import { eventsOf, factsOf, streamed } from "./support.ts";

const text: Part = { type: "text", text: "a" };
const call: Part = { type: "tool-call-start", index: 0, id: "t0", name: "f" };

const usage = (inputTokens: number, outputTokens: number): Usage => ({
  inputTokens,
  outputTokens,
  cachedTokens: 2,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: inputTokens + outputTokens,
});

describe("the frame", () => {
  it("holds ids and counts known at the beginning, and all of them at the end", () => {
    const events = eventsOf(streamed([
      [{ type: "response", id: "r1", model: "m-x" }, { type: "usage", usage: usage(10, 1) }],
      [text],
      [{ type: "usage", usage: usage(12, 7) }, { type: "finish", reason: "length", raw: "length" }],
    ]));
    assert.deepEqual(events[0]?.data, {
      type: "message_start",
      message: {
        id: "r1",
        type: "message",
        role: "assistant",
        model: "m-x",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        stop_details: null,
        usage: {
          input_tokens: 8,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 2,
          output_tokens: 0,
        },
      },
    });
    assert.deepEqual(events.at(-2)?.data, {
      type: "message_delta",
      delta: { stop_reason: "max_tokens", stop_sequence: null, stop_details: null },
      usage: {
        input_tokens: 10,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 2,
        output_tokens: 7,
      },
    });
    assert.deepEqual(events.at(-1)?.data, { type: "message_stop" });
  });

  it("of an answer that says nothing is still whole", () => {
    const events = eventsOf(streamed([]));
    assert.deepEqual(events.map(({ event }) => event), ["message_start", "message_delta", "message_stop"]);
    assert.equal((events[0]?.data["message"] as { readonly id: string }).id, "msg_call-1");
  });

  for (const status of ["failed", "cancelled"] as const) {
    it(`of an answer that ${status} has an error in place of its end`, () => {
      const error = loomError("overloaded", "acme: too much to do", {});
      const events = eventsOf(streamed([[text, call]], factsOf(), { status, error }));
      assert.deepEqual(events.at(-1), {
        event: "error",
        data: {
          type: "error",
          error: { type: "overloaded_error", message: "acme: too much to do" },
          request_id: "call-1",
        },
      });
      assert.ok(!events.some(({ event }) => /^message_(delta|stop)$/.test(event)));
    });
  }

  it("has pings for silence", () => {
    assert.equal(anthropicMessages.heartbeat, 'event: ping\ndata: {"type": "ping"}\n\n');
  });
});
