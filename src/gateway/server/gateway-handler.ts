/** The gateway as one function: takes an exchange, answers it, never throws. */

import type { LoomErrorLike } from "../../contract/index.ts";
import { loomError, toLoomError } from "../../errors/index.ts";
import { readBody } from "../calls/request-body.ts";
import { type CallServices, serveCall } from "../calls/serve-call.ts";
import { sendFault } from "../calls/send-fault.ts";
import { requestHeaders } from "../calls/answer-headers.ts";
import type { Format } from "../format.ts";
import { anthropicError } from "../formats/anthropic-messages/error.ts";
import { openaiError } from "../formats/openai-error.ts";
import type { Headers, HttpExchange } from "../http/exchange.ts";
import { idInPath } from "../http/path-id.ts";
import type { Observed } from "../observed.ts";
import type { Principal } from "../options.ts";
import { callEndpoints } from "./endpoints.ts";
import { type Cors, preflightHeaders } from "./cors.ts";
import type { ServedPath } from "./paths.ts";

/** An endpoint that is no call, such as the list of models. `id` is what stands for `{id}` in its path. */
export interface PlainEndpoint {
  readonly method: "GET" | "POST" | "DELETE";
  /** `/v1/models/{id}`: the last piece, slashes included. */
  readonly path: string;
  /** Served without a key, and outside the served paths too. */
  readonly open?: boolean;
  /** @throws LoomError */
  answer(exchange: HttpExchange, principal: Principal, id: string): Promise<Answered> | Answered;
}

export interface Answered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text; bytes with a content type among the headers; or what sends the whole answer itself. */
  readonly body: string | Uint8Array | SendBody;
}

export type SendBody = (exchange: HttpExchange, status: number, headers: Headers) => Promise<void>;

export interface HandlerServices {
  readonly calls: CallServices;
  readonly paths: ServedPath;
  readonly plain: readonly PlainEndpoint[];
  readonly maxBodyBytes: number;
  readonly maxInFlight: number;
  /** Whether new requests are taken; false while the gateway drains. */
  ready(): boolean;
  /** Requests under way, for the bound and for metrics. */
  inFlight: number;
  principal(exchange: HttpExchange): Principal | Promise<Principal>;
  readonly cors?: Cors;
  readonly observed?: Observed;
  now(): number;
}

export type Handler = (exchange: HttpExchange) => Promise<void>;

/** For what is wrong where no format is: in the shape of whoever's client asks. */
function shapeFor(exchange: HttpExchange): Pick<Format, "error"> {
  const isAnthropic = exchange.header("anthropic-version") !== undefined ||
    exchange.path.includes("/v1/messages");
  return { error: isAnthropic ? anthropicError : openaiError };
}

/** Who asks for what everybody may see. */
const nobody: Principal = { id: "none", mayRoute: false, allowances: [] };

