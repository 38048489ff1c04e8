/** Guards behind every inbound format, before vendors of the same and of another one, with the official clients. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { createMetrics } from "../../../src/gateway/metrics/index.ts";
import { finds, keys, mails } from "../../middleware/guard-setup.ts";
import { serve, type TestServer } from "../../support/server.ts";
import { type RunningGateway, settled, startGateway, thrown } from "./support.ts";
import { providersAt, tongueAt } from "./tongues.ts";

const secret = "KEY-12345678";

/** Says what it was told, and what its words ask for: letter by letter in a stream. */
let vendor: TestServer;
let running: RunningGateway;
const metrics = createMetrics({ measureProcess: false });

before(async () => {
  vendor = await serve(({ url, body, response }) => {
    const { stream, messages } = JSON.parse(body) as {
      readonly stream?: boolean;
      readonly messages: readonly { readonly content: unknown }[];
    };
    const heard = JSON.stringify(messages.at(-1)?.content).replace(/^"|"$/g, "").replace(
      /^.*"text":"(.*?)".*$/,
      "$1",
    );
    const answer = `You said: ${heard}` +
      (heard.includes("leak") ? `, and the key is ${secret}, which is long enough by now` : "") +
      (heard.includes("invent") ? ", and I am vendor@mail.test, of whom nobody spoke before" : "");
    const tongue = tongueAt(url);
    if (stream === true) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      return void response.end(
        tongue.opening + [...answer].map((one) => tongue.word(one)).join("") + tongue.closing,
      );
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(wholeOf(tongue.type, answer)));
  });
  running = await startGateway({
    retry: false,
    breaker: false,
    cache: { type: "memory" },
    providers: providersAt(vendor.url),
    guards: [
      { guard: mails, action: "redact" },
      { guard: keys, action: "block" },
      { guard: { input: ({ text }) => finds(/odd/, "ODD")(text) }, action: "flag" },
      { guard: { input: ({ text }) => finds(/said/, "SAID")(text) }, action: "block", shadow: true },
    ],
  });
  metrics.listen(running.loom);
});
after(async () => {
  await settled(running);
  await running.close();
  await vendor.close();
});
/** Those of earlier tests. */
let already = 0;
beforeEach(() => void (already = vendor.requests.length));
const requests = () => vendor.requests.slice(already);

function wholeOf(type: "openai" | "anthropic", text: string): object {
  return type === "openai"
    ? {
      id: "c1",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
      usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
    }
    : {
      id: "m1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [{ type: "text", text }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 5, output_tokens: 5 },
    };
}

interface ApiError extends Error {
  readonly status: number | undefined;
  readonly error?: unknown;
}

const openai = () => new OpenAI({ baseURL: `${running.url}/v1`, apiKey: "k", maxRetries: 0 });
const anthropic = () => new Anthropic({ baseURL: running.url, apiKey: "k", maxRetries: 0 });

/** Each gives the answer's text, and hands it on as it comes. */
const clients: readonly {
  readonly name: string;
  readonly classes: {
    readonly BadRequestError: typeof OpenAI.BadRequestError | typeof Anthropic.BadRequestError;
    readonly APIError: typeof OpenAI.APIError | typeof Anthropic.APIError;
  };
  ask(model: string, content: string): Promise<string>;
  read(model: string, content: string, heard: string[]): Promise<void>;
}[] = [
  {
    name: "chat completions",
    classes: OpenAI,
    ask: async (model, content) => {
      const answer = await openai().chat.completions.create({ model, messages: [{ role: "user", content }] });
      return answer.choices[0]?.message.content ?? "";
    },
    read: async (model, content, heard) => {
      const messages = [{ role: "user" as const, content }];
      for await (const one of await openai().chat.completions.create({ model, messages, stream: true })) {
        heard.push(one.choices[0]?.delta.content ?? "");
      }
    },
  },
  {
    name: "responses",
    classes: OpenAI,
    ask: async (model, input) => (await openai().responses.create({ model, input })).output_text,
    read: async (model, input, heard) => {
      for await (const one of await openai().responses.create({ model, input, stream: true })) {
        if (one.type === "response.output_text.delta") heard.push(one.delta);
        if (one.type === "response.failed") {
          throw new OpenAI.APIError(undefined, one.response.error ?? {}, undefined, undefined);
        }
      }
    },
  },
  {
    name: "completions",
    classes: OpenAI,
    ask: async (model, prompt) =>
      (await openai().completions.create({ model, prompt })).choices[0]?.text ?? "",
    read: async (model, prompt, heard) => {
      for await (const one of await openai().completions.create({ model, prompt, stream: true })) {
        heard.push(one.choices[0]?.text ?? "");
      }
    },
  },
  {
    name: "messages",
    classes: Anthropic,
    ask: async (model, content) => {
      const asked = { model, max_tokens: 64, messages: [{ role: "user" as const, content }] };
      const [block] = (await anthropic().messages.create(asked)).content;
      return block?.type === "text" ? block.text : "";
    },
    read: async (model, content, heard) => {
      const asked = {
        model,
        max_tokens: 64,
        messages: [{ role: "user" as const, content }],
        stream: true as const,
      };
      for await (const one of await anthropic().messages.create(asked)) {
        if (one.type === "content_block_delta" && one.delta.type === "text_delta") heard.push(one.delta.text);
      }
    },
  },
];

