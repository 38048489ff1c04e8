import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json } from "../../../../src/contract/json.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { codec, headOf, replay, sse } from "./support.ts";

/** Status, body, Loom's code. docs.cohere.com/reference/errors, and what its users report. */
const statuses: readonly [number, string, string][] = [
  [400, "invalid request: message must be at least 1 token long", "invalid-request"],
  [
    400,
    "too many tokens: total number of tokens in the request cannot exceed 128000 - received 140000",
    "context-too-long",
  ],
  [401, "invalid api token", "auth-rejected"],
  [
    402,
    "Please add or update your payment method at https://dashboard.cohere.com/billing",
    "quota-exhausted",
  ],
  [403, "Your API key has been deactivated", "permission-denied"],
  [404, "model 'command-x' not found, make sure the correct model ID was used", "model-not-found"],
  [
    404,
    "model 'command-r' was removed on September 15, 2025. See https://docs.cohere.com/docs/models",
    "model-not-found",
  ],
  [422, "message contains an unsupported format", "invalid-request"],
  [429, "You are using a Trial key, which is limited to 10 API calls / minute.", "rate-limited"],
  [429, "You are using a Trial key, which is limited to 1000 API calls / month.", "quota-exhausted"],
  [498, "invalid token", "auth-rejected"],
  [499, "request cancelled", "provider-failed"],
  [500, "internal server error", "provider-failed"],
  [503, "service unavailable", "overloaded"],
  [504, "upstream timed out", "provider-failed"],
];

describe("a status that is not 2xx", () => {
  for (const [status, message, code] of statuses) {
    it(`${status} ${message}`, () => {
      const error: unknown = codec.decodeError(headOf({}, status), JSON.stringify({ id: "e1", message }));
      assert.ok(LoomError.is(error));
      assert.equal(error.code, code);
      assert.equal(error.status, status);
      assert.match(error.message, /Cohere/);
    });
  }
});

describe("a good status with something else than an answer", () => {
  const bodies: readonly [string, Json, string][] = [
    ["a complaint", { id: "x", message: "internal server error" }, "provider-failed"],
    [
      "a failed generation",
      { id: "x", message: { role: "assistant", content: [] }, finish_reason: "ERROR" },
      "provider-failed",
    ],
    ["nothing", { id: "x", message: { role: "assistant" } }, "invalid-reply"],
    ["a tool without a name", {
      message: { tool_calls: [{ id: "1", function: {} }] },
      finish_reason: "TOOL_CALL",
    }, "invalid-reply"],
  ];
  for (const [name, body, code] of bodies) {
    it(name, () => {
      assert.throws(
        () => codec.decode(body, headOf()),
        (error) => LoomError.is(error) && error.code === code,
      );
    });
  }

  it("vectors that are too few", () => {
    const head = headOf({ call: { modality: "embedding", input: ["a", "b"] } });
    assert.throws(() => codec.decode({ embeddings: { float: [[1]] } }, head), /2 text\(s\) were sent and 1/);
  });

  it("a rank of a document that was not sent", () => {
    const head = headOf({ call: { modality: "rerank", prompt: "q", input: ["a"] } });
    const body = { results: [{ index: 1, relevance_score: 0.5 }] };
    assert.throws(() => codec.decode(body, head), /names no document/);
  });
});

describe("a stream that fails", () => {
  const start = { type: "message-start", id: "s", delta: { message: { role: "assistant" } } };
  const streams: readonly [string, readonly object[], string][] = [
    ["in its last event", [start, {
      type: "message-end",
      delta: { error: "out of memory", finish_reason: "ERROR" },
    }], "provider-failed"],
    [
      "by its finish",
      [start, { type: "message-end", delta: { finish_reason: "TIMEOUT" } }],
      "provider-failed",
    ],
    ["by a bare complaint", [start, { message: "too many requests" }], "rate-limited"],
    ["by a piece of no call", [start, {
      type: "tool-call-delta",
      index: 0,
      delta: { message: { tool_calls: {} } },
    }], "invalid-reply"],
    ["by silence", [start], "stream-broken"],
  ];
  for (const [name, events, code] of streams) {
    it(name, () => {
      const text = sse(events).replaceAll("event: undefined\n", "");
      const { error } = replay([new TextEncoder().encode(text)]);
      assert.ok(LoomError.is(error), String(error));
      assert.equal(error.code, code, error.message);
    });
  }
});
