/** The options of a provider that concern its accounts, and their checks. */

import type { Secret } from "../../contract/secret.ts";
import { faultOfClient, oauthFields } from "../oauth/client.ts";
import type { OAuthAccount } from "../oauth/types.ts";

/** Gives tokens that have to be fetched or renewed, such as those of OAuth. */
export interface AccountCredentials {
  /** The token for the next request; asked each time, so it keeps what it has. Settles early when the signal aborts. */
  token(signal: AbortSignal): Promise<Secret | string>;
  /** The vendor refused the token. True: the next `token()` gives another one. */
  rejected?(): boolean;
}

/** One account: exactly one of `apiKey`, `apiKeyEnv` and `oauth`. */
export interface AccountOptions {
  /** For receipts and `loom.accounts()`. Default `account-1`, `account-2` … by position. */
  readonly name?: string;
  readonly apiKey?: string;
  /** Looked up like every key: in `apiKeys`, the environment, the vault. */
  readonly apiKeyEnv?: string;
  /** A login that Loom keeps renewed, or whatever else gives tokens. They are sent as `Authorization: Bearer`. */
  readonly oauth?: AccountCredentials | OAuthAccount;
}

/**
 * `primary`: the first that is well, in the order given. `round-robin`: each in turn. `least-used`: the one with the fewest
 * requests in the current hour.
 */
export type AccountStrategy = "primary" | "round-robin" | "least-used";

/** What concerns accounts among the options of one provider. */
export interface AccountsOptions {
  /** Several accounts, instead of `apiKey`. */
  readonly accounts?: readonly AccountOptions[];
  /** Which account is next. Default `primary`. */
  readonly accountStrategy?: AccountStrategy;
  /** How long an account that the vendor refused is left alone before one call tries it again. Default 60,000. */
  readonly healthCheckIntervalMs?: number;
  /** How long an account without quota is left alone when the vendor does not say. Default 900,000. */
  readonly quotaCooldownMs?: number;
}

export const accountsFields: readonly (keyof AccountsOptions)[] = [
  "accounts",
  "accountStrategy",
  "healthCheckIntervalMs",
  "quotaCooldownMs",
];

const accountFields = ["name", "apiKey", "apiKeyEnv", "oauth"];
const keyFields = ["apiKey", "apiKeyEnv", "oauth"] as const;
const strategies = ["primary", "round-robin", "least-used"];

/** More would make each call slow to find out that all are out. */
const maxAccounts = 1000;
/** What timers can wait. */
const maxMs = 2 ** 31 - 1;

/** Makes the error to throw, of a path and what is wrong there. */
export type Complain = (path: string, problem: string) => Error;

/** @throws what `invalid` makes, for the first option that is wrong */
export function checkAccounts(
  path: string,
  options: AccountsOptions & { readonly apiKey?: unknown },
  invalid: Complain,
): void {
  const { accounts, accountStrategy } = options;
  if (accounts === undefined) {
    const idle = accountsFields.find((field) => options[field] !== undefined);
    if (idle !== undefined) throw invalid(`${path}.${idle}`, "has no effect without accounts");
    return;
  }
  if (!Array.isArray(accounts) || accounts.length === 0 || accounts.length > maxAccounts) {
    throw invalid(`${path}.accounts`, `must be a list of 1 to ${maxAccounts} accounts`);
  }
  if (options.apiKey !== undefined) {
    throw invalid(`${path}.accounts`, "cannot stand beside apiKey; make the key an account, too");
  }
  if (accountStrategy !== undefined && !strategies.includes(accountStrategy)) {
    throw invalid(`${path}.accountStrategy`, `must be one of ${strategies.join(", ")}`);
  }
  for (const field of ["healthCheckIntervalMs", "quotaCooldownMs"] as const) {
    const value: unknown = options[field];
    if (value === undefined || (typeof value === "number" && value >= 1 && value <= maxMs)) continue;
    throw invalid(`${path}.${field}`, "must be milliseconds, at least 1 and below 2^31");
  }
  const names = new Set<string>();
  accounts.forEach((account: AccountOptions, index) => {
    const place = `${path}.accounts[${index}]`;
    checkAccount(place, account, invalid);
    const name = accountName(account, index);
    if (names.has(name)) throw invalid(`${place}.name`, `"${name}" is the name of another account`);
    names.add(name);
  });
}

function checkAccount(path: string, account: unknown, invalid: Complain): void {
  if (typeof account !== "object" || account === null || Array.isArray(account)) {
    throw invalid(path, 'must be an object, such as { apiKeyEnv: "OPENAI_API_KEY_TEAM_B" }');
  }
  const fields = account as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((field) => !accountFields.includes(field));
  if (unknown !== undefined) {
    throw invalid(`${path}.${unknown}`, `is not known; fields are ${accountFields.join(", ")}`);
  }
  const { name, oauth } = fields;
  // No control characters: names are printed in logs and tables.
  if (name !== undefined && (typeof name !== "string" || !/^[^\p{Cc}]{1,64}$/u.test(name))) {
    throw invalid(`${path}.name`, "must be a name of 1 to 64 printable characters");
  }
  for (const field of ["apiKey", "apiKeyEnv"] as const) {
    const value = fields[field];
    if (value === undefined || typeof value === "string" && value !== "") continue;
    throw invalid(`${path}.${field}`, value === "" ? "is empty" : "must be a string");
  }
  if (oauth !== undefined) checkOauth(`${path}.oauth`, oauth, invalid);
  const given = keyFields.filter((field) => fields[field] !== undefined);
  if (given.length !== 1) {
    throw invalid(path, `must have exactly one of ${keyFields.join(", ")}, but has ${given.length}`);
  }
}

function checkOauth(path: string, oauth: unknown, invalid: Complain): void {
  if (typeof oauth !== "object" || oauth === null) {
    throw invalid(path, "must be an object with the function token(), or with tokenUrl, clientId and store");
  }
  if (givesTokens(oauth as AccountCredentials)) return;
  const account = oauth as OAuthAccount;
  const unknown = Object.keys(account).find((field) => !oauthFields.includes(field));
  if (unknown !== undefined) {
    throw invalid(`${path}.${unknown}`, `is not known; fields are ${oauthFields.join(", ")}, or token()`);
  }
  const fault = faultOfClient(account);
  if (fault !== undefined) throw invalid(`${path}.${fault.field}`, fault.problem);
  const { store } = account as { readonly store?: Partial<OAuthAccount["store"]> };
  if (typeof store?.load !== "function" || typeof store.save !== "function") {
    throw invalid(`${path}.store`, "must be an object with the functions load() and save()");
  }
}

/** Whether it gives tokens itself; otherwise Loom renews them. */
export function givesTokens(oauth: AccountCredentials | OAuthAccount): oauth is AccountCredentials {
  return typeof (oauth as Partial<AccountCredentials>).token === "function";
}

/** The name of the account at this position. */
export function accountName({ name }: AccountOptions, index: number): string {
  return name ?? `account-${index + 1}`;
}
