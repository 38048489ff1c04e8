/** What vendors of media say when something is wrong, in all their forms. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LoomError } from "../../../../src/errors/index.ts";
import type { Json } from "../../../../src/contract/json.ts";
import { type Asked, codecOf, dialect, headOf, vendor, vendors, wav } from "./support.ts";

const image: Asked = { modality: "image", prompt: "p" };

// Statuses and bodies: facts/vendors.md sections 4, 5, 15, 17, 18, 19, 28.
const refusals: readonly (readonly [string, number, string, string])[] = [
  ["bfl", 402, '{"detail":"Insufficient credits"}', "quota-exhausted"],
  ["bfl", 403, '{"detail":"Not authenticated - Invalid Authentication"}', "permission-denied"],
  [
    "bfl",
    422,
    '{"detail":[{"loc":["body","width"],"msg":"must be a multiple of 16","type":"value_error"}]}',
    "invalid-request",
  ],
  ["bfl", 429, '{"detail":"Too many active tasks"}', "rate-limited"],
  ["bfl", 500, '{"error":"x","message":"y","details":{}}', "provider-failed"],
  [
    "ideogram",
    422,
    '{"error":"Prompt provided failed safety check due to the inclusion of prohibited content."}',
    "content-filtered",
  ],
  ["ideogram", 401, '{"error":"not authorized"}', "auth-rejected"],
  ["ideogram", 429, "{}", "rate-limited"],
  [
    "seedream",
    400,
    '{"error":{"code":"InputImageSensitiveContentDetected","message":"m","type":"BadRequest"}}',
    "content-filtered",
  ],
  ["seedream", 404, '{"error":{"code":"InvalidEndpointOrModel.NotFound","message":"m"}}', "model-not-found"],
  ["seedream", 403, '{"error":{"code":"AccountOverdueError","message":"m"}}', "quota-exhausted"],
  ["seedream", 429, '{"error":{"code":"ServerOverloaded","message":"m"}}', "overloaded"],
  ["seedream", 401, '{"error":{"code":"AuthenticationError","message":"m"}}', "auth-rejected"],
  ["qwen", 400, '{"code":"DataInspectionFailed","message":"m","request_id":"r-1"}', "content-filtered"],
  ["qwen", 400, '{"code":"Arrearage","message":"m","request_id":"r-1"}', "quota-exhausted"],
  ["qwen", 401, '{"code":"InvalidApiKey","message":"m","request_id":"r-1"}', "auth-rejected"],
  ["qwen", 429, '{"code":"Throttling.RateQuota","message":"m","request_id":"r-1"}', "rate-limited"],
  [
    "minimax",
    400,
    '{"type":"error","error":{"type":"invalid_request_error","message":"m","http_code":"400"}}',
    "invalid-request",
  ],
  [
    "openai",
    400,
    '{"error":{"code":"moderation_blocked","message":"m","type":"image_generation_user_error"}}',
    "content-filtered",
  ],
  [
    "xai",
    400,
    '{"code":"Client specified an invalid argument","error":"Incorrect API key provided"}',
    "auth-rejected",
  ],
  ["zai", 429, '{"error":{"code":"1113","message":"m"}}', "quota-exhausted"],
];

describe("a refusal by", () => {
  for (const [id, status, body, code] of refusals) {
    it(`${id} with ${status} ${body.slice(0, 60)} is ${code}`, () => {
      const error = codecOf(id).decodeError(headOf(id, image, status), body);
      assert.ok(LoomError.is(error));
      assert.equal(error.code, code, error.message);
      assert.equal(error.status, status);
      assert.equal(error.provider, id);
    });
  }

  it("any vendor, in any body, is a LoomError", () => {
    for (const id of vendors) {
      for (
        const body of [
          "",
          "null",
          "[]",
          "{",
          '{"error":null}',
          "<h1>502</h1>",
          '{"detail":{"a":[1]}}',
          "x".repeat(10_000),
        ]
      ) {
        const error = codecOf(id).decodeError(headOf(id, image, 502), body);
        assert.ok(LoomError.is(error, "provider-failed", "overloaded"), `${id}: ${error.code}`);
      }
    }
  });
});

describe("what is no answer", () => {
  const nonsense: readonly Json[] = [
    null,
    42,
    "text",
    [],
    {},
    { data: "none" },
    { data: [] },
    { data: [null, 7, {}] },
    { results: [{}] },
    { output: null },
    { task: { status: 7 } },
    { error: { message: "x" } },
    { id: {} },
  ];
  for (const id of vendors) {
    it(`of ${id} is a LoomError, at once or in a job`, () => {
      const codec = codecOf(id);
      for (const modality of Object.keys(vendor(id).media ?? {}) as Asked["modality"][]) {
        const asked: Asked = { modality, prompt: "p", input: ["a"], audio: wav };
        for (const body of nonsense) {
          assert.throws(
            () => codec.decode(body, headOf(id, asked)),
            (error) => LoomError.is(error),
            `${modality} ${JSON.stringify(body)}`,
          );
        }
      }
    });
  }

  it("is a stream, of which there is none", () => {
    assert.throws(
      () => codecOf("openai").decodeStream(headOf("openai", image)),
      (error) => LoomError.is(error, "invalid-reply"),
    );
  });
});

describe("a manifest of the dialect `media` alone", () => {
  it("can do what it describes, and says what it cannot", () => {
    const codec = dialect.codec(vendor("bfl"));
    assert.deepEqual(codec.modalities, []);
    assert.throws(() => codec.encode(headOf("bfl", { modality: "text" }).ctx), (error) => {
      assert.ok(LoomError.is(error, "unsupported"));
      return error.data.feature === "text";
    });
  });
});