for (const { name, classes, ask, read } of clients) {
  for (const provider of ["my-openai", "my-anthropic"]) {
    describe(`${name} before ${provider}`, () => {
      // Models tell the cases apart, so that none is answered from another's cache.
      const model = (what: string) => `${provider}/${what}-${name.replace(" ", "-")}`;

      it("a blocked request is a bad request, and no vendor is asked", async () => {
        for (
          const running of [
            () => ask(model("in"), `my ${secret}`),
            () => read(model("in"), `my ${secret}`, []),
          ]
        ) {
          const error = await thrown<ApiError>(classes.BadRequestError, running);
          assert.equal(error.status, 400);
          assert.match(error.message, /guard .*guards\[1\].* blocked the request: it found KEY/);
          assert.ok(!JSON.stringify(error).includes("1234"));
          const said = JSON.stringify(error.error);
          assert.match(
            said,
            classes === OpenAI ? /"code":"content_filter"/ : /"type":"invalid_request_error"/,
          );
        }
        assert.equal(requests().length, 0);
      });

      it("a blocked answer is a bad request", async () => {
        const error = await thrown<ApiError>(classes.BadRequestError, () => ask(model("out"), "leak"));
        assert.match(error.message, /blocked the answer/);
        assert.equal(requests().length, 1);
      });

      it("a blocked stream ends with an error, and nothing of what was found", async () => {
        const heard: string[] = [];
        await thrown<ApiError>(classes.APIError, () => read(model("stream"), "leak", heard));
        assert.doesNotMatch(heard.join(""), /K|12/);
      });

      it("the vendor gets placeholders, and each caller its own values, from the cache too", async () => {
        const whole = [await ask(model("mail"), "i am ann@a.aa"), await ask(model("mail"), "i am bob@b.bb")];
        assert.deepEqual(whole, ["You said: i am ann@a.aa", "You said: i am bob@b.bb"]);
        const heard: string[] = [];
        await read(model("mail"), "i am eve@e.ee", heard);
        assert.equal(heard.join(""), "You said: i am eve@e.ee");
        assert.equal(requests().length, 1);
        assert.ok(requests().every(({ body }) => body.includes("[EMAIL_1]") && !/@/.test(body)));
      });

      it("what the vendor says is cut out, whole and streamed, in its own format too", async () => {
        const expected = "You said: invent, and I am [REDACTED_EMAIL], of whom nobody spoke before";
        assert.equal(await ask(model("own"), "invent"), expected);
        const heard: string[] = [];
        await read(model("own-stream"), "invent", heard);
        assert.equal(heard.join(""), expected);
      });
    });
  }
}

describe("beside calls", () => {
  it("texts are not sent to be counted, past the guards", async () => {
    const asked = {
      model: "my-anthropic/count",
      messages: [{ role: "user" as const, content: "i am ann@a.aa" }],
    };
    assert.ok((await anthropic().messages.countTokens(asked)).input_tokens > 0);
    assert.equal(requests().length, 0);
  });
});

describe("what is told of verdicts", () => {
  it("the metrics count them", async () => {
    await openai().chat.completions.create({
      model: "my-openai/odd",
      messages: [{ role: "user", content: "an odd thing was said" }],
    });
    const page = await metrics.render();
    const count = (labels: string) =>
      Number(new RegExp(`guard_verdicts_total\\{${labels}\\} (\\d+)`).exec(page)?.[1]);
    assert.equal(count('guard="guards\\[2\\]",action="flag",side="input"'), 1);
    assert.equal(count('guard="guards\\[3\\]",action="shadow",side="input"'), 1);
    assert.ok(count('guard="guards\\[1\\]",action="block",side="input"') >= 8);
    assert.ok(count('guard="guards\\[1\\]",action="block",side="output"') >= 8);
    assert.ok(count('guard="guards\\[0\\]",action="redact",side="output"') >= 8);
  });
});
