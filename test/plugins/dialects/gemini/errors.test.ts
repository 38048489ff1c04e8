/** Google's error bodies, and what they mean. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json } from "../../../../src/contract/json.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { codec, headOf } from "./support.ts";

const info = (reason: string): Json => ({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason });
const quota = (...quotaIds: string[]): Json => ({
  "@type": "type.googleapis.com/google.rpc.QuotaFailure",
  violations: quotaIds.map((quotaId) => ({ quotaId })),
});
const retry = (retryDelay: string): Json => ({
  "@type": "type.googleapis.com/google.rpc.RetryInfo",
  retryDelay,
});

interface Case {
  readonly what: string;
  readonly status: number;
  readonly word: string;
  readonly message: string;
  readonly details?: readonly Json[];
  readonly code: string;
  readonly retryAfterMs?: number;
}

const exceeded = "You exceeded your current quota, please check your plan and billing details.";

// Words: https://ai.google.dev/gemini-api/docs/troubleshooting and the recorded bodies of vercel/ai packages/google.
const cases: readonly Case[] = [
  {
    what: "a limit per minute",
    status: 429,
    word: "RESOURCE_EXHAUSTED",
    message: exceeded,
    details: [quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"), retry("34.4s")],
    code: "rate-limited",
    retryAfterMs: 34_400,
  },
  {
    what: "a limit per minute without a wait",
    status: 429,
    word: "RESOURCE_EXHAUSTED",
    message: exceeded,
    details: [quota("GenerateContentInputTokensPerModelPerMinute-FreeTier", "RequestsPerMinutePerProject")],
    code: "rate-limited",
  },
  {
    what: "the day's quota, though a wait is named",
    status: 429,
    word: "RESOURCE_EXHAUSTED",
    message: exceeded,
    details: [quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), retry("12s")],
    code: "quota-exhausted",
  },
  {
    what: "credits that are used up",
    status: 429,
    word: "RESOURCE_EXHAUSTED",
    message:
      "Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing.",
    code: "quota-exhausted",
  },
  {
    what: "Vertex without capacity",
    status: 429,
    word: "RESOURCE_EXHAUSTED",
    message: "Resource exhausted. Please try again later.",
    code: "rate-limited",
  },
  {
    what: "a wrong key, which is a 400",
    status: 400,
    word: "INVALID_ARGUMENT",
    message: "API key not valid. Please pass a valid API key.",
    details: [info("API_KEY_INVALID")],
    code: "auth-rejected",
  },
  {
    what: "a key that ran out",
    status: 400,
    word: "INVALID_ARGUMENT",
    message: "API key expired. Please renew the API key.",
    details: [info("API_KEY_INVALID")],
    code: "auth-rejected",
  },
  {
    what: "no token",
    status: 401,
    word: "UNAUTHENTICATED",
    message: "Request had invalid authentication credentials.",
    code: "auth-rejected",
  },
  {
    what: "a country that is not served",
    status: 400,
    word: "FAILED_PRECONDITION",
    message: "User location is not supported for the API use.",
    code: "permission-denied",
  },
  {
    what: "a project without billing",
    status: 403,
    word: "PERMISSION_DENIED",
    message: "This API method requires billing to be enabled.",
    details: [info("BILLING_DISABLED")],
    code: "quota-exhausted",
  },
  {
    what: "an API that is not switched on",
    status: 403,
    word: "PERMISSION_DENIED",
    message: "Generative Language API has not been used in project 1 before or it is disabled.",
    details: [info("SERVICE_DISABLED")],
    code: "permission-denied",
  },
  {
    what: "a model that is not there",
    status: 404,
    word: "NOT_FOUND",
    message: "models/gemini-9 is not found for API version v1beta, or is not supported for generateContent.",
    code: "model-not-found",
  },
  {
    what: "too many tokens",
    status: 400,
    word: "INVALID_ARGUMENT",
    message: "The input token count (1200001) exceeds the maximum number of tokens allowed (1048576).",
    code: "context-too-long",
  },
  {
    what: "an argument",
    status: 400,
    word: "INVALID_ARGUMENT",
    message:
      "Thinking level MINIMAL is not supported for this model. Please retry with other thinking level.",
    code: "invalid-request",
  },
  {
    what: "too many at once",
    status: 503,
    word: "UNAVAILABLE",
    message: "The model is overloaded. Please try again later.",
    code: "overloaded",
  },
  {
    what: "a fault of theirs",
    status: 500,
    word: "INTERNAL",
    message: "An internal error has occurred.",
    code: "provider-failed",
  },
  {
    what: "their deadline",
    status: 504,
    word: "DEADLINE_EXCEEDED",
    message: "Deadline expired.",
    code: "provider-failed",
  },
  {
    what: "more tokens than the model takes, as Vertex says it",
    status: 400,
    word: "INVALID_ARGUMENT",
    message:
      "Unable to submit request because the input token count is 1105296 but model only supports up to 1048576. Reduce the input token count and try again.",
    code: "context-too-long",
  },
  {
    what: "a call without a key",
    status: 403,
    word: "PERMISSION_DENIED",
    message:
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    code: "auth-rejected",
  },
  {
    what: "a key that got out",
    status: 403,
    word: "PERMISSION_DENIED",
    message: "Your API key was reported as leaked. Please use another API key.",
    code: "auth-rejected",
  },
  {
    what: "penalties (vercel/ai packages/google issue-8943)",
    status: 400,
    word: "INVALID_ARGUMENT",
    message: "Penalty is not enabled for models/gemini-2.5-flash",
    code: "invalid-request",
  },
  {
    what: "two kinds of thinking (vercel/ai packages/google issue-22372)",
    status: 400,
    word: "INVALID_ARGUMENT",
    message: "You can only set only one of thinking budget and thinking level.",
    code: "invalid-request",
  },
  {
    what: "JSON and a forced call (vercel/ai packages/google)",
    status: 400,
    word: "INVALID_ARGUMENT",
    message:
      "Forced function calling (ANY mode) with a response mime type: 'application/json' is unsupported",
    code: "invalid-request",
  },
  {
    what: "too many texts at once (vercel/ai packages/google issue-16101)",
    status: 400,
    word: "INVALID_ARGUMENT",
    message: "* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch\n",
    code: "invalid-request",
  },
  {
    what: "a limit in old words",
    status: 429,
    word: "RESOURCE_EXHAUSTED",
    message: "Resource has been exhausted (e.g. check quota).",
    code: "rate-limited",
  },
  {
    what: "a model that is no more",
    status: 404,
    word: "NOT_FOUND",
    message: "This model models/gemini-2.0-flash is no longer available to new users.",
    code: "model-not-found",
  },
];

describe("an error means", () => {
  for (const { what, status, word, message, details, code, retryAfterMs } of cases) {
    const body = { error: { code: status, message, status: word, ...(details && { details }) } };
    it(`${code}: ${what}`, () => {
      for (const wrapped of [body, [body]]) {
        const error = codec.decodeError(headOf({}, status), JSON.stringify(wrapped));
        assert.equal(error.code, code, error.message);
        assert.equal(error.status, status);
        if (retryAfterMs !== undefined) assert.equal(error.retryAfterMs, retryAfterMs);
      }
      for (const stream of [false, true]) {
        const inside = () =>
          stream
            ? codec.decodeStream(headOf()).event({ event: "", data: JSON.stringify(body) })
            : codec.decode(body, headOf());
        assert.throws(inside, (error) => error instanceof LoomError && error.code === code);
      }
    });
  }
});
