/** Tries the accounts of a provider one after the other, until one is not turned away. */

import type { Attempting } from "../contract/context.ts";
import type { ErrorCode } from "../contract/error-code.ts";
import type { Reply } from "../contract/reply.ts";
import { LoomError } from "../errors/index.ts";
import { commit, orCancelled } from "../kernel/index.ts";
import type { AccountPool, LentAccount } from "./account.ts";

/** What is wrong with the account rather than with the request or the vendor, so that another account may do better. */
const aboutAccount: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "auth-rejected",
  "permission-denied",
  "quota-exhausted",
  "key-missing",
]);

/**
 * Streams are followed to their first content part, since some vendors say only then that the account is empty.
 *
 * @throws the first error that is not the account's; the pool's own when no account is left
 */
export async function tryAccounts(
  ctx: Attempting,
  pool: AccountPool,
  attempt: (account: LentAccount) => Promise<Reply>,
): Promise<Reply> {
  const asked = pool.turn();
  const turn = asked instanceof Promise ? await orCancelled(asked, ctx.cancellation) : asked;
  const { tried, preferred } = earlierTries(ctx);
  let last: LoomError | undefined;
  for (;;) {
    ctx.cancellation.throwIfCancelled();
    const account = pool.choose(turn, tried, preferred);
    if (account === undefined) throw pool.exhausted(last);
    tried.add(account.name);
    try {
      const reply = await attempt(account);
      const begun = reply.parts === undefined ? await commit(reply) : reply;
      account.answered();
      return begun;
    } catch (error) {
      if (!LoomError.is(error) || !aboutAccount.has(error.code)) throw error;
      ctx.ledger.step("adapter", "leave-account", { account: account.name, code: error.code });
      last = error;
    } finally {
      account.release();
    }
  }
}

/**
 * What the tries of this target before the last wait of the retry stage came to: accounts that were turned away are not asked
 * again, and the one whose failure is being retried is preferred, because it was not the account's fault.
 */
function earlierTries({ attempt, ledger, target }: Attempting): {
  readonly tried: Set<string>;
  readonly preferred: string | undefined;
} {
  const tried = new Set<string>();
  let preferred: string | undefined;
  if (attempt === 1) return { tried, preferred };
  for (const { provider, upstreamModel, account, error } of ledger.attempts) {
    if (provider !== target.provider || upstreamModel !== target.upstreamModel || account === undefined) {
      continue;
    }
    if (error !== undefined && aboutAccount.has(error.code)) tried.add(account);
    else preferred = account;
  }
  return { tried, preferred };
}
