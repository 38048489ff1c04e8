/** `api/providers`: how each provider is: what was asked of it lately, its breakers, its accounts. */

import type { AccountStatus } from "../../client/accounts/account.ts";
import type { CallTotals, Clock } from "../../contract/index.ts";
import type { ErrorCode } from "../../contract/error-code.ts";
import type { DashboardSource } from "../source.ts";
import { turn } from "../turn.ts";

const recentMs = 15 * 60_000;
const dayMs = 86_400_000;
/** Accounts may be asked of a store over the network, and this page is looked at when things are down. */
const accountsMs = 2_000;
/** Fewer recent calls than this prove nothing. */
const enoughCalls = 5;
const [degradedRate, unhealthyRate] = [0.1, 0.5];
const maxProviders = 100;

/** Failures that are the vendor's own, or of the way to it; what callers did wrong says nothing of its health. */
const faults: readonly ErrorCode[] = [
  "auth-rejected",
  "permission-denied",
  "quota-exhausted",
  "rate-limited",
  "overloaded",
  "provider-failed",
  "invalid-reply",
  "connection-failed",
  "timed-out",
  "stream-broken",
  "breaker-open",
  "all-failed",
];

type Accounts = readonly AccountStatus[] | undefined;

export async function providerHealth(source: DashboardSource): Promise<object> {
  const history = await source.history();
  const toMs = source.clock.now();
  const lately = { fromMs: toMs - recentMs, toMs };
  const recent = await history.breakdown(lately, "provider", {}, maxProviders);
  await turn();
  const failing = await history.breakdown(lately, "provider", { error: faults }, maxProviders);
  await turn();
  const day = await history.breakdown({ fromMs: toMs - dayMs, toMs }, "provider", {}, maxProviders);
  const states = (await source.engine())?.opened.breaker?.states() ?? [];
  const names = new Set([
    ...source.providers(),
    ...[...recent, ...day, ...states.map(({ provider }) => ({ name: provider }))].map(({ name }) => name),
  ]);
  names.delete("");
  const providers = await Promise.all(
    [...names].sort().slice(0, maxProviders).map(async (name) => {
      const sums = recent.find((one) => one.name === name);
      const failed = failing.find((one) => one.name === name)?.requests ?? 0;
      const breakers = states.filter(({ provider }) => provider === name).map(({ model, state }) => ({
        model,
        state,
      }));
      const accounts = await accountsOf(source, name);
      const open = breakers.filter(({ state }) => state !== "closed");
      return {
        name,
        ...judged(sums, failed, open, accounts),
        requests: sums?.requests ?? 0,
        failed,
        p50Ms: sums?.latency.p50Ms ?? 0,
        p95Ms: sums?.latency.p95Ms ?? 0,
        requestsDay: day.find((one) => one.name === name)?.requests ?? 0,
        breakers,
        accounts: accounts ?? [],
      };
    }),
  );
  return { recentMs, providers };
}

/** A word for it, and the reasons in words. */
function judged(
  sums: CallTotals | undefined,
  failed: number,
  open: readonly { readonly model: string; readonly state: string }[],
  accounts: Accounts,
) {
  const requests = sums?.requests ?? 0;
  const rate = requests < enoughCalls ? 0 : failed / requests;
  const ill = accounts?.filter(({ status }) => status !== "healthy") ?? [];
  const allIll = ill.length > 0 && ill.length === accounts?.length;
  const why = [
    ...(rate >= degradedRate ? [`${Math.round(rate * 100)} % of its calls failed`] : []),
    ...open.slice(0, 3).map(({ model, state }) => `circuit of ${model} is ${state}`),
    ...ill.slice(0, 3).map(({ name, status }) => `account ${name} is ${status}`),
  ];
  const status = rate >= unhealthyRate || allIll || open.length > 0 && failed === requests
    ? "unhealthy"
    : why.length > 0
    ? "degraded"
    : requests === 0
    ? "idle"
    : "healthy";
  return { status, why };
}

/** `undefined`: nobody could say, or not in time. */
async function accountsOf(source: DashboardSource, name: string): Promise<Accounts> {
  const loom = source.loom();
  if (loom === undefined) return undefined;
  // Names in the history may be of providers that are gone; those have no accounts to show.
  return await inTime(source.clock, loom.accounts(name).catch(() => undefined));
}

function inTime(clock: Clock, asked: Promise<Accounts>): Promise<Accounts> {
  return new Promise((resolve) => {
    const cancel = clock.after(accountsMs, () => resolve(undefined), { background: true });
    asked.then((found) => {
      cancel();
      resolve(found);
    });
  });
}
