/** The accounts of one provider, made from its options: one as a rule, or a pool. */

import type { Provider } from "../../contract/provider.ts";
import type { Clock, Http, Keys } from "../../contract/services.ts";
import type { ActiveProvider } from "../../middleware/index.ts";
import { Account, type AccountStatus } from "./account.ts";
import type { HealthPolicy } from "./health.ts";
import { accountKey, providerKey } from "./key-source.ts";
import { accountName, type AccountsOptions } from "./options.ts";
import type { PatientStore } from "./patient-store.ts";
import { accountPool } from "./pool.ts";
import { shareAccounts, type Sharing } from "./sharing.ts";

/** Where accounts find what they need. */
export interface AccountServices {
  readonly keys: Keys;
  readonly clock: Clock;
  /** Renews the tokens of accounts that log in. */
  readonly http?: Http;
  /** Absent: each process is on its own. */
  readonly store?: PatientStore | undefined;
}

/** How the adapter gets at the accounts, and how people do. */
export interface ProviderAccounts extends Omit<ActiveProvider, "provider"> {
  /** Never fails; waits a bounded time for what other processes know. */
  accounts(): Promise<readonly AccountStatus[]>;
  close?(): Promise<void>;
}

export function providerAccounts(
  id: string,
  need: Provider["key"],
  options: AccountsOptions & { readonly apiKey?: string },
  services: AccountServices,
): ProviderAccounts {
  const { accounts: given, healthCheckIntervalMs = 60_000, quotaCooldownMs = 900_000 } = options;
  const policy = { healthCheckIntervalMs, quotaCooldownMs };
  const { clock, keys, http } = services;
  if (given === undefined) {
    return alone(new Account("default", providerKey(id, need, options.apiKey, keys)), policy, clock);
  }
  const accounts = given.map((one, index) => {
    const name = accountName(one, index);
    return new Account(name, accountKey(id, name, one, { keys, clock, ...(http && { http }) }));
  });
  const [only] = accounts;
  if (only !== undefined && accounts.length === 1) return alone(only, policy, clock);
  return several(id, accounts, options, policy, services);
}

/** One account is asked whatever its health, which is told to those who want to know. */
function alone(account: Account, policy: HealthPolicy, clock: Clock): ProviderAccounts {
  return {
    key: (ctx) => account.key(ctx),
    keyRejected: () => account.keyRejected(),
    began: () => account.requests.add(1),
    ended(outcome) {
      if (outcome.status === "ok") account.recovered();
      else if (outcome.status === "failed") account.failed(outcome.error, clock.now(), policy);
    },
    accounts: () => Promise.resolve([account.statusAt(clock.now())]),
  };
}

function several(
  provider: string,
  accounts: readonly Account[],
  { accountStrategy: strategy = "primary" }: AccountsOptions,
  policy: HealthPolicy,
  { clock, store }: AccountServices,
): ProviderAccounts {
  const sharing: Sharing | undefined = store === undefined
    ? undefined
    : shareAccounts(provider, accounts, store, clock);
  const pool = accountPool({ provider, accounts, strategy, policy, clock, sharing });
  return {
    pool,
    // For what is asked beside calls, such as counting tokens: without a turn, and without a second try.
    key(ctx) {
      const lent = pool.choose(0, new Set(), undefined);
      if (lent === undefined) throw pool.exhausted(undefined);
      lent.release();
      return lent.key(ctx);
    },
    keyRejected: () => false,
    async accounts() {
      await sharing?.refresh();
      return accounts.map((account) => account.statusAt(clock.now()));
    },
    ...(sharing === undefined ? {} : { close: () => sharing.close() }),
  };
}

/** Where the keys of accounts would come from, without asking a vault: that of the first that has one. */
export function accountsOrigin(
  accounts: NonNullable<AccountsOptions["accounts"]>,
  keys: Keys,
): { readonly names: readonly string[]; readonly origin: string } {
  const names = accounts.flatMap(({ apiKeyEnv }) => apiKeyEnv === undefined ? [] : [apiKeyEnv]);
  const inCode = names.length < accounts.length;
  return { names, origin: inCode ? "code" : keys.origin(names) };
}
