/** Events that no decoder can know, and events that say what went wrong, in the form of each dialect. */

import type { ErrorCode } from "../../../../src/contract/error-code.ts";
import type { ServerSentEvent } from "../../../../src/contract/dialect.ts";
import type { Json } from "../../../../src/contract/json.ts";

const stranger: Json = { a: [1] };

function event(data: Json, name?: string): ServerSentEvent {
  const type = (data as { readonly type?: string }).type ?? "";
  return { event: name ?? type, data: JSON.stringify(data) };
}

const everywhere: readonly (readonly ServerSentEvent[])[] = [
  [event({ type: "zz_unknown", zz_unknown: stranger })],
  [event({ type: "zz.unknown", zz_unknown: stranger }, "")],
  [{ event: "", data: "" }],
];

/** Runs of events that may come between any two others and change nothing. */
export const strangers: Readonly<Record<string, readonly (readonly ServerSentEvent[])[]>> = {
  "openai-chat": [
    ...everywhere,
    [event({ object: "zz.unknown", zz_unknown: stranger })],
    [event({ object: "chat.completion.chunk", choices: [] })],
    [event({ object: "chat.completion.chunk", choices: null, usage: null, error: null })],
    [event({ choices: [{ index: 0, delta: {}, finish_reason: null }] })],
    [event({ choices: [{ index: 0, delta: null, finish_reason: null, logprobs: null }] })],
    [event({ choices: [{ index: 0, delta: { zz_unknown: stranger }, finish_reason: "" }] })],
    [event({ choices: [{ index: 0, delta: { content: null, tool_calls: null, reasoning: null } }] })],
    [event({ choices: [{ index: 0, delta: { content: "", tool_calls: [], refusal: null } }] })],
    [event({ choices: [null] })],
    [event({}, "ping")],
  ],
  "openai-responses": [
    ...everywhere,
    [event({ type: "keepalive", sequence_number: 3 })],
    [event({ type: "response.zz_unknown.delta", item_id: "zz", output_index: 97, delta: "zz" })],
    [
      event({
        type: "response.output_item.added",
        output_index: 97,
        item: { type: "zz_unknown", id: "zz", zz_unknown: stranger },
      }),
      event({
        type: "response.output_item.done",
        output_index: 97,
        item: { type: "zz_unknown", id: "zz", zz_unknown: stranger },
      }),
    ],
  ],
  "anthropic-messages": [
    ...everywhere,
    [event({ type: "ping" })],
    [{ event: "ping", data: "" }],
    [event({ type: "ping" }, "")],
    [
      event({ type: "content_block_start", index: 97, content_block: { type: "zz_unknown", a: [1] } }),
      event({ type: "content_block_delta", index: 97, delta: { type: "zz_delta", a: "zz" } }),
      event({ type: "content_block_stop", index: 97 }),
    ],
  ],
  gemini: [
    [event({ zz_unknown: stranger })],
    [{ event: "zz_unknown", data: JSON.stringify({ zz_unknown: stranger }) }],
    [{ event: "", data: "" }],
    [event({ candidates: [] })],
    [event({ candidates: null, usageMetadata: null, promptFeedback: null })],
    [event({ candidates: [{ content: { parts: [], role: "model" } }] })],
    [event({ candidates: [{ content: { parts: [{ text: "" }], role: "model" }, index: 0 }] })],
    [event({ candidates: [{ content: { parts: [{ zzUnknown: stranger }], role: "model" }, index: 0 }] })],
    [event({ candidates: [{ content: {}, finishReason: null, index: 0 }] })],
  ],
  cohere: [
    ...everywhere,
    [
      event({
        type: "content-start",
        index: 97,
        delta: { message: { content: { type: "zz_unknown", zz_unknown: "zz" } } },
      }),
      event({ type: "content-delta", index: 97, delta: { message: { content: { zz_unknown: "zz" } } } }),
      event({ type: "content-end", index: 97 }),
    ],
  ],
  "bedrock-converse": [
    [event({ zz_unknown: stranger }, "zzUnknown")],
    [event({ zzUnknown: { a: [1] } }, "")],
    [{ event: "zzUnknown", data: "" }],
    [{ event: "initial-response", data: "{}" }],
    [
      event({ contentBlockIndex: 97, start: { zzUnknown: stranger } }, "contentBlockStart"),
      event({ contentBlockIndex: 97, delta: { zzUnknown: stranger } }, "contentBlockDelta"),
      event({ contentBlockIndex: 97 }, "contentBlockStop"),
    ],
  ],
};

interface Failure {
  readonly event: ServerSentEvent;
  readonly code: ErrorCode;
}

const overloaded = { type: "overloaded_error", code: "overloaded", message: "We are overloaded" };

/** What a vendor sends in a stream when it fails, and what it is. */
export const failures: Readonly<Record<string, readonly Failure[]>> = {
  "openai-chat": [
    { event: event({ error: overloaded }), code: "overloaded" },
    { event: event({ error: overloaded }, "error"), code: "overloaded" },
    { event: event({ message: "Rate limit exceeded", type: "rate_limit_error" }, ""), code: "rate-limited" },
    {
      event: event({ id: "x", choices: [], error: { code: 429, message: "slow down" } }),
      code: "rate-limited",
    },
  ],
  "openai-responses": [
    {
      event: event({
        type: "error",
        code: "rate_limit_exceeded",
        message: "Rate limit reached",
        param: null,
      }),
      code: "rate-limited",
    },
    { event: event({ type: "error", error: overloaded }), code: "overloaded" },
    {
      event: event({
        type: "response.failed",
        response: { id: "r", status: "failed", error: { code: "server_error", message: "It broke" } },
      }),
      code: "provider-failed",
    },
  ],
  "anthropic-messages": [
    {
      event: event({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
      code: "overloaded",
    },
    { event: event({ error: { type: "api_error", message: "It broke" } }, "error"), code: "provider-failed" },
  ],
  gemini: [
    {
      event: event({ error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } }),
      code: "overloaded",
    },
    {
      event: event({ error: { code: 429, message: "Slow down", status: "RESOURCE_EXHAUSTED" } }, "error"),
      code: "rate-limited",
    },
  ],
  cohere: [
    { event: { event: "", data: '{"message":"too many requests"}' }, code: "rate-limited" },
    {
      event: event({
        type: "message-end",
        delta: { finish_reason: "ERROR", error: "the server is overloaded" },
      }),
      code: "overloaded",
    },
  ],
  "bedrock-converse": [
    {
      event: event({ __type: "throttlingException", message: "Too many requests" }, "exception"),
      code: "rate-limited",
    },
    { event: event({ modelStreamErrorException: { message: "It broke" } }, ""), code: "provider-failed" },
  ],
};
