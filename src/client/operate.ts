/** One operation beside the calls: names, keys, retries and deadlines of calls; cache, breaker and limits have no part in it. */

import type { Call } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { MiddlewareInPlace } from "../contract/middleware.ts";
import type { Provider } from "../contract/provider.ts";
import type { Secret } from "../contract/secret.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { orCancelled, wholeReply } from "../kernel/index.ts";
import type { ActiveProvider, LentAccount } from "../middleware/index.ts";
import type { Engine, RunOptions } from "./engine.ts";

/** What is asked; `undefined`: the provider cannot be asked that. */
export type Work<T> = (
  provider: Provider,
  ctx: Attempting,
  key: Secret | undefined,
) => Promise<T> | undefined;

/** The account that the operations of one thing at the vendor must all use. The first to find none leaves its own. */
export interface PinnedAccount {
  name: string | undefined;
}

/** @throws LoomError `unsupported`, naming the feature, when the provider cannot be asked */
export async function operate<T>(
  engine: Engine,
  call: Call,
  options: RunOptions,
  feature: string,
  work: Work<T>,
  pinned?: PinnedAccount,
): Promise<T> {
  let value: { readonly of: T } | undefined;
  const adapter: MiddlewareInPlace<"adapter"> = {
    name: "operation",
    stage: "adapter",
    replaces: "adapter",
    async handle(ctx) {
      value = { of: await once(engine, ctx, feature, work, pinned) };
      return wholeReply({ target: ctx.target, origin: "vendor" }, []);
    },
  };
  await engine.run(call, options, adapter).reply;
  return (value as unknown as { readonly of: T }).of;
}

/** One try, and another where a vault may have a newer key than the one that was refused. */
async function once<T>(
  engine: Engine,
  ctx: Attempting,
  feature: string,
  work: Work<T>,
  pinned: PinnedAccount | undefined,
): Promise<T> {
  const active = await engine.opened.providers.get(ctx.target.provider);
  const lent = pinned === undefined ? undefined : await lend(active, ctx, pinned);
  try {
    for (let again = false;; again = true) {
      const asked = (lent ?? active).key(ctx);
      const key = asked instanceof Promise ? await orCancelled(asked, ctx.cancellation) : asked;
      try {
        const running = work(active.provider, ctx, key);
        if (running === undefined) throw lacking(active.provider, ctx, feature);
        return await orCancelled(running, ctx.cancellation);
      } catch (error) {
        if (again || !LoomError.is(error, "auth-rejected") || !(lent ?? active).keyRejected()) throw error;
      }
    }
  } finally {
    lent?.release();
  }
}

/** `undefined`: the provider has one account. @throws LoomError, when the account that it must be is not well */
async function lend(
  { pool }: ActiveProvider,
  { cancellation }: Attempting,
  pinned: PinnedAccount,
): Promise<LentAccount | undefined> {
  if (pool === undefined) return undefined;
  const turn = pinned.name === undefined ? pool.turn() : 0;
  const lent = pool.choose(
    turn instanceof Promise ? await orCancelled(turn, cancellation) : turn,
    new Set(),
    pinned.name,
  );
  if (lent === undefined) throw pool.exhausted(undefined);
  if (pinned.name !== undefined && lent.name !== pinned.name) {
    lent.release();
    const message =
      `it belongs to the account "${pinned.name}", which is out at the moment or not among the provider's accounts`;
    throw loomError("auth-rejected", message, {}, { recovery: "never" });
  }
  pinned.name = lent.name;
  return lent;
}

function lacking({ label }: Provider, { target }: Attempting, feature: string): LoomError {
  return loomError("unsupported", `${label} has no ${feature}`, { feature }, {
    provider: target.provider,
    model: target.model,
  });
}
