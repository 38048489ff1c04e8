/** Several accounts of one provider: which is next, and what becomes of those that the vendor turns away. */

import type { Clock } from "../../contract/services.ts";
import { LoomError, loomError } from "../../errors/index.ts";
import type { AccountPool, LentAccount } from "../../middleware/index.ts";
import type { Account } from "./account.ts";
import { healthAt, type HealthPolicy, isDue, isLastResort } from "./health.ts";
import type { AccountStrategy } from "./options.ts";
import type { Sharing } from "./sharing.ts";

export interface PoolParts {
  readonly provider: string;
  readonly accounts: readonly Account[];
  readonly strategy: AccountStrategy;
  readonly policy: HealthPolicy;
  readonly clock: Clock;
  /** Absent: this process is on its own. */
  readonly sharing?: Sharing | undefined;
}

export function accountPool(
  { provider, accounts, strategy, policy, clock, sharing }: PoolParts,
): AccountPool {
  let turns = 0;

  /** What the strategy makes of accounts that are equally good. */
  function next(among: readonly Account[], turn: number, nowMs: number): Account | undefined {
    if (strategy === "round-robin") return among[turn % among.length];
    if (strategy === "primary") return among[0];
    let least: Account | undefined;
    let fewest = Infinity;
    for (const account of among) {
      const used = account.recent(nowMs).counter.value;
      if (used < fewest) [least, fewest] = [account, used];
    }
    return least;
  }

  /** One call finds out whether a refused account is well again; the others go on with those that are. */
  function find(turn: number, tried: ReadonlySet<string>, preferred: string | undefined, nowMs: number) {
    const left = accounts.filter(({ name }) => !tried.has(name));
    const well = left.filter(({ health }) => healthAt(health, nowMs).status === "healthy");
    const same = well.find(({ name }) => name === preferred);
    if (same !== undefined) return same;
    const due = left.find(({ health, onTrial }) => !onTrial && isDue(health, nowMs));
    if (due !== undefined) return due;
    return next(well, turn, nowMs) ?? next(left.filter(({ health }) => isLastResort(health)), turn, nowMs);
  }

  function lend(account: Account, nowMs: number): LentAccount {
    const trial = !account.onTrial && isDue(account.health, nowMs);
    let { changes } = account;
    if (trial) account.onTrial = true;
    account.recent(nowMs).counter.add(1);
    const failed = (error: LoomError) => {
      account.failed(error, clock.now(), policy);
      sharing?.changed();
    };
    return {
      name: account.name,
      async key(ctx) {
        try {
          return await account.key(ctx);
        } catch (error) {
          if (ctx.cancellation.reason === undefined) failed(error as LoomError);
          throw error;
        }
      },
      keyRejected() {
        if (!account.keyRejected()) return false;
        changes = account.changes; // What comes of the newer key counts.
        return true;
      },
      began: () => account.requests.add(1),
      ended: (outcome) => {
        if (outcome.status === "failed") failed(outcome.error as LoomError);
      },
      answered: () => {
        // An answer to a question from before the account was marked says nothing about now.
        if (account.changes === changes) account.recovered();
        sharing?.changed();
      },
      release: () => {
        if (trial) account.onTrial = false;
      },
    };
  }

  return {
    turn() {
      const shared = sharing?.ready(strategy === "round-robin");
      return shared === undefined ? turns++ : shared.then((ticket) => ticket ?? turns++);
    },
    choose(turn, tried, preferred) {
      const nowMs = clock.now();
      const found = find(turn, tried, preferred, nowMs);
      return found === undefined ? undefined : lend(found, nowMs);
    },
    exhausted(last) {
      return allOut(provider, accounts, last, clock.now());
    },
  };
}

/** All are out: says for how long. The error is the last one's, so that failover and callers treat it as such. */
function allOut(
  provider: string,
  accounts: readonly Account[],
  last: LoomError | undefined,
  nowMs: number,
): LoomError {
  const waits = accounts.map((account) => ({ account, waitMs: Math.max(0, account.health.untilMs - nowMs) }));
  const first = waits.reduce((one, other) => other.waitMs < one.waitMs ? other : one);
  const { name, health, names } = first.account;
  const message =
    `all ${accounts.length} accounts of ${provider} are out; the first to come back is "${name}" ` +
    `(${health.status}) in ${Math.ceil(first.waitMs / 1000)} s`;
  const details = { provider, model: last?.model, retryAfterMs: first.waitMs };
  const code = last?.code ?? health.code;
  const more = { ...details, status: last?.status, requestId: last?.requestId, cause: last };
  switch (code) {
    case "quota-exhausted":
    case "permission-denied":
      return loomError(code, message, {}, more);
    case "key-missing":
      return loomError(code, message, LoomError.is(last, code) ? last.data : { names, places: [] }, more);
    default:
      return loomError("auth-rejected", message, {}, more);
  }
}
