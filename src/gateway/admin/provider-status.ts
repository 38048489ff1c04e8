/** `GET /ai/providers`: how each provider is, and what was asked of it. */

import type { Clock } from "../../contract/index.ts";
import type { AccountStatus } from "../../client/accounts/account.ts";
import { type MetricsSnapshot, type ProviderStats, providerStats } from "../metrics/index.ts";
import { breakers } from "../metrics/definitions.ts";
import { valuesOf } from "../metrics/stats.ts";

export type ProviderHealth = "healthy" | "degraded" | "unhealthy";

/** The shape of the specification. */
export interface ProviderStatus {
  readonly name: string;
  readonly status: ProviderHealth;
  /** Single requests to it, retries included. */
  readonly requests: number;
  readonly tokens_in: number;
  readonly tokens_out: number;
  /** Of requests that it answered, from sending to the last byte; 0 when there was none. */
  readonly avg_latency_ms: number;
}

export interface ProviderStatusServices {
  /** Providers that are listed even when nothing was asked of them. */
  readonly configured: readonly string[];
  /** Of this process, or of all workers together. */
  readonly snapshot: MetricsSnapshot;
  /** @throws when the provider cannot be made, for want of a key for example */
  accounts(provider: string): Promise<readonly AccountStatus[]>;
  readonly clock: Pick<Clock, "after">;
}

/** Accounts may be asked of a store over the network, and this page is looked at when things are down. */
const accountsMs = 2000;

/** Fewer recent attempts than this prove nothing. */
const enoughAttempts = 5;
const degradedRate = 0.1;
const unhealthyRate = 0.5;

/**
 * `unhealthy`: it cannot be made, or none of its accounts is well, or half of at least five attempts of the last five
 * minutes failed by its own fault, or a breaker is open and nothing went well lately. `degraded`: some account is not well, a
 * breaker is not closed, or a tenth of those attempts failed. Otherwise `healthy`.
 */
export async function providerStatus(
  services: ProviderStatusServices,
): Promise<{ readonly providers: readonly ProviderStatus[] }> {
  const { configured, snapshot } = services;
  const counted = new Map(providerStats(snapshot).map((stats) => [stats.name, stats]));
  const names = [...new Set([...configured, ...counted.keys()])].sort();
  const providers = await Promise.all(names.map(async (name) => {
    const accounts = await accountsOf(services, name, configured.includes(name));
    return shown(name, healthOf(snapshot, name, accounts), counted.get(name));
  }));
  return { providers };
}

function shown(name: string, status: ProviderHealth, stats: ProviderStats | undefined): ProviderStatus {
  const { requests = 0, tokens_in = 0, tokens_out = 0, answered = 0, answered_s = 0 } = stats ?? {};
  const avg_latency_ms = answered === 0 ? 0 : Math.round(answered_s / answered * 1000);
  return { name, status, requests, tokens_in, tokens_out, avg_latency_ms };
}

/** `broken`: it cannot be made. `undefined`: nobody could say in time. */
type Accounts = readonly AccountStatus[] | "broken" | undefined;

async function accountsOf(
  { accounts, clock }: ProviderStatusServices,
  name: string,
  configured: boolean,
): Promise<Accounts> {
  // What is counted beyond the configured ones may be a word such as `other`, which nobody can ask.
  const asked = accounts(name).catch((): Accounts => configured ? "broken" : undefined);
  return await new Promise<Accounts>((resolve) => {
    const cancel = clock.after(accountsMs, () => resolve(undefined), { background: true });
    asked.then((found) => {
      cancel();
      resolve(found);
    });
  });
}

function healthOf(snapshot: MetricsSnapshot, name: string, accounts: Accounts): ProviderHealth {
  const recent = snapshot.recent.find(({ provider }) => provider === name) ??
    { attempts: 0, faults: 0 };
  const rate = recent.attempts < enoughAttempts ? 0 : recent.faults / recent.attempts;
  const states = valuesOf(snapshot, breakers.name)
    .filter(({ labels }) => labels["provider"] === name)
    .map(({ value }) => value);
  const open = states.includes(2);
  const known = accounts === undefined || accounts === "broken" ? [] : accounts;
  const ill = known.filter(({ status }) => status !== "healthy").length;

  if (accounts === "broken" || rate >= unhealthyRate) return "unhealthy";
  if (known.length > 0 && ill === known.length) return "unhealthy";
  if (open && recent.attempts === recent.faults) return "unhealthy";
  if (ill > 0 || rate >= degradedRate || states.some((state) => state > 0)) return "degraded";
  return "healthy";
}
