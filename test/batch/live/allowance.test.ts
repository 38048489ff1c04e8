/** What headers say is left, in the forms of all vendors, and how a run hears them. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { request } from "undici";
import { type Allowance, allowanceOf } from "../../../src/batch/live/allowance.ts";
import { watchHeaders } from "../../../src/batch/live/watch-headers.ts";
import { fakeClock } from "../../../src/testing.ts";
import { serve } from "../../support/server.ts";

const nowMs = Date.UTC(2026, 10, 21, 12, 0, 0);

const cases: readonly [what: string, headers: Record<string, string>, expected: Allowance | undefined][] = [
  ["none", { "content-type": "application/json" }, undefined],
  [
    "OpenAI",
    {
      "x-ratelimit-remaining-requests": "59",
      "x-ratelimit-reset-requests": "1s",
      "x-ratelimit-remaining-tokens": "149984",
      "x-ratelimit-reset-tokens": "6m0s",
    },
    { requests: { remaining: 59, resetMs: 1_000 }, tokens: { remaining: 149_984, resetMs: 360_000 } },
  ],
  ["Groq", { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2m59.56s" }, {
    requests: { remaining: 0, resetMs: 179_560 },
  }],
  ["milliseconds", { "x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "12ms" }, {
    requests: { remaining: 1, resetMs: 12 },
  }],
  ["Azure", { "x-ratelimit-remaining-tokens": "12", "x-ratelimit-reset-tokens": "-1" }, {
    tokens: { remaining: 12, resetMs: 10_000 },
  }],
  [
    "Anthropic: the tightest of its kinds of tokens",
    {
      "anthropic-ratelimit-requests-remaining": "3",
      "anthropic-ratelimit-requests-reset": "2026-11-21T12:00:20Z",
      "anthropic-ratelimit-input-tokens-remaining": "5000",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-21T12:00:30Z",
      "anthropic-ratelimit-output-tokens-remaining": "1000",
      "anthropic-ratelimit-output-tokens-reset": "2026-11-21T12:00:40Z",
    },
    { requests: { remaining: 3, resetMs: 20_000 }, tokens: { remaining: 1_000, resetMs: 40_000 } },
  ],
  ["Mistral: no word on when", { "x-ratelimit-remaining-req-minute": "7" }, {
    requests: { remaining: 7, resetMs: 10_000 },
  }],
  ["Together: seconds", { "x-ratelimit-remaining": "4", "x-ratelimit-reset": "2" }, {
    requests: { remaining: 4, resetMs: 2_000 },
  }],
  ["OpenRouter: the epoch in milliseconds", {
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": `${nowMs + 700}`,
  }, {
    requests: { remaining: 0, resetMs: 700 },
  }],
  ["the epoch in seconds, long ago", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1600000000" }, {
    requests: { remaining: 0, resetMs: 0 },
  }],
  ["nonsense", { "x-ratelimit-remaining-requests": "many", "x-ratelimit-remaining": "-3" }, undefined],
];

describe("allowanceOf", () => {
  for (const [what, headers, expected] of cases) {
    it(what, () => assert.deepEqual(allowanceOf((name) => headers[name], nowMs), expected));
  }
});

describe("watchHeaders", () => {
  it("hears the headers of every answer, until it is told to stop", async () => {
    const server = await serve(({ response }) => {
      response.writeHead(200, {
        "X-RateLimit-Remaining-Requests": "7",
        "X-RateLimit-Reset-Requests": "250ms",
      });
      response.end("{}");
    });
    const heard: Allowance[] = [];
    const stop = watchHeaders(fakeClock(), (allowance) => heard.push(allowance));
    try {
      await (await request(server.url)).body.dump();
      assert.deepEqual(heard, [{ requests: { remaining: 7, resetMs: 250 } }]);
      stop();
      await (await request(server.url)).body.dump();
      assert.equal(heard.length, 1);
    } finally {
      stop();
      await server.close();
    }
  });
});
