/** Error bodies that were recorded of vendors, each with the place where it was found: what status and body are together. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode } from "../../../../src/contract/error-code.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { codecOf, headOf } from "./support.ts";

const vercel = "vercel/ai packages/";
const pydantic = "pydantic/pydantic-ai tests/models/cassettes/";
const clients = "quoted by several public clients of the vendor";

type Row = readonly [code: ErrorCode, vendor: string, status: number, body: unknown, source: string];

const named = (message: string, more: object = {}): object => ({ error: { message, ...more } });
const refused = (message: string, more: object = {}): object =>
  named(message, { type: "invalid_request_error", ...more });

const rows: readonly Row[] = [
  // Too much for now.
  [
    "rate-limited",
    "local",
    429,
    named(
      "Rate limit of 150 per 86400s exceeded for UserByModelByDay. Please wait 68893 seconds before retrying.",
      {
        code: "RateLimitReached",
      },
    ),
    `GitHub Models, ${clients}`,
  ],
  [
    "rate-limited",
    "openai",
    429,
    named(
      "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-02-01 have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 6 seconds.",
      { code: "429" },
    ),
    `Azure, ${clients}`,
  ],
  ["rate-limited", "cerebras", 429, {
    message: "We're experiencing high traffic right now! Please try again soon.",
    type: "too_many_requests_error",
    param: "queue",
    code: "queue_exceeded",
  }, `Cerebras, ${clients}`],
  [
    "rate-limited",
    "moonshot",
    429,
    named(
      "Your account org-x request reached organization max RPM: 3, please try again after 1 seconds",
      { type: "rate_limit_reached_error" },
    ),
    "https://platform.moonshot.ai/docs/api/errors",
  ],
  ["rate-limited", "mistral", 429, { message: "Requests rate limit exceeded" }, `Mistral, ${clients}`],
  ["rate-limited", "mistral", 429, {
    object: "error",
    message: "Service tier capacity exceeded for this model.",
    type: "service_tier_capacity_exceeded",
    code: "3505",
  }, `Mistral, ${clients}`],
  [
    "rate-limited",
    "openrouter",
    429,
    named("Provider returned error", {
      code: 429,
      metadata: {
        raw: "google/gemma-4-31b-it:free is temporarily rate-limited upstream",
        provider_name: "Google",
      },
    }),
    `OpenRouter, ${clients}`,
  ],
  // The account has nothing left.
  [
    "quota-exhausted",
    "openai",
    429,
    named("You exceeded your current quota, please check your plan and billing details.", {
      type: "insufficient_quota",
      param: null,
      code: "insufficient_quota",
    }),
    `${vercel}openai/src/responses/__fixtures__/openai-error.1.json`,
  ],
  [
    "quota-exhausted",
    "openai",
    429,
    named("Credit balance exhausted", { code: "credit_balance_exhausted" }),
    `OpenAI, ${clients}`,
  ],
  [
    "quota-exhausted",
    "openai",
    429,
    named("limit", { code: "project_spend_limit_exceeded" }),
    `OpenAI, ${clients}`,
  ],
  [
    "quota-exhausted",
    "openai",
    429,
    named("You've hit your usage limit", { type: "usage_limit_reached", plan_type: "plus" }),
    `OpenAI's subscriptions, ${clients}`,
  ],
  ["quota-exhausted", "xai", 403, {
    code: "The caller does not have permission to execute the specified operation",
    error:
      "Your newly created teams doesn't have any credits yet. You can purchase credits on https://console.x.ai",
  }, `xAI, ${clients}`],
  ["quota-exhausted", "xai", 429, {
    code: "Some resource has been exhausted",
    error: "Your team 123 has either used all available credits or reached its monthly spending limit.",
  }, `xAI, ${clients}`],
  [
    "quota-exhausted",
    "qwen",
    403,
    named("The free tier of the model has been exhausted.", { code: "AllocationQuota.FreeTierOnly" }),
    `Alibaba, ${clients}`,
  ],
  ["quota-exhausted", "qwen", 429, named("hour allocated quota exceeded"), `Alibaba's plans, ${clients}`],
  [
    "quota-exhausted",
    "openrouter",
    403,
    named("Key limit exceeded (total limit)", { code: 403 }),
    `OpenRouter, ${clients}`,
  ],
  [
    "quota-exhausted",
    "fireworks",
    412,
    named(
      "Account acme is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices.",
    ),
    `Fireworks, ${clients}`,
  ],
  ["quota-exhausted", "nvidia", 402, {
    status: 402,
    title: "Payment Required",
    detail: "Account 'x': Cloud credits expired - Please contact NVIDIA representatives",
  }, `NVIDIA, ${clients}`],
  ["quota-exhausted", "local", 402, {
    error: "You have exceeded your monthly included credits for Inference Providers.",
  }, `Hugging Face, ${clients}`],
  ["quota-exhausted", "local", 403, {
    statusCode: 403,
    message: "Out of call volume quota. Quota will be replenished in 07:01:20.",
  }, `Azure API Management, ${clients}`],
  [
    "quota-exhausted",
    "perplexity",
    401,
    named("You exceeded your current quota, please check your plan and billing details.", {
      type: "insufficient_quota",
      code: 401,
    }),
    `Perplexity, ${clients}`,
  ],
  // The conversation is too long.
  [
    "context-too-long",
    "local",
    413,
    named("Request body too large for gpt-4o model. Max size: 8000 tokens.", {
      code: "tokens_limit_reached",
    }),
    `GitHub Models, ${clients}`,
  ],
  [
    "context-too-long",
    "moonshot",
    400,
    refused("Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)"),
    `Moonshot, ${clients}`,
  ],
  [
    "context-too-long",
    "moonshot",
    400,
    refused("Invalid request: Input token length too long"),
    `Moonshot, ${clients}`,
  ],
  ["context-too-long", "local", 422, {
    error:
      "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 512 `max_new_tokens`",
    error_type: "validation",
  }, `text-generation-inference, ${clients}`],
  ["context-too-long", "local", 422, {
    error: "Input validation error: `inputs` must have less than 1024 tokens. Given: 19505",
    error_type: "Validation",
  }, `text-embeddings-inference, ${clients}`],
  ["context-too-long", "ollama", 400, {
    error: "input length exceeds maximum context length",
  }, `Ollama, ${clients}`],
  ["context-too-long", "mistral", 400, {
    object: "error",
    message:
      "Prompt contains 140000 tokens and 0 draft tokens, too large for model with 131072 maximum context length",
    type: "invalid_request_message_error",
  }, `Mistral, ${clients}`],
  [
    "context-too-long",
    "openai",
    400,
    refused("Invalid 'input[0]': maximum input length is 8192 tokens.", { param: null, code: null }),
    `OpenAI embeddings, ${clients}`,
  ],
  // Rights.
  [
    "permission-denied",
    "groq",
    400,
    refused("Organization has been restricted.", { code: "organization_restricted" }),
    `Groq, ${clients}`,
  ],
  [
    "permission-denied",
    "groq",
    400,
    refused("The model `playai-tts` requires terms acceptance.", { code: "model_terms_required" }),
    `Groq, ${clients}`,
  ],
  [
    "permission-denied",
    "openai",
    400,
    refused("Your organization must be verified to stream this model.", {
      param: "stream",
      code: "unsupported_value",
    }),
    `OpenAI, ${clients}`,
  ],
  ["auth-rejected", "local", 401, {
    statusCode: 401,
    message: "Unauthorized. Access token is missing, invalid, audience is incorrect, or have expired.",
  }, `Azure, ${clients}`],
  // Safety.
  [
    "content-filtered",
    "moonshot",
    400,
    named("The request was rejected because it was considered high risk", { type: "content_filter" }),
    `Moonshot, ${clients}`,
  ],
  ["content-filtered", "openai", 400, named("blocked", { code: "cyber_policy" }), `OpenAI, ${clients}`],
  ["content-filtered", "openai", 200, {
    error: {
      message: "The response was filtered due to the prompt triggering Azure Content management policy.",
      type: null,
      param: "prompt",
      code: "content_filter",
      status: 400,
      innererror: { code: "ResponsibleAIPolicyViolation" },
    },
  }, "traceloop/openllmetry …/cassettes/test_azure/test_prompt_content_filtering.yaml"],
  // Models.
  [
    "model-not-found",
    "openrouter",
    404,
    named("No endpoints found for google/gemini-2.5-flash:free.", { code: 404 }),
    `${pydantic}test_openrouter/test_openrouter_errors_raised.yaml`,
  ],
  [
    "model-not-found",
    "moonshot",
    404,
    named("Not found the model issue-19552-invalid-model or Permission denied", {
      type: "resource_not_found_error",
    }),
    `${vercel}moonshotai/src/__fixtures__/moonshotai-error-live-message-only.json`,
  ],
  [
    "model-not-found",
    "openai",
    404,
    refused("The model `non-existent-embedding-model` does not exist or you do not have access to it.", {
      code: "model_not_found",
    }),
    "open-telemetry/opentelemetry-python-contrib …/cassettes/test_embeddings_model_not_found.yaml",
  ],
  [
    "model-not-found",
    "local",
    400,
    refused("The requested model is not supported.", { param: "model", code: "model_not_supported" }),
    `GitHub Copilot and the Hugging Face router, ${clients}`,
  ],
  // The request is wrong, wherever it goes.
  [
    "invalid-request",
    "openai",
    404,
    refused(
      "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.",
      { param: "input", code: null },
    ),
    `OpenAI, ${clients}`,
  ],
  [
    "invalid-request",
    "openai",
    400,
    refused("Previous response with id 'resp_1' not found.", {
      param: "previous_response_id",
      code: "previous_response_not_found",
    }),
    `OpenAI, ${clients}`,
  ],
  [
    "invalid-request",
    "openai",
    400,
    refused("No tool call found for shell call output with call_id call_1.", { param: "input", code: null }),
    `${vercel}openai/src/responses/__fixtures__/issue-18134-shell-store-false-error.json`,
  ],
  [
    "invalid-request",
    "openai",
    400,
    refused("Duplicate item found with id mcpr_1. Remove duplicate items from your input and try again.", {
      param: "input",
      code: null,
    }),
    `${vercel}openai/src/responses/__fixtures__/openai-mcp-approval-previous-response-duplicate-error.json`,
  ],
  [
    "invalid-request",
    "openai",
    400,
    refused(
      "Missing namespace for function_call 'create_widget'. It does not exist in the default namespace.",
      {
        param: "input[3].namespace",
        code: null,
      },
    ),
    `${vercel}openai/src/responses/__fixtures__/openai-missing-function-call-namespace-error.1.json`,
  ],
  [
    "invalid-request",
    "openai",
    400,
    refused("Unsupported value: 'messages[0].role' does not support 'system' with this model.", {
      param: "messages[0].role",
      code: "unsupported_value",
    }),
    `${pydantic}test_openai/test_openai_o1_mini_system_role[system].yaml`,
  ],
  [
    "invalid-request",
    "openai",
    400,
    refused(
      "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
      {
        param: "temperature",
        code: "decimal_below_min_value",
      },
    ),
    `${pydantic}test_openai_responses/test_openai_responses_model_http_error.yaml`,
  ],
  [
    "invalid-request",
    "groq",
    400,
    refused("json mode cannot be combined with tool/function calling", { param: "response_format" }),
    `${vercel}groq/src/__fixtures__/issue-10023-output-with-tools-error.json`,
  ],
  [
    "invalid-request",
    "moonshot",
    400,
    refused("tool_choice 'required' is incompatible with thinking enabled"),
    `${vercel}moonshotai/src/__fixtures__/moonshotai-required-tool-choice-error.json`,
  ],
  [
    "invalid-request",
    "moonshot",
    400,
    refused("Invalid request: unsupported image format: text/plain; charset=utf-8"),
    `${vercel}moonshotai/src/__fixtures__/moonshotai-unsupported-svg-error.json`,
  ],
  [
    "invalid-request",
    "moonshot",
    400,
    refused("Invalid request: response_format.json_schema is not a valid moonshot flavored json schema"),
    `${vercel}moonshotai/src/__fixtures__/moonshotai-issue-19544-rejected.json`,
  ],
  [
    "invalid-request",
    "qwen",
    400,
    refused(
      '<400> InternalError.Algo.InvalidParameter: The "function.arguments" parameter of the code model must be in JSON format.',
      { param: null, code: "invalid_parameter_error" },
    ),
    `${vercel}openai/src/chat/__fixtures__/qwen-plus-malformed-replayed-tool-arguments-error.json`,
  ],
  ["invalid-request", "qwen", 400, refused("Range of max_tokens should be [1, 8192]"), `Alibaba, ${clients}`],
  // Their own failures.
  [
    "provider-failed",
    "groq",
    400,
    refused("Failed to validate JSON. Please adjust your prompt.", {
      code: "json_validate_failed",
      failed_generation: "",
    }),
    `Groq, ${clients}`,
  ],
  ["provider-failed", "together", 500, {
    error: { code: null, message: "Internal server error", param: null, type: "server_error" },
    id: "oS9X",
  }, `${pydantic}test_huggingface/test_together_500_on_tool_continuation.yaml`],
  [
    "overloaded",
    "openai",
    503,
    named("server overloaded", { code: "server_is_overloaded" }),
    `OpenAI, ${clients}`,
  ],
  ["overloaded", "xai", 503, {
    code: "The service is currently unavailable",
    error:
      "Service temporarily unavailable. The model is at capacity and currently cannot serve this request.",
  }, `xAI, ${clients}`],
];

for (const [code, id, status, body, source] of rows) {
  test(`${id} ${status} ${JSON.stringify(body).slice(0, 100)} is ${code}`, () => {
    assert.ok(source.length > 10);
    const codec = codecOf(id);
    if (status === 200) {
      return assert.throws(() => codec.decode(body as never, headOf()), (error) => {
        assert.ok(error instanceof LoomError);
        assert.equal(error.code, code, error.message);
        return true;
      });
    }
    const error: unknown = codec.decodeError(headOf({}, status), JSON.stringify(body));
    assert.ok(LoomError.is(error));
    assert.equal(error.code, code, error.message);
    assert.equal(error.status, status);
  });
}

test("a codec says no to a stream's error even after the reason for its end", () => {
  // pydantic/pydantic-ai tests/models/cassettes/test_openrouter/test_openrouter_stream_error.yaml @5039551a
  const decoder = codecOf("openrouter").decodeStream(headOf());
  const event = (value: object) => decoder.event({ event: "", data: JSON.stringify(value) });
  event({ choices: [{ index: 0, delta: { reasoning: "We need" }, finish_reason: "length" }] });
  assert.throws(
    () =>
      event({
        error: { code: 400, message: "Token limit reached" },
        choices: [{ index: 0, delta: { content: "" }, finish_reason: null }],
      }),
    { code: "invalid-request" },
  );
});
