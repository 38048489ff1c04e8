/** What `loom top` shows: read from the admin address of a gateway, and what changed between two readings. */

import { LoomError, loomError } from "../errors/index.ts";
import type { ProviderStatus } from "../gateway/admin/provider-status.ts";
import type { ProviderStats, Stats } from "../gateway/metrics/index.ts";

export interface Sample {
  readonly stats: Stats;
  readonly providers: readonly ProviderStatus[];
}

/** The figures of a span of time: between two samples, or since the gateway's start. */
export interface Span {
  readonly seconds: number;
  readonly requests: number;
  readonly errors: number;
  readonly tokens: number;
  readonly costUsd: number;
  readonly hits: number;
  readonly misses: number;
  readonly providers: ReadonlyMap<string, ProviderStats>;
}

const patienceMs = 5000;

/** @throws LoomError `connection-failed`, `auth-rejected` or `invalid-reply`, naming the address */
export async function readSample(url: string, key: string | undefined, signal: AbortSignal): Promise<Sample> {
  const [stats, listed] = await Promise.all([
    ask(`${url}/ai/stats`, key, signal),
    ask(`${url}/ai/providers`, key, signal),
  ]);
  const { providers } = listed as Partial<Sample>;
  if (!Array.isArray((stats as Partial<Stats>).providers) || !Array.isArray(providers)) throw stranger(url);
  return { stats: stats as Stats, providers };
}

async function ask(address: string, key: string | undefined, signal: AbortSignal): Promise<object> {
  try {
    const answer = await fetch(address, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
      // A key goes where it was meant to go and nowhere else.
      redirect: "error",
    });
    const text = await answer.text();
    if (answer.status === 401 || answer.status === 403) {
      throw loomError(
        "auth-rejected",
        `${address} wants ${
          key === undefined ? "the" : "another"
        } admin key; give it with --key or as LOOM_ADMIN_KEY`,
        {},
      );
    }
    if (!answer.ok) throw stranger(address, `answers ${answer.status}`);
    const body = parse(text);
    if (typeof body !== "object" || body === null) throw stranger(address);
    return body;
  } catch (error) {
    if (LoomError.is(error)) throw error;
    throw loomError("connection-failed", `cannot reach ${address}: ${reason(error)}`, {}, { cause: error });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function stranger(address: string, what = "does not answer as a gateway does"): LoomError {
  return loomError(
    "invalid-reply",
    `${address} ${what}; --url wants the admin address that \`loom serve\` prints`,
    {},
  );
}

/** `fetch` hides why it failed in its cause. */
function reason(error: unknown): string {
  const { message, cause } = error as Error;
  const inner = cause as { readonly message?: string; readonly code?: string } | undefined;
  return inner?.message || inner?.code || message;
}

/** What happened since `before`; since the start where there is none, or where the gateway started anew in between. */
export function spanOf(now: Stats, before: Stats | undefined): Span {
  const since = before !== undefined && now.requests >= before.requests && now.uptime_s > before.uptime_s
    ? before
    : undefined;
  const providers = now.providers.map((one) => {
    const was = since?.providers.find(({ name }) => name === one.name);
    return [one.name, was === undefined ? one : minus(one, was)] as const;
  });
  return {
    seconds: Math.max(0.001, now.uptime_s - (since?.uptime_s ?? 0)),
    requests: now.requests - (since?.requests ?? 0),
    errors: now.errors - (since?.errors ?? 0),
    tokens: now.tokens_in + now.tokens_out - (since?.tokens_in ?? 0) - (since?.tokens_out ?? 0),
    costUsd: now.cost_usd - (since?.cost_usd ?? 0),
    hits: now.cache.hits - (since?.cache.hits ?? 0),
    misses: now.cache.misses - (since?.cache.misses ?? 0),
    providers: new Map(providers),
  };
}

function minus(now: ProviderStats, before: ProviderStats): ProviderStats {
  return {
    name: now.name,
    requests: now.requests - before.requests,
    errors: now.errors - before.errors,
    tokens_in: now.tokens_in - before.tokens_in,
    tokens_out: now.tokens_out - before.tokens_out,
    cost_usd: now.cost_usd - before.cost_usd,
    answered: now.answered - before.answered,
    answered_s: now.answered_s - before.answered_s,
  };
}
