/** Errors: the official client throws the class, code and type that OpenAI's own errors have. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import OpenAI, { type APIError } from "openai";
import { type LoomError, loomError } from "../../../../src/errors/index.ts";
import { openaiChat } from "../../../../src/gateway/formats/openai-chat/index.ts";
import { clientAnswered } from "./support.ts";

interface Row {
  readonly error: LoomError;
  readonly status: number;
  readonly thrown: abstract new (...args: never) => APIError;
  readonly code: string | null;
  readonly type: string;
  readonly param?: string;
}

const invalid = "invalid_request_error";
const quota = "insufficient_quota";
const rate = "rate_limit_exceeded";
const { BadRequestError, RateLimitError, InternalServerError } = OpenAI;

const rows: readonly Row[] = [
  {
    error: loomError("invalid-request", "n: too many", { path: "n" }),
    status: 400,
    thrown: BadRequestError,
    code: "invalid_value",
    type: invalid,
    param: "n",
  },
  {
    error: loomError("invalid-request", "refused", {}),
    status: 400,
    thrown: BadRequestError,
    code: null,
    type: invalid,
  },
  {
    error: loomError("unsupported", "cannot", { feature: "audio" }),
    status: 400,
    thrown: BadRequestError,
    code: "unsupported_value",
    type: invalid,
  },
  {
    error: loomError("context-too-long", "too long", {}),
    status: 400,
    thrown: BadRequestError,
    code: "context_length_exceeded",
    type: invalid,
    param: "messages",
  },
  {
    error: loomError("content-filtered", "no", {}),
    status: 400,
    thrown: BadRequestError,
    code: "content_filter",
    type: invalid,
  },
  {
    error: loomError("guard-blocked", "no", { guard: "pii", side: "input", kinds: ["EMAIL"] }),
    status: 400,
    thrown: BadRequestError,
    code: "content_filter",
    type: invalid,
  },
  {
    error: loomError("guard-blocked", "late", { guard: "pii", unavailable: true }, { status: 503 }),
    status: 503,
    thrown: OpenAI.InternalServerError,
    code: "guard_blocked",
    type: "server_error",
  },
  {
    error: loomError("auth-rejected", "no", {}),
    status: 401,
    thrown: OpenAI.AuthenticationError,
    code: "invalid_api_key",
    type: invalid,
  },
  {
    error: loomError("budget-exceeded", "dear", { limitUsd: 1, estimateUsd: 2 }),
    status: 402,
    thrown: OpenAI.APIError,
    code: quota,
    type: quota,
  },
  {
    error: loomError("permission-denied", "no", {}),
    status: 403,
    thrown: OpenAI.PermissionDeniedError,
    code: "permission_denied",
    type: invalid,
  },
  {
    error: loomError("model-not-found", "which?", {}),
    status: 404,
    thrown: OpenAI.NotFoundError,
    code: "model_not_found",
    type: invalid,
  },
  {
    error: loomError("rate-limited", "slow", {}),
    status: 429,
    thrown: RateLimitError,
    code: rate,
    type: "requests",
  },
  {
    error: loomError("limit-exceeded", "slow", { limit: "tokensPerMinute" }),
    status: 429,
    thrown: RateLimitError,
    code: rate,
    type: "tokens",
  },
  {
    error: loomError("limit-exceeded", "spent", { limit: "budget per day" }),
    status: 429,
    thrown: RateLimitError,
    code: quota,
    type: quota,
  },
  {
    error: loomError("quota-exhausted", "spent", {}),
    status: 429,
    thrown: RateLimitError,
    code: quota,
    type: quota,
  },
  {
    error: loomError("internal", "oh", {}),
    status: 500,
    thrown: InternalServerError,
    code: "internal",
    type: "server_error",
  },
  {
    error: loomError("overloaded", "busy", {}),
    status: 503,
    thrown: InternalServerError,
    code: "server_is_overloaded",
    type: "server_error",
  },
];

describe("an error", () => {
  for (const { error, status, thrown: wanted, code, type, param = null } of rows) {
    it(`${error.code} is thrown as ${wanted.name}, code ${code}, type ${type}`, async () => {
      const client = clientAnswered({ status, body: openaiChat.error(error, status, "req_1") });
      const asked = client.chat.completions.create({
        model: "m1",
        messages: [{ role: "user", content: "Hi" }],
      });
      await assert.rejects(Promise.resolve(asked), (thrown) => {
        assert.ok(thrown instanceof wanted, String(thrown));
        assert.deepEqual([thrown.code, thrown.type, thrown.param, thrown.status], [
          code,
          type,
          param,
          status,
        ]);
        assert.equal(thrown.message, `${status} ${error.message}`);
        return true;
      });
    });
  }
});
