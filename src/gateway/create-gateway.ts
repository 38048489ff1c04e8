/** The gateway: one Loom behind the wire formats of OpenAI and Anthropic. */

import type { Loom } from "../client/loom.ts";
import { once } from "../util/once.ts";
import { FetchExchange } from "./http/fetch-exchange.ts";
import type { HttpExchange } from "./http/exchange.ts";
import { type OpenGateway, openGateway } from "./open-gateway.ts";
import type { GatewayOptions } from "./options.ts";
import { listen, type Listening, type ListenOptions } from "./server/listen.ts";

export interface Gateway {
  /**
   * Answers one request, in any host that speaks the web's `Request` and `Response`.
   *
   * @param info without gateway keys only callers on this machine are served: the host says which those are
   * @throws LoomError, only when the gateway itself cannot be opened
   */
  fetch(request: Request, info?: { readonly fromLoopback?: boolean }): Promise<Response>;
  /** Listens. @throws LoomError `config-invalid`, when the address cannot be had */
  listen(options?: ListenOptions): Promise<Listening>;
  /** Loads all that the first request would need. @throws LoomError `config-invalid`, `plugin-invalid` */
  open(): Promise<void>;
  /** Stops taking requests and lets those under way end, for as long as `server.drainMs`. The Loom stays open. */
  close(): Promise<void>;
  /** How many requests are under way. */
  readonly inFlight: number;
}

const defaultPort = 8080;
const defaultDrainMs = 30_000;

/**
 * Makes a gateway of a Loom. The Loom stays the caller's, who closes it.
 *
 * @example
 * ```ts
 * import { Loom } from "loom-router";
 * import { createGateway } from "loom-router/gateway";
 * await using loom = new Loom();
 * const gateway = createGateway(loom);
 * const { url } = await gateway.listen({ port: 0 });
 * const answer = await fetch(`${url}/v1/chat/completions`, {
 *   method: "POST",
 *   headers: { "content-type": "application/json" },
 *   body: JSON.stringify({ model: "sandbox/sandbox-small", messages: [{ role: "user", content: "Hi" }] }),
 * });
 * console.log((await answer.json()).choices[0].message.content);
 * await gateway.close();
 * ```
 */
export function createGateway(loom: Loom, options: GatewayOptions = {}): Gateway {
  const listening: Listening[] = [];
  const opening = once(async () => opened = await openGateway(loom, options));
  /** Once it is there nothing is waited for. */
  let opened: OpenGateway | undefined;
  let closing: Promise<void> | undefined;
  const handle = (exchange: HttpExchange): Promise<void> => opened?.handle(exchange) ?? handleFirst(exchange);

  async function handleFirst(exchange: HttpExchange): Promise<void> {
    await (await opening()).handle(exchange);
  }

  async function close(): Promise<void> {
    opened?.drain();
    const drainMs = options.server?.drainMs ?? defaultDrainMs;
    await Promise.all(listening.splice(0).map((server) => server.close(drainMs)));
    await opened?.close();
  }

  return {
    async fetch(request, { fromLoopback = false } = {}) {
      const exchange = new FetchExchange(request, fromLoopback);
      handle(exchange).catch((error) => exchange.fail(error));
      return await exchange.response;
    },
    async listen(own = {}) {
      await opening();
      const server = await listen(handle, { ...options.server, ...own }, defaultPort);
      listening.push(server);
      return server;
    },
    async open() {
      await opening();
    },
    close: () => closing ??= close(),
    get inFlight() {
      return opened?.inFlight ?? 0;
    },
  };
}
