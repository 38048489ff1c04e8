/** Composes the chain: Koa's onion in which a middleware returns the reply and only the declared may call `next` again. */

import type { Context } from "../contract/context.ts";
import type { Middleware } from "../contract/middleware.ts";
import type { Reply } from "../contract/reply.ts";
import { loomError } from "../errors/index.ts";
import { discard } from "./reply.ts";

/** A composed chain. */
export type Chain = (ctx: Context) => Promise<Reply>;

/** A link with its types erased; stages have checked them where the middleware was defined. */
interface Link {
  readonly name: string;
  readonly reentrant?: true;
  handle(ctx: Context, next: (ctx?: Context) => Promise<Reply>): Promise<Reply>;
}

/**
 * Makes one function of an ordered list, outermost first. The innermost link never calls `next`.
 *
 * Built from the inside out, once per configuration.
 *
 * @param trusted links that keep the rules by their own tests, as Loom's own do, and are spared the price of being watched
 */
export function compose(links: readonly Middleware[], trusted?: ReadonlySet<Middleware>): Chain {
  let inner: Chain = (ctx) =>
    Promise.reject(
      loomError(
        "internal",
        `the chain has no link that answers (call ${ctx.id}); is the adapter missing?`,
        {},
      ),
    );
  for (const link of links.toReversed() as readonly Middleware[]) {
    inner = trusted?.has(link) ? join(link as unknown as Link, inner) : watch(link as unknown as Link, inner);
  }
  return inner;
}

function join(link: Link, inner: Chain): Chain {
  return (ctx) => link.handle(ctx, (changed) => inner(changed ?? ctx));
}

/**
 * Holds a link to one `next` unless it declared more, to returning a reply, and to ending when the call is given up: a link
 * that never settles cannot keep its call.
 */
function watch(link: Link, inner: Chain): Chain {
  return async (ctx) => {
    let called = false;
    const handling = invoke(link, ctx, (changed) => {
      if (called && !link.reentrant) return Promise.reject(calledTwice(link.name));
      called = true;
      return inner(changed ?? ctx);
    });
    const leaving = left(ctx);
    try {
      return checked(await Promise.race([handling, leaving.promise]), link);
    } catch (error) {
      if (ctx.cancellation.reason !== undefined) handling.then(discard, nothing);
      throw error;
    } finally {
      leaving.stop();
    }
  };
}

/** Rejects one turn after the call was given up: what lets go in time has then ended by itself, and told its account. */
function left({ cancellation }: Context): { readonly promise: Promise<never>; stop(): void } {
  let stop = nothing;
  const promise = new Promise<never>((_, reject) => {
    stop = cancellation.onCancel((reason) => void setTimeout(() => reject(reason), 0));
  });
  promise.catch(nothing);
  return { promise, stop };
}

function nothing(): void {}

/** A link that throws, where it should have rejected, has rejected. */
async function invoke(link: Link, ctx: Context, next: (ctx?: Context) => Promise<Reply>): Promise<Reply> {
  return await link.handle(ctx, next);
}

function checked(reply: Reply, link: Link): Reply {
  if (reply === undefined || typeof reply?.flow !== "function") {
    throw loomError(
      "internal",
      `middleware "${link.name}" returned no reply; return what next() gave, or a reply of its own`,
      {},
    );
  }
  return reply;
}

function calledTwice(name: string): Error {
  return loomError(
    "internal",
    `middleware "${name}" called next() a second time; declare it "reentrant: true" if it means to`,
    {},
  );
}
