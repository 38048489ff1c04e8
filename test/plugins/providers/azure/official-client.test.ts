/** Holds the provider against OpenAI's own client for Azure: the same paths, versions, headers and bodies. */

import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import OpenAI, { AzureOpenAI } from "openai";
import type { Loom } from "../../../../src/index.ts";
import { bareLoom } from "../../../support/looms.ts";

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly key: string | string[] | undefined;
  readonly type: string | undefined;
  readonly body: unknown;
}

const key = "azure-test-key";
const chatAnswer = {
  id: "c1",
  object: "chat.completion",
  model: "gpt-4o-2024-08-06",
  choices: [{
    index: 0,
    message: { role: "assistant", content: "Hi." },
    finish_reason: "stop",
    content_filter_results: { hate: { filtered: false, severity: "safe" } },
  }],
  prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
};
const answers: readonly (readonly [RegExp, unknown])[] = [
  [/embeddings/, { data: [{ index: 0, embedding: [0.5] }], model: "m" }],
  [/responses/, { id: "r1", object: "response", status: "completed", output: [], model: "m" }],
  [/chat/, chatAnswer],
];
let received: Received[] = [];
let filter = false;
let server: Server;
let url = "";

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += piece;
  return text;
}

const pick = ({ "api-key": own, "content-type": type }: IncomingHttpHeaders) => ({ key: own, type });

before(async () => {
  server = createServer((request, response) => {
    textOf(request).then((text) => {
      const { method, url, headers } = request;
      received.push({ method, url, ...pick(headers), body: JSON.parse(text) });
      const [, body] = answers.find(([path]) => path.test(url ?? "")) ?? [];
      response.writeHead(filter ? 400 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(filter ? filtered : body));
    }).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/** The body that Azure sends when the prompt is refused; learn.microsoft.com, Azure OpenAI content filtering. */
const filtered = {
  error: {
    message:
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    type: null,
    param: "prompt",
    code: "content_filter",
    status: 400,
    innererror: {
      code: "ResponsibleAIPolicyViolation",
      content_filter_result: {
        hate: { filtered: true, severity: "high" },
        jailbreak: { filtered: true, detected: true },
        violence: { filtered: false, severity: "safe" },
      },
    },
  },
};

function azure(options: Record<string, unknown> = {}): Loom {
  return bareLoom({
    providers: {
      azure: { baseUrl: url, apiKey: key, options: { deployments: { "gpt-4o": "prod-4o" }, ...options } },
    },
  });
}

async function same(theirs: () => Promise<unknown>, ours: () => Promise<unknown>): Promise<void> {
  received = [];
  await theirs();
  await ours();
  assert.equal(received.length, 2);
  assert.deepEqual(received[1], received[0]);
}

const messages = [{ role: "user" as const, content: "Hi" }];
const request = { provider: "azure", model: "gpt-4o", messages, params: { max_completion_tokens: 5 } };

describe("the official client sends the same for", () => {
  const apiVersion = "2024-10-21";
  const classic = () =>
    new AzureOpenAI({ endpoint: url, apiKey: key, apiVersion, maxRetries: 0, deployment: "prod-4o" });
  const v1 = () =>
    new OpenAI({
      baseURL: `${url}/openai/v1`,
      apiKey: "unused",
      defaultHeaders: { "api-key": key },
      maxRetries: 0,
    });

  it("a chat in the classic API", async () => {
    await using loom = azure({ apiVersion });
    await same(
      () => classic().chat.completions.create({ model: "prod-4o", messages, max_completion_tokens: 5 }),
      () => loom.generate(request),
    );
    assert.equal(received[1]?.url, `/openai/deployments/prod-4o/chat/completions?api-version=${apiVersion}`);
  });

  it("embeddings in the classic API", async () => {
    await using loom = azure({ apiVersion, deployments: { "text-embedding-3-small": "prod-4o" } });
    await same(
      () => classic().embeddings.create({ model: "prod-4o", input: ["a"], encoding_format: "float" }),
      () =>
        loom.generate({
          provider: "azure",
          modality: "embedding",
          model: "text-embedding-3-small",
          input: ["a"],
          params: { encoding_format: "float" },
        }),
    );
  });

  it("a response in the classic API", async () => {
    await using loom = azure({ apiVersion: "2025-04-01-preview", api: "responses" });
    const client = new AzureOpenAI({
      endpoint: url,
      apiKey: key,
      apiVersion: "2025-04-01-preview",
      maxRetries: 0,
    });
    await same(
      () => client.responses.create({ model: "prod-4o", input: messages, max_output_tokens: 16 }),
      () => loom.generate({ ...request, params: { max_tokens: 16 } }),
    );
    assert.equal(received[1]?.url, "/openai/responses?api-version=2025-04-01-preview");
  });

  it("a chat and a response in the v1 API", async () => {
    await using chat = azure();
    await same(
      () => v1().chat.completions.create({ model: "prod-4o", messages, max_completion_tokens: 5 }),
      () => chat.generate(request),
    );
    assert.equal(received[1]?.url, "/openai/v1/chat/completions");
    await using responses = azure({ api: "responses" });
    await same(
      () => v1().responses.create({ model: "prod-4o", input: messages }),
      () => responses.generate({ ...request, params: {} }),
    );
  });
});

describe("a filtered prompt", () => {
  it("is content-filtered, and says by what", async () => {
    filter = true;
    await using loom = azure();
    try {
      await assert.rejects(loom.generate(request), (error: Error & { code?: string }) => {
        assert.equal(error.code, "content-filtered");
        assert.match(error.message, /hate \(high\), jailbreak/);
        return true;
      });
    } finally {
      filter = false;
    }
  });
});
