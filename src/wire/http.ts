/** The HTTP service: undici behind Loom's contract, with deadlines, bounds and error classes. */

import type { Attempting } from "../contract/context.ts";
import type { WireRequest } from "../contract/dialect.ts";
import type { Answer } from "../contract/reply.ts";
import type { Manifest } from "../contract/manifest.ts";
import type { Secret } from "../contract/secret.ts";
import type { Clock, Exchange, Http, PlainReply, PlainRequest, Timeouts } from "../contract/services.ts";
import { Agents } from "./agents.ts";
import { exchange, type ExchangeDeadlines } from "./exchange.ts";
import { plainRequest } from "./plain.ts";

const defaults: ExchangeDeadlines = { connectMs: 10_000, firstPartMs: 120_000, idleMs: 60_000 };

/** Makes the HTTP service of one Loom. Loads undici with the first request. */
export function createHttp(clock: Clock, timeouts: Timeouts = {}): Http {
  const agents = new Agents();
  const own: ExchangeDeadlines = { ...defaults, ...timeouts };
  const bases = new Map<string, { origin: string; prefix: string }>();

  function base(url: string): { origin: string; prefix: string } {
    let known = bases.get(url);
    if (known === undefined) {
      const { origin, pathname } = new URL(url);
      known = { origin, prefix: pathname.replace(/\/+$/, "") };
      if (bases.size < 1_000) bases.set(url, known);
    }
    return known;
  }

  return {
    async exchange(ctx: Attempting, plan: Exchange): Promise<Answer> {
      ctx.cancellation.throwIfCancelled();
      const request = plan.codec.encode(ctx);
      for (const { code, message } of request.warnings ?? []) ctx.ledger.warn(code, message);
      const deadlines = plan.timeouts === undefined ? own : { ...own, ...plan.timeouts };
      const { origin, prefix } = base(plan.baseUrl);
      const made = agents.get(deadlines.connectMs);
      const agent = made instanceof Promise ? await made : made;
      return exchange(agent, clock, ctx, plan, request, {
        origin,
        path: prefix + request.path,
        method: request.method,
        headers: requestHeaders(plan, request),
        body: request.body ?? null,
      }, deadlines);
    },

    async request(request: PlainRequest): Promise<PlainReply> {
      return plainRequest(await agents.get(own.connectMs), clock, request, own.connectMs);
    },

    close: () => agents.close(),
  };
}

/** Static headers, the codec's, and the key in the place the manifest names. Lower-case, so that none is sent twice. */
function requestHeaders(
  plan: Exchange,
  { stream, headers: extra, body }: WireRequest,
): Record<string, string> {
  const headers: Record<string, string> = {
    accept: stream ? "text/event-stream" : "application/json",
    "user-agent": "loom-router",
  };
  if (body !== undefined) headers["content-type"] = "application/json";
  addAll(headers, plan.headers);
  if (extra !== undefined) addAll(headers, extra);
  if (plan.key !== undefined) addKey(headers, plan.manifest.auth, plan.key);
  return headers;
}

function addAll(headers: Record<string, string>, more: Readonly<Record<string, string>>): void {
  for (const name in more) headers[name.toLowerCase()] = more[name] as string;
}

function addKey(headers: Record<string, string>, auth: Manifest["auth"], key: Secret): void {
  if (auth.type === "bearer") headers["authorization"] = `Bearer ${key.reveal()}`;
  else if (auth.type === "header" && auth.header !== undefined) {
    headers[auth.header.toLowerCase()] = key.reveal();
  }
}
