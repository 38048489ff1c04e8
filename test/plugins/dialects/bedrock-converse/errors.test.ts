import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json } from "../../../../src/contract/json.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import live from "./live-frames.json" with { type: "json" };
import { codec, headOf, meaning, replay } from "./support.ts";

/** Status, type, message, Loom's code; the types are those of Amazon's documentation, the messages what users report. */
const errors: readonly [number, string | undefined, string, string][] = [
  [400, "ValidationException", "Input is too long for requested model.", "context-too-long"],
  [
    400,
    "ValidationException",
    "The model returned the following errors: prompt is too long: 210000 tokens > 200000 maximum",
    "context-too-long",
  ],
  [400, "ValidationException", "The provided model identifier is invalid.", "model-not-found"],
  [
    400,
    "ValidationException",
    "Invocation of model ID anthropic.claude-x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
    "model-not-found",
  ],
  [
    404,
    "ResourceNotFoundException",
    "This model version has reached the end of its life.",
    "model-not-found",
  ],
  [400, "ValidationException", "A conversation must start with a user message.", "invalid-request"],
  [
    403,
    "AccessDeniedException",
    "You don't have access to the model with the specified model ID.",
    "permission-denied",
  ],
  [
    403,
    "AccessDeniedException",
    "Authentication failed: Please make sure your API Key is valid.",
    "auth-rejected",
  ],
  [
    403,
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
    "auth-rejected",
  ],
  [403, "ExpiredTokenException", "The security token included in the request is expired", "auth-rejected"],
  [403, "InvalidSignatureException", "The request signature we calculated does not match", "auth-rejected"],
  [429, "ThrottlingException", "Too many tokens, please wait before trying again.", "rate-limited"],
  [429, undefined, "Too many requests, please wait before trying again.", "rate-limited"],
  [400, "ServiceQuotaExceededException", "You have exceeded the quota", "quota-exhausted"],
  [424, "ModelErrorException", "The model failed", "provider-failed"],
  [408, "ModelTimeoutException", "The request took too long", "provider-failed"],
  [429, "ModelNotReadyException", "The model is not ready", "overloaded"],
  [500, "InternalServerException", "An internal server error occurred", "provider-failed"],
  [503, "ServiceUnavailableException", "Bedrock is unable to process your request.", "overloaded"],
  [
    429,
    "ThrottlingException",
    "Too many tokens per day, please wait before trying again.",
    "quota-exhausted",
  ],
  [400, "ValidationException", "Output blocked by content filtering policy", "content-filtered"],
  // Recorded: pydantic/pydantic-ai tests/models/cassettes/test_bedrock: server_error, throttling_error, streaming_error,
  // openai_gpt_5_6_api_rejects_sampling_settings; traceloop/openllmetry test_titan_converse_with_caching.
  [500, "InternalServerError", "Internal error", "provider-failed"],
  [429, "ThrottlingException", "Rate exceeded", "rate-limited"],
  [400, undefined, "The provided model identifier is invalid.", "model-not-found"],
  [
    400,
    undefined,
    "This model doesn't support the temperature field. Remove temperature and try again.",
    "invalid-request",
  ],
  // Recorded: vercel/ai packages/amazon-bedrock/src/__fixtures__/*error*.json, issue-7034, issue-17197, nova-micro.
  [
    400,
    undefined,
    "User messages cannot contain reasoning content. Please remove the reasoning content and try again.",
    "invalid-request",
  ],
  [
    400,
    undefined,
    "The toolUse blocks at messages.2.content contain duplicate Ids: tooluseAc",
    "invalid-request",
  ],
  [
    400,
    undefined,
    "The model returned the following errors: output_config.format.schema: For 'array' type, property 'maxItems' is not supported",
    "invalid-request",
  ],
  [
    400,
    undefined,
    "The model returned the following errors: Malformed input request: the provided reasoning config value is invalid, please reformat your input and try again.",
    "invalid-request",
  ],
];

describe("a status that is not 2xx", () => {
  for (const [status, type, message, code] of errors) {
    const spellings: readonly [string, Record<string, string>, object][] = [
      ["header", type === undefined ? {} : { "x-amzn-errortype": `${type}:http://internal.amazon.com/` }, {
        message,
      }],
      ["body", {}, { message, ...(type !== undefined && { __type: `com.amazon.coral.service#${type}` }) }],
    ];
    for (const [where, headers, body] of spellings) {
      it(`${status} ${type} in the ${where}: ${message.slice(0, 40)}`, () => {
        const head = headOf({}, status, { ...headers, "x-amzn-requestid": "r-1" });
        const error: unknown = codec.decodeError(head, JSON.stringify(body));
        assert.ok(LoomError.is(error));
        assert.equal(error.code, code, error.message);
        assert.equal(error.status, status);
        assert.equal(error.requestId, "r-1");
      });
    }
  }
});

describe("frames as they came from the network", () => {
  it("an answer (vercel/ai packages/amazon-bedrock/src/__fixtures__/issue-18994-live-converse-stream.json)", () => {
    const { parts, error } = replay([Buffer.from(live.answer, "base64")]);
    assert.equal(error, undefined);
    const { text, finish, usage } = meaning(parts);
    assert.deepEqual([text, finish, (usage as { totalTokens: number }).totalTokens], ["OK.", [
      "stop",
      "end_turn",
    ], 17]);
  });

  it("an exception (vercel/ai …/model-stream-error-exception.eventstream.base64.txt)", () => {
    const { error } = replay([Buffer.from(live.exception, "base64")]);
    assert.ok(LoomError.is(error, "provider-failed"), String(error));
    assert.equal(error.status, 500);
  });
});

describe("a good status with something else than an answer", () => {
  const bodies: readonly [string, Json, string][] = [
    // vercel/ai packages/amazon-bedrock/src/__fixtures__/issue-17523-unknown-operation.json
    ["an unknown operation", {
      Output: { __type: "com.amazon.coral.service#UnknownOperationException" },
      Version: "1.0",
    }, "model-not-found"],
    ["a complaint", { message: "Rate exceeded", __type: "ThrottlingException" }, "rate-limited"],
    ["a complaint without a type", { message: "The model failed" }, "provider-failed"],
    ["nothing", { output: { message: { content: [] } } }, "invalid-reply"],
    [
      "a call without a name",
      { output: { message: { content: [{ toolUse: { toolUseId: "x" } }] } } },
      "invalid-reply",
    ],
  ];
  for (const [name, body, code] of bodies) {
    it(name, () => {
      assert.throws(() => codec.decode(body, headOf()), (error) => {
        assert.ok(LoomError.is(error));
        assert.equal(error.code, code, error.message);
        return true;
      });
    });
  }
});
