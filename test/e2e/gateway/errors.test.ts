/** What goes wrong reaches the official clients as errors of their own classes, before output and after. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { serve, type TestServer } from "../../support/server.ts";
import { type RunningGateway, settled, startGateway, thrown } from "./support.ts";
import { providersAt, tongueAt, vendorKey } from "./tongues.ts";

const goodKey = "loom-e2e-good-key-0001";
const narrowKey = "loom-e2e-narrow-key-0002";
const thriftyKey = "loom-e2e-thrifty-key-0003";

/** Does what the model's name says: refuses with a status, or ends a stream badly. */
let vendor: TestServer;
let running: RunningGateway;

before(async () => {
  vendor = await serve(({ url, body, response }) => {
    const tongue = tongueAt(url);
    const { model } = JSON.parse(body) as { model: string };
    const status = Number(/^status-(\d+)/.exec(model)?.[1]);
    if (status > 0) {
      // Longer than anybody waits before trying again.
      response.writeHead(status, { "content-type": "application/json", "retry-after": "70" });
      return void response.end(tongue.refusal(`the vendor says ${status}`));
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(tongue.opening + tongue.word("Half a ") + tongue.word("sentence"));
    if (model === "cut") setTimeout(() => response.socket?.destroy(), 20);
    else response.end(model === "failing" ? tongue.failure : "");
  });
  running = await startGateway({
    limits: {},
    retry: { maxAttempts: 2, baseDelayMs: 1 },
    breaker: false,
    providers: providersAt(vendor.url),
  }, {
    keys: {
      list: [
        { key: goodKey, id: "good" },
        { key: narrowKey, id: "narrow", models: ["my-openai/only-this"] },
        { key: thriftyKey, id: "thrifty", requestsPerMinute: 1 },
      ],
    },
    server: { maxBodyBytes: 20_000 },
  });
});
after(async () => {
  await settled(running);
  await running.close();
  await vendor.close();
});

const messages = [{ role: "user" as const, content: "Say something secret-prompt-5512." }];

interface ApiError extends Error {
  readonly status: number | undefined;
  readonly headers: Headers | undefined;
}

/** Both clients, with their own classes of errors. */
const clients = [
  {
    name: "openai",
    classes: OpenAI,
    ask: (model: string, apiKey: string = goodKey, content?: string, maxRetries = 0): Promise<unknown> =>
      new OpenAI({ baseURL: `${running.url}/v1`, apiKey, maxRetries }).chat.completions.create({
        model,
        messages: content === undefined ? messages : [{ role: "user", content }],
      }),
    async read(model: string, heard: string[]): Promise<void> {
      const client = new OpenAI({ baseURL: `${running.url}/v1`, apiKey: goodKey, maxRetries: 0 });
      for await (
        const { choices } of await client.chat.completions.create({ model, messages, stream: true })
      ) {
        heard.push(choices[0]?.delta.content ?? "");
      }
    },
    post: (contentType: string): Promise<unknown> =>
      new OpenAI({ baseURL: `${running.url}/v1`, apiKey: goodKey, maxRetries: 0 }).post("/chat/completions", {
        body: "model,messages",
        headers: { "content-type": contentType },
      }),
  },
  {
    name: "@anthropic-ai/sdk",
    classes: Anthropic,
    ask: (model: string, apiKey: string = goodKey, content?: string, maxRetries = 0): Promise<unknown> =>
      new Anthropic({ baseURL: running.url, apiKey, maxRetries }).messages.create({
        model,
        max_tokens: 64,
        messages: content === undefined ? messages : [{ role: "user", content }],
      }),
    async read(model: string, heard: string[]): Promise<void> {
      const client = new Anthropic({ baseURL: running.url, apiKey: goodKey, maxRetries: 0 });
      const stream = await client.messages.create({ model, max_tokens: 64, messages, stream: true });
      for await (const event of stream) {
        if (event.type === "content_block_delta" && event.delta.type === "text_delta") {
          heard.push(event.delta.text);
        }
      }
    },
    post: (contentType: string): Promise<unknown> =>
      new Anthropic({ baseURL: running.url, apiKey: goodKey, maxRetries: 0 }).post("/v1/messages", {
        body: "model,messages",
        headers: { "content-type": contentType },
      }),
  },
];

for (const { name, classes, ask, read, post } of clients) {
  for (const provider of ["my-openai", "my-anthropic"]) {
    describe(`${name} before ${provider}`, () => {
      const refusals = [
        { vendor: 400, caller: 400, kind: classes.BadRequestError },
        { vendor: 403, caller: 403, kind: classes.PermissionDeniedError },
        { vendor: 404, caller: 404, kind: classes.NotFoundError },
        { vendor: 429, caller: 429, kind: classes.RateLimitError },
        { vendor: 500, caller: 500, kind: classes.InternalServerError },
        { vendor: 503, caller: 503, kind: classes.InternalServerError },
        { vendor: 529, caller: 529, kind: classes.InternalServerError },
      ];
      for (const { vendor: status, caller, kind } of refusals) {
        it(`${status} of the vendor is a ${kind.name}`, async () => {
          const error = await thrown<ApiError>(kind, () => ask(`${provider}/status-${status}`));
          assert.equal(error.status, caller);
          assert.match(error.message, new RegExp(`the vendor says ${status}`));
          assert.ok(!error.message.includes(vendorKey));
          if (status === 429) assert.equal(error.headers?.get("retry-after"), "70");
        });
      }

      it("401 of the vendor is the gateway's trouble, and nobody tries again", async () => {
        const already = vendor.requests.length;
        const error = await thrown<ApiError>(
          classes.InternalServerError,
          () => ask(`${provider}/status-401`, goodKey, undefined, 2),
        );
        assert.equal(error.status, 502);
        assert.equal(error.headers?.get("x-should-retry"), "false");
        assert.ok(!JSON.stringify(error).includes("invalid_api_key"), "the caller's key is not to blame");
        assert.equal(vendor.requests.length, already + 1);
      });

      for (const manner of ["failing", "cut", "unfinished"]) {
        it(`a stream that is ${manner} after output is an error, never an end`, async () => {
          const heard: string[] = [];
          await thrown<ApiError>(classes.APIError, () => read(`${provider}/${manner}`, heard));
          assert.equal(heard.join(""), "Half a sentence");
        });
      }
    });
  }

  describe(`${name}, refused by the gateway itself`, () => {
    it("a wrong key, and none of it in the answer", async () => {
      const wrong = "loom-e2e-wrong-key-0009";
      const error = await thrown<ApiError>(classes.AuthenticationError, () => ask("my-openai/any", wrong));
      assert.equal(error.status, 401);
      assert.ok(!error.message.includes(wrong));
    });

    it("a model that the key may not use", async () => {
      await thrown<ApiError>(classes.PermissionDeniedError, () => ask("my-openai/other", narrowKey));
    });

    it("a model that is not there, with what may have been meant", async () => {
      const error = await thrown<ApiError>(classes.NotFoundError, () => ask("claude-sonet-4-6"));
      assert.match(error.message, /claude-sonnet-4-6/);
    });

    it("a request that is too large", async () => {
      const error = await thrown<ApiError>(
        classes.APIError,
        () => ask("my-openai/any", goodKey, "x".repeat(30_000)),
      );
      assert.equal(error.status, 413);
    });

    it("a body that is no JSON by its own word", async () => {
      const error = await thrown<ApiError>(classes.APIError, () => post("text/csv"));
      assert.equal(error.status, 415);
    });

    it("too many requests, with when to come back", async () => {
      await ask("my-openai/status-400", thriftyKey).catch(() => {});
      const error = await thrown<ApiError>(
        classes.RateLimitError,
        () => ask("my-openai/status-400", thriftyKey),
      );
      const seconds = Number(error.headers?.get("retry-after"));
      assert.ok(seconds >= 1 && seconds <= 120, `${seconds} s`);
    });
  });
}

describe("errors, all together", () => {
  it("left no key and no prompt in the log", () => {
    const log = running.log.join("\n");
    for (const secret of [goodKey, narrowKey, thriftyKey, vendorKey, "secret-prompt-5512"]) {
      assert.ok(!log.includes(secret), `${secret} is in the log: ${log}`);
    }
  });
});
