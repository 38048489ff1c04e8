/** The suites over real sockets: the dialect `openai-chat`, and a manifest provider that asks the fake vendor with it. */

import { test } from "node:test";
import openaiChat from "../../plugins/dialects/openai-chat/index.ts";
import { manifestProvider } from "../../src/client/manifest-provider.ts";
import type { Dialect, JsonObject, Manifest } from "../../src/plugin.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { behave, dialectSuite, providerSuite, startFakeVendor } from "../../src/testing.ts";
import { createHttp } from "../../src/wire/http.ts";
import { useOf } from "../support/use.ts";

const manifest: Manifest = {
  id: "acme",
  label: "Acme",
  dialect: "openai-chat",
  baseUrl: "https://api.acme.test/v1",
  auth: { type: "bearer", env: ["ACME_API_KEY"] },
  capabilities: { text: true, embedding: true },
  sources: [],
};

const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

function event(delta: JsonObject, finish: string | null = null) {
  const body = { id: "c", model: "m", choices: [{ index: 0, delta, finish_reason: finish }] };
  return { event: "", data: JSON.stringify(body) };
}

function dialect(): Dialect {
  return openaiChat.make(useOf()) as Dialect;
}

dialectSuite(test, dialect, {
  manifest,
  calls: [
    { call: { tools: [{ name: "look", parameters: { type: "object" } }], toolChoice: "required" } },
    { call: { messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "Hi" }] } },
  ],
  reply: {
    id: "c",
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "hi there" }, finish_reason: "stop" }],
    usage,
  },
  stream: [
    event({ role: "assistant", content: "" }),
    event({ content: "hi " }),
    event({ content: "there" }),
    event({}, "stop"),
    { event: "", data: JSON.stringify({ id: "c", model: "m", choices: [], usage }) },
    { event: "", data: "[DONE]" },
  ],
  text: "hi there",
});

providerSuite(test, async ({ purpose }) => {
  const vendor = await startFakeVendor();
  if (purpose === "slow") {
    vendor.script(behave.stream(["one ", "two ", "three ", "four ", "five"], { delayMs: 60 }));
  }
  // The whole call comes first, then the streamed one.
  if (purpose === "failure") vendor.script(behave.html(), behave.stream(["one"], { cutAfter: 1 }));
  const http = createHttp(systemClock);
  const environment = { get: () => undefined };
  const provider = manifestProvider(manifest, { codec: dialect().codec(manifest) }, http, environment, {
    baseUrl: vendor.url,
  });
  return {
    ...provider,
    close: async () => {
      await http.close();
      await vendor.close();
    },
  };
}, { failing: [{}] });
