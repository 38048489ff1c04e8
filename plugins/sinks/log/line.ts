/** The line that is written for a call. */

import type { CallRecord } from "../../../src/plugin.ts";

/** Names come from callers; one of them shall not fill the log. */
const longestName = 200;

/** One JSON object. Times in milliseconds, `costUsd` is `null` where the price is unknown. */
export function jsonLine(record: CallRecord): string {
  const { usage } = record;
  return JSON.stringify({
    time: new Date(record.atMs).toISOString(),
    callId: clipped(record.callId),
    status: record.status,
    errorCode: record.errorCode,
    provider: clipped(record.provider),
    model: clipped(record.model),
    modality: record.modality,
    stream: record.stream,
    latencyMs: tenths(record.latencyMs),
    firstPartMs: record.firstPartMs === undefined ? undefined : tenths(record.firstPartMs),
    tokens: usage && {
      input: usage.inputTokens,
      output: usage.outputTokens,
      cached: usage.cachedTokens,
      reasoning: usage.reasoningTokens,
      total: usage.totalTokens,
    },
    costUsd: record.costUsd,
    savedUsd: record.savedUsd,
    cache: record.cache,
    deduplicated: record.deduplicated || undefined,
    attempts: record.attempts,
    why: record.status === "failed" ? why(record) : undefined,
    tenant: clipped(record.tenant),
    user: clipped(record.user),
    team: clipped(record.team),
    tags: record.tags?.slice(0, 20).map(clipped),
  });
}

/** One line for people, such as `12:03:44.120 ok acme/m1 812 ms (first 120 ms) 100+20 tokens $0.00123 miss call-1`. */
export function prettyLine(record: CallRecord): string {
  const { usage, attempts } = record;
  const words = [
    new Date(record.atMs).toISOString().slice(11, 23),
    record.status === "failed" ? `failed ${record.errorCode ?? ""}`.trim() : record.status,
    record.provider === undefined ? "-" : `${clipped(record.provider)}/${clipped(record.model) ?? ""}`,
    `${Math.round(record.latencyMs)} ms`,
    record.firstPartMs === undefined ? "" : `(first ${Math.round(record.firstPartMs)} ms)`,
    usage === undefined ? "" : `${usage.inputTokens}+${usage.outputTokens} tokens`,
    usage?.cachedTokens ? `(${usage.cachedTokens} cached)` : "",
    record.costUsd === null ? "cost unknown" : dollars(record.costUsd),
    record.cache === "off" ? "" : `cache ${record.cache}`,
    record.deduplicated ? "deduplicated" : "",
    attempts === 1 ? "" : `${attempts} attempts`,
    record.status === "failed" ? whyInWords(record) : "",
    record.user === undefined ? "" : `user ${clipped(record.user)}`,
    clipped(record.callId),
  ];
  return printable(words.filter((word) => word !== "").join(" "));
}

/** The last of them say most. */
const mostAttempts = 5;

/** Each attempt that failed, as the receipt has it. Messages are the vendor's, and may be long. */
function why({ receipt }: CallRecord): readonly object[] | undefined {
  const failed = receipt.attempts.filter(({ error }) => error !== undefined).slice(-mostAttempts);
  if (failed.length === 0) return undefined;
  return failed.map(({ provider, model, attempt, error }) => ({
    provider: clipped(provider),
    model: clipped(model),
    attempt,
    code: error?.code,
    status: error?.status,
    message: clipped(error?.message),
  }));
}

/** Such as `(acme/m1 rate-limited 429, other/m2 timed-out)`. */
function whyInWords({ receipt }: CallRecord): string {
  const failed = receipt.attempts.filter(({ error }) => error !== undefined).slice(-mostAttempts);
  const words = failed.map(({ provider, model, error }) =>
    `${clipped(provider)}/${clipped(model)} ${error?.code ?? ""} ${error?.status ?? ""}`.trim()
  );
  return words.length === 0 ? "" : `(${words.join(", ")})`;
}

function dollars(usd: number): string {
  // Six places show a single token of any model; longer tails say nothing to people.
  return `$${usd.toFixed(6).replace(/0+$/, "").replace(/\.$/, "")}`;
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function clipped(name: string): string;
function clipped(name: string | undefined): string | undefined;
function clipped(name: string | undefined): string | undefined {
  return name !== undefined && name.length > longestName ? name.slice(0, longestName) + "…" : name;
}

/** Nobody who may choose a name may move the cursor or begin a line of their own. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "?");
}
