/**
 * The main job in one program: `npm run demo`. Without keys it talks to the sandbox, which needs neither key nor network;
 * with a vendor's key in the environment or in `.env` it talks to that vendor.
 */

import { Loom, type Receipt, Router, type TextResult } from "loom-router";

await using loom = Loom.fromEnv({ cache: { type: "memory", maxSize: 1_000, ttl: 3600 } });
const target = await pickTarget(loom);
console.log(`Loom demo, talking to ${target.provider}/${target.model}`);
if (target.provider === "sandbox") {
  console.log("(The sandbox is not a model: it makes up an answer from the prompt.)");
}

heading("generate");
const request = { ...target, modality: "text", prompt: "Say hi in five words." } as const;
const first = await loom.generate(request);
console.log(first.text);
bill(first);

heading("stream, as it arrives");
const answer = loom.stream({
  ...target,
  prompt: "Explain a loom in two sentences.",
  params: paced(target.provider),
});
for await (const text of answer.textStream) process.stdout.write(text);
console.log();
bill(await answer.result);

heading("the same call again: a cache hit");
bill(await loom.generate(request));

heading("ten identical calls at once: one request");
let requests = 0;
const stopCounting = loom.on("attempt-start", () => requests++);
const ten = await Promise.all(
  Array.from(
    { length: 10 },
    () => loom.generate({ ...target, prompt: "What is single-flight?", useCache: false }),
  ),
);
stopCounting();
const paid = ten.reduce((sum, { cost }) => sum + (cost.usd ?? 0), 0);
console.log(`${ten.length} answers, ${requests} request(s) sent, ${usd(paid)} for all of them`);

heading("a 429 with Retry-After, waited out (sandbox)");
const limited = { status: 429, retryAfterMs: 400, attempts: 1 };
const patient = await loom.generate({
  provider: "sandbox",
  model: "sandbox-small",
  prompt: "Are you busy?",
  params: { sandbox: { fault: limited } },
});
console.log(patient.text);
bill(patient);
story(patient.trace);

heading("a vendor that is down, and the next one answers");
const router = new Router({
  candidates: [
    { provider: "sandbox", model: "sandbox-large", params: { sandbox: { fault: { status: 401 } } } },
    target,
  ],
  validator: (result: TextResult) => result.text.length > 4,
});
const rescued = await loom.route(router, { prompt: "Who answers when the first vendor fails?" });
console.log(`used ${rescued.router?.used}, tried ${rescued.router?.tried.join(", ")}`);
bill(rescued);

heading("its receipt");
story(rescued.trace);

/** The first vendor whose key is there, with a small model; otherwise the sandbox. */
async function pickTarget(client: Loom) {
  const vendors = [
    { provider: "openai", model: "gpt-4o-mini" },
    { provider: "deepseek", model: "deepseek-chat" },
    { provider: "xai", model: "grok-4-fast-non-reasoning" },
    { provider: "mistral", model: "mistral-small-latest" },
    { provider: "groq", model: "openai/gpt-oss-20b" },
    { provider: "openrouter", model: "openai/gpt-4o-mini" },
  ];
  for (const vendor of vendors) {
    const { candidates: [candidate] } = await client.explain({ ...vendor, prompt: "hi" });
    if (candidate?.ready) return vendor;
  }
  return { provider: "sandbox", model: "sandbox-small" };
}

/** The sandbox answers at once; for the eye it is slowed down. */
function paced(provider: string) {
  return provider === "sandbox" ? { sandbox: { delayMs: 30 } } : {};
}

function heading(text: string): void {
  console.log(`\n── ${text}`);
}

function usd(amount: number | null): string {
  return amount === null ? "unknown cost" : `$${amount.toFixed(7)}`;
}

function bill({ usage, cost, trace }: Pick<TextResult, "usage" | "cost" | "trace">): void {
  const saved = cost.savedUsd ? `, saved ${usd(cost.savedUsd)}` : "";
  console.log(
    `[${usd(cost.usd)} = ${
      cost.local?.toFixed(5)
    } ${cost.localCurrency}${saved}; ${usage.inputTokens} tokens in, ` +
      `${usage.outputTokens} out; cache ${trace.cache}; ${trace.attempts.length} attempt(s); ${
        trace.latencyMs.toFixed(0)
      } ms]`,
  );
}

function story({ steps, attempts }: Receipt): void {
  for (const { provider, model, status, startedMs, latencyMs, error } of attempts) {
    console.log(
      `  ${startedMs.toFixed(0).padStart(5)} ms  attempt at ${provider}/${model}: ${status} after ${
        latencyMs.toFixed(0)
      } ms` +
        (error === undefined ? "" : ` (${error.code}: ${error.message})`),
    );
  }
  for (const { atMs, by, what, detail } of steps) {
    console.log(
      `  ${atMs.toFixed(0).padStart(5)} ms  ${by}: ${what} ${
        detail === undefined ? "" : JSON.stringify(detail)
      }`,
    );
  }
}
