/** Every vendor of OpenAI's chat format against a mock server of another project: whole, streamed, with tools, schemas and thinking. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { manifests } from "../../plugins/_index.ts";
import type { Loom, Message, ModelEntry, Part, Tool } from "../../src/index.ts";
import { type MockVendor, startMockVendor, usage } from "./mock-vendor.ts";

const weather: Tool = {
  name: "weather",
  description: "The weather of a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};
const cityArguments = '{"city":"Oslo"}';
const person = z.object({ name: z.string(), age: z.int() });
const vendors = Object.values(manifests).filter(({ dialect }) => dialect === "openai-chat").map(({ id }) =>
  id
).sort();
/** Vendors whose programs run on one's own machine: no prices, no keys needed. */
const localVendors = ["lmstudio", "local", "ollama", "vllm"];
/** Vendors whose whole price list says 0. */
const freeVendors = ["ollama"];

let vendor: MockVendor;
let loom: Loom;
let models: ReadonlyMap<string, ModelEntry>;

before(async () => {
  vendor = await startMockVendor();
  vendor.mock
    .on({ endpoint: "chat", userMessage: "Say hi" }, { content: "Hi there, how are you?", usage })
    .on(
      { endpoint: "chat", userMessage: "Oslo", hasToolResult: false },
      { toolCalls: [{ id: "call_1", name: "weather", arguments: cityArguments }], usage },
    )
    .on({ endpoint: "chat", userMessage: "Oslo", hasToolResult: true }, {
      content: "It rains in Oslo.",
      usage,
    })
    .on({ endpoint: "chat", userMessage: "Ada" }, { content: { name: "Ada", age: 36 }, usage })
    .on({ endpoint: "chat", userMessage: "Think" }, {
      content: "Forty-two.",
      reasoning: "Six times seven.",
      usage,
    });
  loom = vendor.loom();
  const all = await loom.models({ modality: "text" });
  models = new Map(
    vendors.map((id) => {
      const owner = manifests[id]?.catalog ?? id;
      const priced = all.find(({ provider, price }) => provider === owner && price?.input !== undefined);
      return [id, priced ?? all.find(({ provider }) => provider === owner)] as const;
    }).filter((pair): pair is readonly [string, ModelEntry] => pair[1] !== undefined),
  );
});
after(async () => {
  await loom.close();
  await vendor.close();
});

function modelOf(provider: string): string {
  return models.get(provider)?.id ?? "some-model";
}

/** What 1000 tokens in and 200 out cost by the catalog, worked out by hand. */
function priceOf(provider: string): number | null {
  const price = models.get(provider)?.price;
  if (price?.input === undefined || price.output === undefined) return null;
  return (price.input / 1000 + price.output / 5000 + (price.request ?? 0)) / 1e9;
}

function assertPaid(provider: string, cost: { readonly usd: number | null; readonly local: number | null }) {
  const expected = priceOf(provider);
  if (expected === null) return assert.equal(cost.usd, null, "an unknown price is unknown, not 0");
  assert.ok(cost.usd !== null && cost.local !== null);
  // Each of two lines is rounded to a whole nano-USD.
  assert.ok(Math.abs(cost.usd - expected) <= 1.1e-9, `${provider}: ${cost.usd} is not ${expected}`);
  assert.equal(cost.usd > 0, !freeVendors.includes(provider), `${provider} costs ${cost.usd}`);
  assert.ok(Math.abs(cost.local - cost.usd / 0.012) < 1e-9, "in rupees");
}

describe("the bundled vendors", () => {
  it("are many, and nearly all have a priced model", () => {
    assert.ok(vendors.length >= 19, vendors.join());
    const unpriced = vendors.filter((id) => priceOf(id) === null);
    assert.deepEqual(unpriced.filter((id) => !localVendors.includes(id)), []);
  });
});

