/** What the vendor's refusals are taken for. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codec, headOf } from "./support.ts";

const body = (type: string, message: string, details?: object): string =>
  JSON.stringify({
    type: "error",
    error: { type, message, ...(details && { details }) },
    request_id: "req_body",
  });

/** Status, body, code and recovery; messages as the vendor words them (facts/vendors.md and its documentation). */
const cases: readonly [number, string, string, string][] = [
  [400, body("invalid_request_error", "max_tokens: Field required"), "invalid-request", "never"],
  [
    400,
    body(
      "invalid_request_error",
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.",
    ),
    "quota-exhausted",
    "next-target",
  ],
  [
    400,
    body(
      "invalid_request_error",
      "You have reached your specified API usage limits. You will regain access on 2026-09-01 at 00:00 UTC.",
    ),
    "quota-exhausted",
    "next-target",
  ],
  [
    400,
    body("invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum"),
    "context-too-long",
    "next-target",
  ],
  [
    400,
    body(
      "invalid_request_error",
      "input length and `max_tokens` exceed context limit: 199232 + 20000 > 200000, decrease input length or `max_tokens` and try again",
    ),
    "context-too-long",
    "next-target",
  ],
  [401, body("authentication_error", "invalid x-api-key"), "auth-rejected", "next-target"],
  [402, body("billing_error", "Payment required"), "quota-exhausted", "next-target"],
  [
    403,
    body("permission_error", "Your API key does not have permission to use the specified resource"),
    "permission-denied",
    "next-target",
  ],
  [404, body("not_found_error", "model: claude-nope-9"), "model-not-found", "next-target"],
  [413, body("request_too_large", "Request exceeds the maximum size"), "invalid-request", "next-target"],
  [
    429,
    body(
      "rate_limit_error",
      "This request would exceed your organization's rate limit of 50,000 input tokens per minute",
    ),
    "rate-limited",
    "same-target",
  ],
  [
    429,
    body(
      "rate_limit_error",
      "You have reached your API usage limits: your organization has crossed its monthly API usage threshold.",
      {
        error_code: "enforced_spend_limit_reached",
      },
    ),
    "quota-exhausted",
    "next-target",
  ],
  // Recorded: vercel/ai packages/anthropic/src/__fixtures__/*error*.json.
  [
    400,
    body(
      "invalid_request_error",
      "source tool `srvtoolu_01Issue12504Source` not found for tool use block `toolu_01Issue12504Lookup`",
    ),
    "invalid-request",
    "never",
  ],
  [
    400,
    body(
      "invalid_request_error",
      "messages.2.content.0: unexpected `tool_use_id` found in `tool_result` blocks: srvtoolu_issue_17366_invalid. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
    ),
    "invalid-request",
    "never",
  ],
  [
    400,
    body(
      "invalid_request_error",
      "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_issue8112_custom. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
    ),
    "invalid-request",
    "never",
  ],
  [
    400,
    body("invalid_request_error", "tools.0.custom.input_schema.type: Field required"),
    "invalid-request",
    "never",
  ],
  [
    400,
    body("invalid_request_error", "Tool reference 'lookup_documents' not found in available tools"),
    "invalid-request",
    "never",
  ],
  // Recorded: pydantic/pydantic-ai tests/models/cassettes/test_anthropic/test_anthropic_count_tokens_error.yaml.
  [404, body("not_found_error", "model: claude-does-not-exist"), "model-not-found", "next-target"],
  // As many users report them: a filter of Anthropic's, and an account that was shut.
  [
    400,
    body("invalid_request_error", "Output blocked by content filtering policy"),
    "content-filtered",
    "never",
  ],
  [
    400,
    body("invalid_request_error", "This organization has been disabled."),
    "permission-denied",
    "next-target",
  ],
  [500, body("api_error", "Internal server error"), "provider-failed", "same-target"],
  [529, body("overloaded_error", "Overloaded"), "overloaded", "same-target"],
];

describe("errors", () => {
  for (const [status, text, code, recovery] of cases) {
    it(`${status} ${text.slice(26, 90)}`, () => {
      const error = codec().decodeError(headOf({}, status, { "request-id": "req_head" }), text);
      assert.deepEqual([error.code, error.status, error.recovery, error.requestId], [
        code,
        status,
        recovery,
        "req_head",
      ]);
    });
  }

  it("a wait is read from the header, and the id from the body", () => {
    const error = codec().decodeError(
      headOf({}, 429, { "retry-after": "17" }),
      body("rate_limit_error", "slow down"),
    );
    assert.deepEqual([error.code, error.retryAfterMs, error.requestId], ["rate-limited", 17_000, "req_body"]);
  });

  it("a stream that opens with an overload is one, whatever its status was", () => {
    const decoder = codec().decodeStream(headOf());
    decoder.event({ event: "ping", data: '{"type":"ping"}' });
    assert.throws(
      () =>
        decoder.event({
          event: "error",
          data: '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
        }),
      { code: "overloaded", status: 529 },
    );
  });

  it("blocks that never end are no answer", () => {
    const decoder = codec().decodeStream(headOf());
    const block = JSON.stringify({
      type: "content_block_start",
      index: 0,
      content_block: { type: "tool_use", id: "a", name: "f" },
    });
    decoder.event({ event: "", data: block });
    const piece = JSON.stringify({
      type: "content_block_delta",
      index: 0,
      delta: { type: "input_json_delta", partial_json: "x".repeat(4_000_000) },
    });
    assert.throws(
      () => {
        for (let count = 0; count < 6; count++) decoder.event({ event: "", data: piece });
      },
      { code: "invalid-reply" },
    );
  });
});
