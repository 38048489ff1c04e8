import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../../../src/contract/error-code.ts";
import type { Recovery } from "../../../../src/contract/errors.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { codecOf, headOf } from "./support.ts";

function errorOf(id: string, status: number, body: unknown, headers: Record<string, string> = {}): LoomError {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const error: unknown = codecOf(id).decodeError(headOf({}, status, headers), text);
  assert.ok(LoomError.is(error));
  return error;
}

const message = (text: string, more: object = {}): object => ({ error: { message: text, ...more } });

/** What each vendor sends (vendor, status, body) and what it is. */
const bodies: readonly [ErrorCode, string, number, unknown, Recovery?][] = [
  // Keys and rights.
  [
    "auth-rejected",
    "openai",
    401,
    message("Incorrect API key provided: sk-abc***xyz.", { code: "invalid_api_key" }),
  ],
  ["auth-rejected", "xai", 400, {
    code: "Client specified an invalid argument",
    error: "Incorrect API key provided: xa***1.",
  }],
  ["auth-rejected", "openai", 401, ""],
  ["auth-rejected", "zai", 401, { error: { code: "1000", message: "身份验证失败" } }],
  [
    "auth-rejected",
    "moonshot",
    401,
    message("Invalid Authentication", { type: "invalid_authentication_error" }),
  ],
  [
    "permission-denied",
    "openai",
    403,
    message("Country not supported", { code: "unsupported_country_region_territory" }),
  ],
  ["permission-denied", "qwen", 403, message("Access denied.", { code: "Model.AccessDenied" })],
  ["permission-denied", "openai", 451, ""],
  // Money, under whatever status.
  [
    "quota-exhausted",
    "openai",
    429,
    message("You exceeded your current quota, please check your plan and billing details.", {
      type: "insufficient_quota",
      code: "insufficient_quota",
    }),
  ],
  ["quota-exhausted", "deepseek", 402, message("Insufficient Balance", { code: "invalid_request_error" })],
  [
    "quota-exhausted",
    "openrouter",
    402,
    message("Insufficient credits. Add more using the dashboard", { code: 402 }),
  ],
  ["quota-exhausted", "moonshot", 402, ""],
  ["quota-exhausted", "local", 400, message("Your credit balance is too low to use the API.")],
  ["quota-exhausted", "local", 403, message("Your account has insufficient funds.")],
  ["quota-exhausted", "zai", 429, { error: { code: "1113", message: "您的账户已欠费，请充值后重试。" } }],
  [
    "quota-exhausted",
    "moonshot",
    429,
    message("Your account is suspended, please check your plan and billing details", {
      type: "exceeded_current_quota_error",
    }),
  ],
  [
    "quota-exhausted",
    "qwen",
    400,
    message("Access denied, please make sure your account is in good standing.", { code: "Arrearage" }),
  ],
  [
    "quota-exhausted",
    "openai",
    400,
    message("Billing hard limit has been reached", { code: "billing_hard_limit_reached" }),
  ],
  // Too much for now.
  [
    "rate-limited",
    "openai",
    429,
    message(
      "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000. Please try again in 1.2s. Visit the rate limits page.",
      { code: "rate_limit_exceeded" },
    ),
  ],
  [
    "rate-limited",
    "groq",
    429,
    message("Rate limit reached. Need more tokens? Upgrade at https://console.groq.com/settings/billing", {
      code: "rate_limit_exceeded",
    }),
  ],
  ["rate-limited", "openai", 429, ""],
  ["rate-limited", "local", 429, [{
    error: {
      code: 429,
      message: "You exceeded your current quota, please check your plan and billing details.",
      status: "RESOURCE_EXHAUSTED",
      details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "17s" }],
    },
  }]],
  [
    "rate-limited",
    "openai",
    429,
    message("Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000."),
    "next-target",
  ],
  [
    "rate-limited",
    "groq",
    413,
    message(
      "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 8000, please reduce your message size.",
      { code: "rate_limit_exceeded" },
    ),
    "next-target",
  ],
  [
    "rate-limited",
    "openai",
    429,
    message("This model's maximum context length was not the problem; 429 per minute"),
  ],
  [
    "overloaded",
    "moonshot",
    429,
    message("The engine is currently overloaded, please try again later", {
      type: "engine_overloaded_error",
    }),
  ],
  ["overloaded", "openai", 503, message("The engine is currently overloaded")],
  ["overloaded", "openai", 529, ""],
  ["overloaded", "groq", 498, message("Flex tier capacity exceeded", { code: "capacity_exceeded" })],
  ["overloaded", "openai", 500, message("The server is overloaded or not ready yet.")],
  // Context, in the words of many.
  ...[
    "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (5000 in the messages, 4000 in the completion). Please reduce the length of the messages or completion.",
    "Your input exceeds the context window of this model",
    "prompt is too long: 213462 tokens > 200000 maximum",
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens",
    "Requested token count exceeds the model's maximum context length of 131072 tokens. You requested a total of 140000 tokens",
    "the request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it",
    "Input length (265330) exceeds model's maximum context length (262144).",
    "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
    "input (9000 tokens) is larger than the max context size (8192 tokens). skipping",
    "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
    "Range of input length should be [1, 30720]",
    "Prompt exceeds max length",
    "Too many tokens: the prompt has 9000, at most 8192 fit",
  ].map((text): [ErrorCode, string, number, unknown] => ["context-too-long", "local", 400, message(text)]),
  ["context-too-long", "openai", 400, message("anything", { code: "context_length_exceeded" })],
  [
    "context-too-long",
    "openai",
    400,
    message(
      "Invalid 'messages[0].content': string too long. Expected a string with maximum length 10485760",
      { code: "string_above_max_length", param: "messages[0].content" },
    ),
  ],
  ["context-too-long", "zai", 400, { error: { code: "1261", message: "Prompt 超长" } }],
  ["context-too-long", "mistral", 400, {
    object: "error",
    message: "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
    type: "invalid_request_error",
    code: "3051",
  }],
  ["context-too-long", "local", 413, message("The prompt is too long")],
  // What only looks like it.
  [
    "invalid-request",
    "openai",
    400,
    message(
      "Invalid 'user': string too long. Expected a string with maximum length 64, but got a string with length 80 instead.",
      { code: "string_above_max_length", param: "user" },
    ),
  ],
  [
    "invalid-request",
    "openai",
    400,
    message(
      "max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000.",
      { param: "max_tokens" },
    ),
  ],
  [
    "invalid-request",
    "openai",
    400,
    message(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      { code: "unsupported_parameter" },
    ),
  ],
  ["invalid-request", "openai", 400, message("Invalid token in logit_bias")],
  ["invalid-request", "openai", 413, "", "next-target"],
  // Safety.
  [
    "content-filtered",
    "openai",
    400,
    message(
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
      { code: "content_filter", innererror: { code: "ResponsibleAIPolicyViolation" } },
    ),
  ],
  [
    "content-filtered",
    "local",
    400,
    message("Bad request", {
      innererror: { code: "ResponsibleAIPolicyViolation", content_filter_result: {} },
    }),
  ],
  [
    "content-filtered",
    "openai",
    400,
    message("Your request was rejected as a result of our safety system.", {
      code: "content_policy_violation",
    }),
  ],
  ["content-filtered", "deepseek", 400, message("Content Exists Risk", { code: "invalid_request_error" })],
  [
    "content-filtered",
    "qwen",
    400,
    message("Output data may contain inappropriate content.", { code: "data_inspection_failed" }),
  ],
  ["content-filtered", "xai", 403, {
    code: "forbidden",
    error: "Content violates usage guidelines. Team: x",
  }],
  [
    "content-filtered",
    "openrouter",
    403,
    message("Your chosen model requires moderation and your input was flagged", { code: 403 }),
  ],
  ["content-filtered", "zai", 400, {
    error: { code: "1301", message: "系统检测到输入或生成内容可能包含不安全或敏感内容" },
  }],
  // Models.
  [
    "model-not-found",
    "openai",
    404,
    message("The model `gpt-9` does not exist or you do not have access to it.", { code: "model_not_found" }),
  ],
  ["model-not-found", "mistral", 400, {
    object: "error",
    message: "Invalid model: mistral-x",
    type: "invalid_model",
    code: "1500",
  }],
  ["model-not-found", "deepseek", 400, message("Model Not Exist", { type: "invalid_request_error" })],
  ["model-not-found", "openrouter", 400, message("acme/x is not a valid model ID", { code: 400 })],
  [
    "model-not-found",
    "groq",
    400,
    message("The model `llama-3.1-70b` has been decommissioned and is no longer supported.", {
      code: "model_decommissioned",
    }),
  ],
  ["model-not-found", "ollama", 404, { error: 'model "x" not found, try pulling it first' }],
  ["model-not-found", "zai", 400, { error: { code: "1211", message: "模型不存在" } }],
  ["model-not-found", "openai", 404, "<html><title>404 Not Found</title></html>"],
  ["model-not-found", "openai", 410, ""],
  // Malformed.
  ["invalid-request", "mistral", 422, {
    detail: [{ type: "extra_forbidden", loc: ["body", "foo"], msg: "Extra inputs are not permitted" }],
  }],
  ["invalid-request", "mistral", 422, {
    object: "error",
    message: { detail: [{ loc: ["body"], msg: "Field required" }] },
    type: "invalid_request_message_order",
  }],
  ["invalid-request", "cerebras", 400, {
    message: "'foo' is unsupported",
    type: "invalid_request_error",
    param: "foo",
    code: "wrong_api_format",
  }],
  ["invalid-request", "openai", 400, "<html>no</html>"],
  ["invalid-request", "openai", 418, ""],
  // Vendors' own failures.
  ["provider-failed", "openai", 500, message("The server had an error", { type: "server_error" })],
  [
    "provider-failed",
    "openai",
    502,
    "<html><head><title>502 Bad Gateway</title></head><body>…</body></html>",
  ],
  ["provider-failed", "openai", 504, ""],
  ["provider-failed", "openai", 524, "error code: 524"],
  ["provider-failed", "openai", 408, message("Request timed out"), "same-target"],
  ["provider-failed", "openai", 409, "", "same-target"],
  [
    "provider-failed",
    "groq",
    400,
    message("Failed to call a function.", {
      type: "invalid_request_error",
      code: "tool_use_failed",
      failed_generation: "<f>",
    }),
    "same-target",
  ],
  ["provider-failed", "zai", 500, { error: { code: "1234", message: "网络错误" } }],
];

