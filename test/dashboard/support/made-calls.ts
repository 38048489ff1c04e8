/** Calls as a busy day would have left them, the same ones each time: for tests, and for pictures of the dashboard. */

import type { Attempt, CallRecord, Step } from "../../../src/plugin.ts";

interface Made {
  readonly provider: string;
  readonly model: string;
  readonly medianMs: number;
  readonly usdPerMillion: readonly [input: number, output: number];
  readonly share: number;
}

const models: readonly Made[] = [
  { provider: "openai", model: "gpt-4o-mini", medianMs: 620, usdPerMillion: [0.15, 0.6], share: 34 },
  { provider: "openai", model: "gpt-4o", medianMs: 980, usdPerMillion: [2.5, 10], share: 14 },
  { provider: "anthropic", model: "claude-haiku-4-5", medianMs: 540, usdPerMillion: [1, 5], share: 22 },
  { provider: "gemini", model: "gemini-2.5-flash", medianMs: 410, usdPerMillion: [0.3, 2.5], share: 16 },
  { provider: "deepseek", model: "deepseek-chat", medianMs: 1_200, usdPerMillion: [0.28, 0.42], share: 9 },
  { provider: "mistral", model: "mistral-large-latest", medianMs: 760, usdPerMillion: [0.5, 1.5], share: 5 },
];
const teams = ["search", "support", "growth", "research"];
const people = ["ada", "grace", "linus", "margaret", "edsger"];

/** Numbers from 0 to 1, always the same ones. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** `count` calls that ended before `endMs`, oldest first, within `spanMs`; busier by day than by night. */
export function madeCalls(count: number, endMs: number, spanMs: number, seed = 7): readonly CallRecord[] {
  const random = numbers(seed);
  const times = Array.from({ length: count }, () => {
    const at = random();
    return endMs - spanMs * (random() < 0.25 + 0.5 * (0.5 + 0.5 * Math.sin(at * 9)) ? at : random());
  }).sort((one, other) => one - other);
  return times.map((atMs, index) => madeCall(index, Math.round(atMs), random));
}

export function madeCall(index: number, atMs: number, random: () => number = numbers(index + 1)): CallRecord {
  const made = pick(random() * 100);
  const callId = `call_made${index.toString(36).padStart(4, "0")}`;
  const team = teams[Math.floor(random() * random() * teams.length)] ?? "search";
  const user = people[Math.floor(random() * people.length)] ?? "ada";
  const luck = random();
  const cached = luck < 0.31;
  const failed = luck > 0.985;
  const troubled = luck > 0.945;
  const joined = !cached && luck < 0.36;
  const input = 200 + Math.floor(random() * random() * 6_000);
  const output = 40 + Math.floor(random() * 700);
  const latencyMs = cached ? 1 + random() * 3 : made.medianMs * (0.5 + random() * 0.8 + (random() ** 8) * 5);
  const [inputUsd, outputUsd] = made.usdPerMillion;
  const usd = (input * inputUsd + output * outputUsd) / 1e6;
  const attempts = cached || joined
    ? []
    : troubled
    ? troubledAttempts(made, latencyMs, failed)
    : [goodAttempt(made, 2, latencyMs)];
  const steps: Step[] = [
    { atMs: 0.4, by: "cache", what: cached ? "hit" : "miss" },
    ...(joined ? [{ atMs: 0.6, by: "dedup", what: "joined", detail: { leader: "call_made0000" } }] : []),
    ...(troubled && attempts.length > 1 ? moveSteps(attempts) : []),
  ];
  const last = attempts.at(-1);
  const [paid, saved] = cached || joined ? [0, usd] : [failed ? 0 : usd, 0];
  const total = attempts.length > 1 && last !== undefined
    ? last.startedMs + last.latencyMs + 2
    : latencyMs + 3;
  return {
    callId,
    atMs,
    modality: "text",
    stream: luck * 1_000 % 2 < 1,
    provider: last?.provider ?? made.provider,
    model: last?.model ?? made.model,
    upstreamModel: last?.upstreamModel ?? made.model,
    status: failed ? "failed" : "ok",
    ...(failed ? { errorCode: "provider-failed" as const } : {}),
    latencyMs: total,
    ...(failed ? {} : { firstPartMs: cached ? 1 : total * 0.35 }),
    ...(cached || joined || failed ? {} : {
      usage: {
        inputTokens: input,
        outputTokens: output,
        cachedTokens: Math.floor(input * 0.2),
        cacheWriteTokens: 0,
        reasoningTokens: 0,
        totalTokens: input + output,
      },
    }),
    costUsd: paid,
    savedUsd: saved,
    cache: cached ? "hit" : "miss",
    deduplicated: joined,
    attempts: attempts.length,
    team,
    user,
    tags: [team === "support" ? "prod" : "beta"],
    via: { keyId: `key_${team.slice(0, 3)}1`, format: "openai-chat" },
    receipt: {
      callId,
      startedAtMs: atMs,
      latencyMs: total,
      cache: cached ? "hit" : "miss",
      deduplicated: joined,
      steps,
      attempts,
      warnings: [],
      cost: {
        usd: paid,
        local: paid / 0.012,
        localCurrency: "INR",
        savedUsd: saved,
        breakdown: paid === 0 ? [] : [
          { item: "input", units: input, usd: input * inputUsd / 1e6 },
          { item: "output", units: output, usd: output * outputUsd / 1e6 },
        ],
      },
    },
  };
}

function pick(at: number): Made {
  let sum = 0;
  return models.find(({ share }) => (sum += share) > at) ?? fallback;
}

const fallback: Made = {
  provider: "anthropic",
  model: "claude-haiku-4-5",
  medianMs: 540,
  usdPerMillion: [1, 5],
  share: 0,
};

function goodAttempt({ provider, model }: Made, startedMs: number, latencyMs: number): Attempt {
  return {
    provider,
    model,
    upstreamModel: model,
    attempt: 1,
    account: provider === "openai" ? "main" : "default",
    startedMs,
    latencyMs,
    firstPartMs: latencyMs * 0.35,
    status: "ok",
  };
}

/** The first try is refused, the second does not answer in time, and another vendor answers; or nobody does. */
function troubledAttempts(made: Made, latencyMs: number, failed: boolean): readonly Attempt[] {
  const first: Attempt = {
    ...goodAttempt(made, 2, 180),
    status: "failed",
    error: { code: "rate-limited", message: "Rate limit reached for requests", status: 429 },
  };
  const second: Attempt = {
    ...first,
    attempt: 2,
    startedMs: 640,
    latencyMs: 420,
    error: { code: "provider-failed", message: "The server had an error", status: 503 },
  };
  const other = made.provider === fallback.provider ? models[0] ?? fallback : fallback;
  return failed ? [first, second] : [first, second, goodAttempt(other, 1_070, latencyMs)];
}

function moveSteps(attempts: readonly Attempt[]): readonly Step[] {
  const [first, second, third] = attempts;
  if (first === undefined || second === undefined) return [];
  return [
    { atMs: 182, by: "retry", what: "wait", detail: { waitMs: 458, code: "rate-limited", attempt: 1 } },
    ...(third === undefined ? [] : [{
      atMs: 1_062,
      by: "failover",
      what: "leave",
      detail: {
        from: `${first.provider}/${first.model}`,
        to: `${third.provider}/${third.model}`,
        code: "provider-failed",
      },
    }]),
  ];
}
