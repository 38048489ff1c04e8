/** Errors in Anthropic's form, and what its official client makes of them. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { loomError } from "../../../../src/errors/index.ts";
import { anthropicMessages } from "../../../../src/gateway/formats/anthropic-messages/index.ts";
import { asking, clientOf, eventsOf, streamed } from "./support.ts";

const fault = loomError("provider-failed", "acme: it broke", {});

const classes:
  readonly (readonly [status: number, type: string, class_: abstract new (...args: never[]) => Error])[] = [
    [400, "invalid_request_error", Anthropic.BadRequestError],
    [401, "authentication_error", Anthropic.AuthenticationError],
    [402, "billing_error", Anthropic.PaymentRequiredError],
    [403, "permission_error", Anthropic.PermissionDeniedError],
    [404, "not_found_error", Anthropic.NotFoundError],
    [405, "invalid_request_error", Anthropic.APIError],
    [408, "timeout_error", Anthropic.RequestTimeoutError],
    [413, "request_too_large", Anthropic.ContentTooLargeError],
    [422, "invalid_request_error", Anthropic.UnprocessableEntityError],
    [429, "rate_limit_error", Anthropic.RateLimitError],
    [500, "api_error", Anthropic.InternalServerError],
    [502, "api_error", Anthropic.InternalServerError],
    [503, "overloaded_error", Anthropic.ServiceUnavailableError],
    [504, "timeout_error", Anthropic.GatewayTimeoutError],
    [529, "overloaded_error", Anthropic.OverloadedError],
  ];

describe("an error", () => {
  for (const [status, type, class_] of classes) {
    it(`of status ${status} is a ${type}`, async () => {
      const body = anthropicMessages.error(fault, status, "req-1");
      assert.deepEqual(body, {
        type: "error",
        error: { type, message: "acme: it broke" },
        request_id: "req-1",
      });
      await assert.rejects(clientOf(body, status).messages.create(asking), (error) => {
        assert.ok(error instanceof class_ && error instanceof Anthropic.APIError, String(error));
        assert.equal(error.status, status);
        assert.equal(error.type, type);
        assert.match(error.message, /it broke/);
        return true;
      });
    });
  }

  it("within a stream reaches the caller as one", async () => {
    const client = clientOf(
      streamed([[{ type: "text", text: "a" }]], undefined, { status: "failed", error: fault }),
    );
    await assert.rejects(client.messages.stream(asking).finalMessage(), (error) => {
      assert.ok(error instanceof Anthropic.APIError);
      assert.equal(error.type, "api_error");
      return true;
    });
  });

  it("as an event is the same body", () => {
    const [event] = eventsOf(anthropicMessages.errorEvent(fault, 429, "req-1"));
    assert.deepEqual(event, { event: "error", data: anthropicMessages.error(fault, 429, "req-1") });
  });

  it("of a long prompt has the words that clients look for, once", () => {
    const message = (text: string): string => {
      const body = anthropicMessages.error(loomError("context-too-long", text, {}), 400, "r");
      return (body as { readonly error: { readonly message: string } }).error.message;
    };
    assert.equal(message("acme: too many tokens"), "prompt is too long: acme: too many tokens");
    assert.equal(message("Prompt is too long: 9 > 8"), "Prompt is too long: 9 > 8");
  });
});
