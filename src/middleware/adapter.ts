/** The innermost stage: reads the key, makes one attempt at one target, and keeps the attempt's account. */

import type { Attempting, LedgerEntry } from "../contract/context.ts";
import type { Middleware } from "../contract/middleware.ts";
import type { Provider } from "../contract/provider.ts";
import type { Answer, Reply } from "../contract/reply.ts";
import type { Secret } from "../contract/secret.ts";
import { loomError, toLoomError } from "../errors/index.ts";
import { attempting, endedBy, observe, orCancelled, streamedReply, wholeReply } from "../kernel/index.ts";
import type { Account, AccountPool } from "./account.ts";
import { tryAccounts } from "./accounts.ts";
import { endingWith, openInTime } from "./opening.ts";
import { closeEntry, Tally } from "./tally.ts";

/** A provider as this Loom has configured it. Its own `key` is that of its only account, or of any usable one of its pool. */
export interface ActiveProvider extends Account {
  readonly provider: Provider;
  /** Present: it has several accounts. */
  readonly pool?: AccountPool;
}

export interface AdapterServices {
  /** Synchronous once the provider is loaded. */
  provider(id: string): ActiveProvider | Promise<ActiveProvider>;
}

export function adapterStage(services: AdapterServices): Middleware<"adapter"> {
  return {
    name: "adapter",
    stage: "adapter",
    replaces: "adapter",
    handle(given) {
      try {
        const ctx = withOwnSystem(given);
        const found = services.provider(ctx.target.provider);
        return found instanceof Promise ? found.then((active) => ask(ctx, active)) : ask(ctx, found);
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };
}

function ask(ctx: Attempting, active: ActiveProvider): Promise<Reply> {
  const { provider, pool } = active;
  checkModality(ctx, provider);
  if (pool === undefined) return tryAccount(ctx, provider, active);
  return tryAccounts(ctx, pool, (account) => tryAccount(ctx, provider, account));
}

/** One attempt with an account, or two where a vault may have a newer key than the one that was refused. */
async function tryAccount(ctx: Attempting, provider: Provider, account: Account): Promise<Reply> {
  for (let again = false;; again = true) {
    ctx.cancellation.throwIfCancelled();
    const asked = account.key(ctx);
    const key = asked instanceof Promise ? await orCancelled(asked, ctx.cancellation) : asked;
    const entry = begin(ctx, account);
    try {
      return replyOf(ctx, entry, provider, account, await open(provider, ctx, key));
    } catch (fault) {
      const error = toLoomError(fault, `provider "${ctx.target.provider}"`);
      closeEntry(ctx, entry, endedBy(error), account);
      if (again || error.code !== "auth-rejected" || !account.keyRejected()) throw error;
      ctx.ledger.step("adapter", "new-key");
    }
  }
}

/** A `system` among the params of a catalog entry or a candidate is a turn, as it is in a request; it wins over the call's own. */
export function withOwnSystem(ctx: Attempting): Attempting {
  const { call, target } = ctx;
  if (typeof target.params["system"] !== "string" || target.modality !== "text") return ctx;
  const { system, ...params } = target.params as typeof target.params & { readonly system: string };
  const rest = call.messages.filter(({ role }) => role !== "system");
  const messages = [{ role: "system" as const, content: system }, ...rest];
  return attempting(ctx.with({ call: { ...call, messages } }), { ...target, params }, ctx.attempt);
}

function checkModality({ target }: Attempting, { modalities, label }: Provider): void {
  if (modalities.includes(target.modality)) return;
  throw loomError(
    "unsupported",
    `${label} has no ${target.modality} models; it offers ${modalities.join(", ")}`,
    { feature: target.modality },
    { provider: target.provider, model: target.model },
  );
}

function begin(ctx: Attempting, account: Account): LedgerEntry {
  const { provider, model } = ctx.target;
  account.began?.();
  ctx.emit("attempt-start", { provider, model, attempt: ctx.attempt });
  return ctx.ledger.open(ctx, account.name);
}

function open(provider: Provider, ctx: Attempting, key: Secret | undefined): Promise<Answer> {
  return provider.honoursCancellation ? provider.open(ctx, key) : openInTime(provider, ctx, key);
}

function replyOf(
  ctx: Attempting,
  entry: LedgerEntry,
  provider: Provider,
  account: Account,
  answer: Answer,
): Reply {
  const { requestId, verbatim } = answer;
  if (requestId !== undefined) entry.update({ requestId });
  const tally = new Tally(ctx, entry, account);
  const head = { target: ctx.target, origin: "vendor" as const, requestId };
  if ("parts" in answer) return observe(wholeReply(head, answer.parts, verbatim), tally);
  const { source } = answer;
  return observe(
    streamedReply(
      head,
      provider.honoursCancellation ? source : endingWith(ctx.cancellation, source),
      verbatim,
    ),
    tally,
  );
}
