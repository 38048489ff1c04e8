/** Composes the chain: Koa's onion in which a middleware returns the reply and only the declared may call `next` again. */

import type { Context } from "../contract/context.ts";
import type { Middleware } from "../contract/middleware.ts";
import type { Reply } from "../contract/reply.ts";
import { loomError } from "../errors/index.ts";

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

/** Holds a link to one `next` unless it declared more, and to returning a reply. */
function watch(link: Link, inner: Chain): Chain {
  if (link.reentrant) {
    return async (ctx) => checked(await link.handle(ctx, (changed) => inner(changed ?? ctx)), link);
  }
  return async (ctx) => {
    let called = false;
    const reply = await link.handle(ctx, (changed) => {
      if (called) return Promise.reject(calledTwice(link.name));
      called = true;
      return inner(changed ?? ctx);
    });
    return checked(reply, link);
  };
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
