/** Sends one request of a codec: where to, with which headers, signed where that is asked for. */

import type { Agent } from "undici";
import type { Attempting } from "../contract/context.ts";
import type { WireRequest } from "../contract/dialect.ts";
import type { Clock, Exchange, SignedHeaders } from "../contract/services.ts";
import { loomError } from "../errors/index.ts";
import { orCancelled } from "../util/or-cancelled.ts";
import { type Address, addressOf, createAddresses } from "./address.ts";
import type { Agents } from "./agents.ts";
import { exchange, type Exchanged, type ExchangeDeadlines, isFile, type Redirect } from "./exchange.ts";
import { requestHeaders } from "./headers.ts";
import { uncertain } from "./once.ts";

/** Between the address of a file and the file. */
const maxRedirects = 3;

export type Send = (ctx: Attempting, plan: Exchange, request: WireRequest) => Promise<Exchanged>;

export function createSend(clock: Clock, agents: Agents, own: ExchangeDeadlines): Send {
  const addresses = createAddresses();

  /** Without a signature, and once undici is loaded, nothing is waited for: this is what calls mostly are. */
  function send(ctx: Attempting, plan: Exchange, request: WireRequest): Promise<Exchanged | Redirect> {
    const deadlines = plan.timeouts === undefined ? own : { ...own, ...plan.timeouts };
    const address = addressOf(addresses, plan, request.path);
    const headers = requestHeaders(plan, request, address.trusted);
    const agent = agents.get(deadlines.connectMs);
    const signed = plan.sign === undefined || !address.trusted
      ? undefined
      : proof(plan.sign, ctx, request, address, headers);
    if (agent instanceof Promise || signed instanceof Promise) {
      return Promise.all([agent, signed]).then(([ready, more]) =>
        dispatch(ready, { ...headers, ...more }, ctx, plan, request, address, deadlines)
      );
    }
    return dispatch(
      agent,
      signed === undefined ? headers : { ...headers, ...signed },
      ctx,
      plan,
      request,
      address,
      deadlines,
    );
  }

  function dispatch(
    agent: Agent,
    headers: Record<string, string>,
    ctx: Attempting,
    plan: Exchange,
    request: WireRequest,
    { origin, path }: Address,
    deadlines: ExchangeDeadlines,
  ): Promise<Exchanged | Redirect> {
    const { method, body = null } = request;
    const options = { origin, path, method, headers, body };
    return exchange(agent, clock, ctx, plan, request, options, deadlines);
  }

  /** Files may be kept elsewhere; a stranger's host is asked over TLS, and without the key. */
  async function fetchFile(ctx: Attempting, plan: Exchange, request: WireRequest): Promise<Exchanged> {
    let { path } = request;
    for (let hops = 0; hops <= maxRedirects; hops++) {
      const sent = await send(ctx, plan, { ...request, path });
      if (!("elsewhere" in sent)) return sent;
      const { origin, path: from } = addressOf(addresses, plan, path);
      path = URL.canParse(sent.elsewhere, origin + from)
        ? new URL(sent.elsewhere, origin + from).href
        : "nowhere";
    }
    const { provider, model } = ctx.target;
    const message = `${provider}: a file was redirected more than ${maxRedirects} times`;
    throw loomError("invalid-reply", message, {}, { provider, model, recovery: "never" });
  }

  return (ctx, plan, request) => {
    // Nothing but files is ever given as a redirect.
    const sent = isFile(request)
      ? fetchFile(ctx, plan, request)
      : send(ctx, plan, request) as Promise<Exchanged>;
    if (request.once !== true) return sent;
    return sent.catch((error) => {
      throw uncertain(error);
    });
  };
}

/** A signature that never comes ends with the call. */
function proof(
  sign: NonNullable<Exchange["sign"]>,
  ctx: Attempting,
  { method, body }: WireRequest,
  { origin, path }: Address,
  headers: Record<string, string>,
): SignedHeaders | Promise<SignedHeaders> {
  const signed = sign({ method, url: new URL(origin + path), headers, body, signal: ctx.signal });
  return signed instanceof Promise ? orCancelled(signed, ctx.cancellation) : signed;
}