export function createHandler(services: HandlerServices): Handler {
  const loaded = new Map<string, Format>();
  const calls = new Map(callEndpoints.map((endpoint) => [endpoint.path, endpoint]));

  return async (exchange) => {
    const startedMs = services.now();
    const requestId = acceptedId(exchange.header("x-request-id"));
    let format: Pick<Format, "error"> | undefined;
    let formatId = "none";
    services.inFlight++;
    services.observed?.came();
    try {
      const allowed = services.cors?.(exchange);
      if (allowed !== undefined) {
        exchange.addHeaders(allowed);
        if (exchange.method === "OPTIONS") return exchange.send(204, { ...preflightHeaders(exchange) }, "");
      }
      const path = services.paths(exchange.path);
      const endpoint = path === undefined ? undefined : calls.get(path);
      if (endpoint === undefined) return await servePlain(exchange, path, requestId);
      const known = loaded.get(endpoint.path) ?? await endpoint.load();
      format = known;
      formatId = known.id;
      loaded.set(endpoint.path, known);
      if (exchange.method !== "POST") throw wrongMethod(exchange, "POST");
      admit();
      const found = services.principal(exchange);
      const principal = found instanceof Promise ? await found : found;
      const body = await readBody(exchange, services.maxBodyBytes);
      await serveCall(known, exchange, principal, body, requestId, startedMs, services.calls);
    } catch (fault) {
      const error = understood(fault);
      services.observed?.refused(formatId, error.status, error.code);
      fail(format ?? shapeFor(exchange), exchange, error, requestId ?? madeUpId());
    } finally {
      services.inFlight--;
      services.observed?.left();
    }
  };

  async function servePlain(
    exchange: HttpExchange,
    path: string | undefined,
    requestId: string | undefined,
  ): Promise<void> {
    const { method } = exchange;
    const there = services.plain.flatMap((endpoint) => {
      const place = endpoint.open === true ? exchange.path : path;
      const id = place === undefined ? undefined : idInPath(endpoint.path, place, true);
      return id === undefined ? [] : [{ endpoint, id }];
    });
    const found = there.find(({ endpoint }) =>
      endpoint.method === method || endpoint.method === "GET" && method === "HEAD"
    );
    if (found === undefined) {
      if (there.length > 0) {
        throw wrongMethod(
          exchange,
          there.map(({ endpoint }) => endpoint.method).join(", "),
        );
      }
      throw loomError(
        "invalid-request",
        `there is nothing at ${method} ${exchange.path.slice(0, 200)}; calls go to ${
          callEndpoints.slice(0, 4).map(({ path }) => path).join(", ")
        } and others`,
        {},
        { status: 404 },
      );
    }
    // Those that bring a body cost as much as calls.
    if (method === "POST") admit();
    const asked = found.endpoint.open === true ? nobody : services.principal(exchange);
    const principal = asked instanceof Promise ? await asked : asked;
    const { status = 200, headers, body } = await found.endpoint.answer(exchange, principal, found.id);
    const head = {
      "content-type": "application/json",
      ...requestHeaders(requestId ?? madeUpId()),
      ...headers,
    };
    if (typeof body === "function") await body(exchange, status, head);
    else exchange.send(status, head, body);
  }

  function admit(): void {
    if (!services.ready()) throw closing("this gateway is stopping; ask again", 1_000);
    if (services.inFlight > services.maxInFlight) {
      throw closing(`more than ${services.maxInFlight} requests are under way; ask again`, 1_000);
    }
  }
}

function closing(message: string, retryAfterMs: number): Error {
  return loomError("overloaded", message, {}, { retryAfterMs, recovery: "never" });
}

function wrongMethod(exchange: HttpExchange, allowed: string): Error {
  exchange.addHeaders({ allow: allowed });
  const message = `${exchange.path.slice(0, 200)} takes ${allowed}, not ${exchange.method}`;
  return loomError("invalid-request", message, {}, { status: 405 });
}

/** What is nested more deeply than anybody means overflows the stack of whoever writes it as JSON. */
function understood(fault: unknown): LoomErrorLike {
  const cause = (fault as { readonly cause?: unknown } | undefined)?.cause ?? fault;
  if (cause instanceof RangeError && cause.message.includes("call stack")) {
    return loomError("invalid-request", "the request is nested too deeply", {});
  }
  return toLoomError(fault, "the gateway");
}

function fail(format: Pick<Format, "error">, exchange: HttpExchange, error: LoomErrorLike, id: string): void {
  // What has begun cannot be taken back; that it breaks off is all that can still be said.
  if (exchange.begun) exchange.destroy();
  else sendFault(format, exchange, error, id);
}

/** Ids of callers and proxies are kept, when they are nothing that could harm a log. */
function acceptedId(given: string | undefined): string | undefined {
  return given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : undefined;
}

let made = 0;
const idPrefix = `req_${crypto.randomUUID().slice(0, 8)}`;

function madeUpId(): string {
  return `${idPrefix}${(made++).toString(36)}`;
}
