import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json } from "../../../../src/contract/json.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { codec, headOf } from "./support.ts";

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