describe("decodeError", () => {
  for (const [code, id, status, body, recovery] of bodies) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    it(`${id} ${status} ${text.slice(0, 90)} is ${code}`, () => {
      const error = errorOf(id, status, body);
      assert.equal(error.code, code, error.message);
      assert.equal(error.status, status);
      assert.equal(error.provider, "acme");
      assert.equal(error.model, "m1");
      if (recovery !== undefined) assert.equal(error.recovery, recovery);
    });
  }

  it("says who, which status and why", () => {
    assert.equal(errorOf("openai", 500, message("It broke.")).message, "OpenAI answered 500: It broke.");
    const page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
    assert.equal(errorOf("xai", 502, page).message, "xAI answered 502: 502 Bad Gateway");
    assert.equal(errorOf("openai", 503, "").message, "OpenAI answered 503: no reason was given");
    assert.equal(
      errorOf("mistral", 422, {
        detail: [{ loc: ["body", "foo"], msg: "Extra inputs" }, { msg: "and more" }],
      }).message,
      "Mistral answered 422: body.foo: Extra inputs; and more",
    );
    assert.match(errorOf("openai", 404, "<html>nothing here</html>").message, /baseUrl may not be/);
  });

  it("quotes no key and no more than a few lines", () => {
    for (
      const key of [
        "sk-proj-abcdefghijklmnop",
        "gsk_abcdefghijklmnopqrst",
        "xai-abcdefghijklmnopqr",
        "AIzaSyA-abcdefghijklmnop",
      ]
    ) {
      const error = errorOf("openai", 401, message(`Incorrect API key provided: ${key}. See the docs.`));
      assert.ok(!error.message.includes(key), error.message);
      assert.ok(error.message.includes("See the docs."));
      assert.ok(!JSON.stringify(error).includes(key));
    }
    assert.ok(
      !errorOf("openai", 401, message("sent Authorization: Bearer abc.def")).message.includes("abc.def"),
    );
    assert.ok(errorOf("openai", 400, message("x y ".repeat(10_000))).message.length < 350);
    assert.equal(errorOf("openai", 400, message("a\n\n  b\tc")).message, "OpenAI answered 400: a b c");
  });

  const ids: readonly [Record<string, string>, unknown, string | undefined][] = [
    [{ "x-request-id": "req_1", "request-id": "other" }, "", "req_1"],
    [{ "request-id": "req_2" }, "", "req_2"],
    [{ "apim-request-id": "req_3" }, "", "req_3"],
    [{}, { error: { message: "x" }, request_id: "req_4" }, "req_4"],
    [{}, "", undefined],
  ];
  for (const [headers, body, expected] of ids) {
    it(`finds the request id ${expected}`, () =>
      assert.equal(errorOf("openai", 500, body, headers).requestId, expected));
  }

  const waits: readonly [number, Record<string, string>, unknown, number | undefined][] = [
    [429, { "retry-after": "2" }, "", 2000],
    [503, { "retry-after": "1.5" }, "", 1500],
    [500, { "retry-after": "7" }, "", 7000],
    [429, { "retry-after-ms": "250", "retry-after": "9" }, "", 250],
    [429, { "x-ms-retry-after-ms": "300", "retry-after": "9" }, "", 300],
    [
      429,
      { "retry-after": "Fri, 20 Nov 2026 10:00:30 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT" },
      "",
      30_000,
    ],
    [
      429,
      { "retry-after": "Fri, 20 Nov 2026 09:00:00 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT" },
      "",
      undefined,
    ],
    [429, { "retry-after": "-5" }, "", undefined],
    [429, { "retry-after": "soon" }, "", undefined],
    [429, {}, message("Please try again in 1.2s. Visit …"), 1200],
    [429, {}, message("Please try again in 1m30.5s."), 90_500],
    [429, {}, message("Please try again in 120ms."), 120],
    [429, {}, message("Please retry after 60 seconds."), 60_000],
    [429, {}, message("x", { details: [{ "@type": "RetryInfo", retryDelay: "17.5s" }] }), 17_500],
    [429, { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s" }, "", 360_000],
    [429, { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "12" }, "", 12_000],
    [429, { "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "6m0s" }, "", undefined],
    [429, {}, message("try again later, limit 300"), undefined],
    [400, { "retry-after": "2" }, "", undefined],
  ];
  for (const [status, headers, body, expected] of waits) {
    it(`waits ${expected} ms for ${status} ${JSON.stringify(headers)} ${JSON.stringify(body)}`, () => {
      assert.equal(errorOf("openai", status, body, headers).retryAfterMs, expected);
    });
  }

  it("obeys x-should-retry: false", () => {
    assert.equal(errorOf("openai", 500, "", { "x-should-retry": "false" }).recovery, "next-target");
    assert.equal(errorOf("openai", 400, "", { "x-should-retry": "false" }).recovery, "never");
    assert.equal(errorOf("openai", 500, "", { "x-should-retry": "true" }).recovery, "same-target");
  });

  it("lets the manifest's codes win", () => {
    const codec = codecOf("openai", { errors: { codes: { weird: "overloaded" } } });
    assert.equal(
      codec.decodeError(headOf({}, 400), JSON.stringify(message("x", { code: "weird" }))).code,
      "overloaded",
    );
    assert.equal(
      codec.decodeError(headOf({}, 400), JSON.stringify(message("x", { type: "weird" }))).code,
      "overloaded",
    );
  });

  it("stays quick on hostile bodies", () => {
    const startedMs = performance.now();
    for (
      const body of [
        "<".repeat(500_000),
        "model ".repeat(100_000),
        "context ".repeat(100_000),
        "a1.".repeat(200_000),
      ]
    ) {
      errorOf("openai", 400, body);
      errorOf("openai", 400, message(body));
    }
    assert.ok(performance.now() - startedMs < 2000);
  });
});