for (const provider of vendors) {
  describe(provider, () => {
    it("answers whole, with usage, cost and receipt", async () => {
      const prompt = `Say hi as ${provider}, whole`;
      const result = await loom.generate({ provider, model: modelOf(provider), prompt });
      assert.equal(result.kind, "text");
      assert.equal(result.text, "Hi there, how are you?");
      assert.equal(result.finishReason, "stop");
      assert.equal(result.provider, provider);
      assert.equal(result.model, modelOf(provider));
      assert.deepEqual(
        [result.usage.inputTokens, result.usage.outputTokens, result.usage.totalTokens],
        [1000, 200, 1200],
      );
      assertPaid(provider, result.cost);
      const [attempt, ...others] = result.trace.attempts;
      assert.deepEqual(others, []);
      assert.ok(attempt !== undefined && attempt.status === "ok" && attempt.bill !== undefined);
      assert.equal(attempt.upstreamModel, models.get(provider)?.model ?? "some-model");
      assert.deepEqual(result.trace.cost, result.cost);
      assert.ok(typeof result.raw === "object", "the vendor's own body");

      const [request, ...more] = vendor.requests(prompt);
      assert.deepEqual(more, []);
      assert.equal(`${new URL(vendor.baseUrl(provider)).origin}${request?.path}`, chatUrl(provider));
      assert.equal(request?.body["model"], attempt.upstreamModel);
    });

    it("answers as a stream, with the same text, usage and cost", async () => {
      const answer = loom.stream({
        provider,
        model: modelOf(provider),
        prompt: `Say hi as ${provider}, streamed`,
      });
      let text = "";
      for await (const piece of answer.textStream) text += piece;
      assert.equal(text, "Hi there, how are you?");
      const result = await answer.result;
      assert.equal(result.text, text);
      assert.equal(result.finishReason, "stop");
      assert.ok(result.trace.firstPartMs !== undefined);
      if (manifests[provider]?.usage?.stream === "always") {
        // The mock counts only when it is asked, and these vendors must not be asked.
        assert.equal(result.usage.estimated, true);
        assert.deepEqual(result.warnings.map(({ code }) => code), ["usage-estimated"]);
        assert.ok(result.usage.inputTokens > 0 && result.usage.outputTokens > 0);
        assert.ok((result.cost.usd ?? 0) > 0);
        return;
      }
      assert.equal(result.usage.inputTokens, 1000);
      assert.equal(result.usage.outputTokens, 200);
      assert.equal(result.usage.estimated, undefined, "the vendor counted");
      assertPaid(provider, result.cost);
    });

    it("calls a tool and takes its result in the next turn", async () => {
      const ask: Message = { role: "user", content: `How is the weather in Oslo, ${provider}?` };
      const target = { provider, model: modelOf(provider), tools: [weather] };
      const first = await loom.generate({ ...target, messages: [ask] });
      assert.equal(first.finishReason, "tool-calls");
      const [call, ...others] = first.toolCalls;
      assert.deepEqual(others, []);
      assert.ok(call !== undefined);
      assert.equal(call.name, "weather");
      assert.deepEqual(call.input, { city: "Oslo" });
      const turn: Message = {
        role: "assistant",
        content: [{ type: "tool-call", id: call.id, name: call.name, arguments: call.arguments }],
      };
      const second = await loom.generate({
        ...target,
        messages: [ask, turn, { role: "tool", toolCallId: call.id, content: "rain" }],
      });
      assert.equal(second.text, "It rains in Oslo.");
      const last = vendor.requests(`Oslo, ${provider}?`).at(-1);
      const messages = last?.body["messages"] as Record<string, unknown>[];
      const sent = (messages[1]?.["tool_calls"] as { id: string; function: { arguments: string } }[])[0];
      assert.equal(sent?.id, messages[2]?.["tool_call_id"], "call and result belong together");
      assert.equal(sent?.function.arguments, cityArguments);
    });

    it("streams a tool call in pieces and whole", async () => {
      const parts: Part[] = [];
      const answer = loom.stream({
        provider,
        model: modelOf(provider),
        tools: [weather],
        prompt: `Stream the weather of Oslo, ${provider}!`,
      });
      for await (const part of answer) parts.push(part);
      const pieces = parts.filter((part) => part.type === "tool-call-delta").map(({ text }) => text).join("");
      const whole = parts.filter((part) => part.type === "tool-call");
      assert.equal(pieces, cityArguments);
      assert.deepEqual(whole.map(({ name, arguments: text }) => [name, text]), [["weather", cityArguments]]);
      assert.equal(parts.filter((part) => part.type === "tool-call-start").length, 1);
      assert.equal((await answer.result).finishReason, "tool-calls");
    });

    it("gives an object that fits a schema, typed", async () => {
      const result = await loom.generate({
        provider,
        model: modelOf(provider),
        prompt: `Who is Ada, ${provider}?`,
        output: person,
      });
      const { name, age }: { name: string; age: number } = result.output;
      assert.deepEqual([name, age], ["Ada", 36]);
    });

    it("shows its thinking apart from the answer", async () => {
      const target = { provider, model: modelOf(provider) };
      const whole = await loom.generate({ ...target, prompt: `Think, ${provider}!` });
      assert.deepEqual([whole.text, whole.reasoning], ["Forty-two.", "Six times seven."]);
      const streamed = await loom.stream({ ...target, prompt: `Think streaming, ${provider}!` }).result;
      assert.deepEqual([streamed.text, streamed.reasoning], ["Forty-two.", "Six times seven."]);
    });
  });
}

function chatUrl(provider: string): string {
  return vendor.baseUrl(provider) + (manifests[provider]?.paths?.chat ?? "/chat/completions");
}
