/** Serves one call: who asks, what is asked, where it goes, and the answer in the caller's own format. */

import type { Call, Context, Reply } from "../../contract/index.ts";
import type { Engine, Running } from "../../client/engine.ts";
import { limitsOf } from "../../client/limits.ts";
import { loomError, toLoomError } from "../../errors/index.ts";
import { abortedError } from "../../plugin.ts";
import type { AnswerFacts, Asked, Format } from "../format.ts";
import { needsBytes } from "../formats/downloads.ts";
import type { Headed, HttpExchange } from "../http/exchange.ts";
import type { Observed } from "../observed.ts";
import type { Principal } from "../options.ts";
import { answerHeaders } from "./answer-headers.ts";
import type { RequestBody } from "./request-body.ts";
import type { WithinTrace } from "./inbound-trace.ts";
import { nativeOf } from "./native-request.ts";
import { sendFault } from "./send-fault.ts";
import { deliverStream, type StreamSettings } from "./deliver-stream.ts";

/** What serving a call needs of the gateway. */
export interface CallServices {
  readonly engine: Engine;
  readonly totalMs: number | undefined;
  readonly streaming: StreamSettings;
  /** Fields of a format that mean nothing elsewhere and may not be left out. */
  readonly binding: Readonly<Record<string, readonly string[]>>;
  /** Where a call goes. @throws LoomError `model-not-found`, `permission-denied` */
  route(
    asked: Asked,
    principal: Principal,
    exchange: Headed,
  ): Call["candidates"] | Promise<Call["candidates"]>;
  readonly observed?: Observed;
  /** Runs what begins a call within the trace that its request came with. Absent: nobody traces. */
  readonly withinTrace?: WithinTrace;
}

/** Never throws: whatever goes wrong is told to the caller, in its format. */
export async function serveCall(
  format: Format,
  exchange: HttpExchange,
  principal: Principal,
  request: RequestBody,
  requestId: string | undefined,
  startedMs: number,
  services: CallServices,
): Promise<void> {
  const { engine } = services;
  const asked = format.read(request.fields, request.files);
  if (asked.call.stream) refuseStream(format, services.streaming);
  const routed = services.route(asked, principal, exchange);
  const candidates = routed instanceof Promise ? await routed : routed;
  const call = callOf(format, asked, candidates, principal, request, exchange, services);
  const begin = () => engine.run(call, limitsOf({ modality: asked.modality }, services.totalMs));
  const running = services.withinTrace === undefined ? begin() : services.withinTrace(exchange, begin);
  for (const { code, message } of asked.warnings ?? []) running.ctx.ledger.warn(code, message);
  const id = requestId ?? running.ctx.id;
  exchange.onGone(() => running.cancel(abortedError()));
  const now = () => engine.opened.clock.monotonic();
  const overhead = () => overheadMs(running.ctx, now() - startedMs);
  if (asked.call.stream) {
    const facts = (reply: Reply) => factsOf(running.ctx, reply, asked, request);
    await deliverStream(
      format,
      exchange,
      running,
      id,
      facts,
      overhead,
      engine.opened.clock,
      services.streaming,
    );
  } else await deliverWhole(format, exchange, running, id, asked, request, overhead);
  services.observed?.answered(format.id, overhead());
}

async function deliverWhole(
  format: Format,
  exchange: HttpExchange,
  running: Running,
  id: string,
  asked: Asked,
  request: RequestBody,
  overhead: () => number,
): Promise<void> {
  const { ctx } = running;
  let reply: Reply;
  try {
    reply = await running.reply;
  } catch (error) {
    return sendFault(format, exchange, toLoomError(error, "the gateway"), id, ctx);
  }
  const headers = answerHeaders(id, ctx, reply, overhead());
  const { contentType, body } = wholeAnswer(format, ctx, reply, asked, request);
  headers["content-type"] = contentType;
  exchange.send(200, headers, body);
}

/** A whole answer as it goes out: the vendor's own words where those are what was asked for. */
export function wholeAnswer(
  format: Format,
  ctx: Context,
  reply: Reply,
  asked: Asked,
  request: RequestBody,
): { readonly contentType: string; readonly body: string | Uint8Array } {
  const { verbatim, parts = [] } = reply;
  if (
    verbatim?.body !== undefined && verbatim.dialect === format.dialect &&
    format.asAsked?.(parts, request.fields) !== false
  ) {
    return { contentType: "application/json", body: verbatim.body };
  }
  const written = format.write(parts, factsOf(ctx, reply, asked, request));
  return "bytes" in written
    ? { contentType: written.contentType, body: written.bytes }
    : { contentType: "application/json", body: JSON.stringify(written.json) };
}

function refuseStream({ stream }: Format, { enabled }: StreamSettings): void {
  if (stream !== undefined && enabled) return;
  const why = stream === undefined
    ? "has no streams here"
    : "may not stream: streaming is off in this gateway";
  throw loomError("invalid-request", `stream: this request ${why}; leave it out`, { path: "stream" });
}

/** The call that a request asks for. @param exchange what its headers say */
export function callOf(
  format: Format,
  asked: Asked,
  candidates: Call["candidates"],
  principal: Principal,
  request: RequestBody,
  exchange: Headed,
  services: Pick<CallServices, "binding">,
): Call {
  const { call: said, modality, user } = asked;
  const call: { -readonly [K in keyof Call]: Call[K] } = {
    ...said,
    modality,
    candidates,
    useCache: exchange.header("x-loom-cache") !== "off",
    via: { keyId: principal.id, format: format.id },
  };
  const whose = principal.user ?? user;
  if (whose !== undefined) call.user = whose;
  if (principal.team !== undefined) call.team = principal.team;
  const tags = tagsOf(principal, exchange);
  if (tags.length > 0) call.tags = tags;
  if (principal.allowances.length > 0) call.allowances = principal.allowances;
  // Nobody is shown an answer that was made for another team.
  const tenant = principal.team ?? (principal.id === "anonymous" ? undefined : principal.id);
  if (tenant !== undefined) call.tenant = tenant;
  if (needsBytes(asked, request.fields)) call.download = true;
  if (format.dialect !== undefined && request.text !== "") {
    call.native = nativeOf(format.dialect, asked, request, exchange, services.binding[format.id]);
  }
  return call;
}

/** Most tags that a request may add to its key's. */
const maxTags = 16;

function tagsOf({ tags = [] }: Principal, exchange: Headed): readonly string[] {
  const added = exchange.header("x-loom-tags");
  if (added === undefined) return tags;
  const own = added.split(",").map((tag) => tag.trim().slice(0, 64)).filter((tag) => tag !== "");
  return [...tags, ...own.slice(0, maxTags)];
}

export function factsOf(ctx: Context, reply: Reply, asked: Asked, request: RequestBody): AnswerFacts {
  return {
    callId: ctx.id,
    createdAtS: Math.floor(Date.now() / 1000),
    provider: reply.target.provider,
    model: reply.target.upstreamModel,
    body: request.fields,
    asked,
  };
}

/** What Loom took of `totalMs`: all but its attempts, which are the vendors' time. */
function overheadMs({ ledger }: Context, totalMs: number): number {
  let vendorsMs = 0;
  for (const { latencyMs } of ledger.attempts) vendorsMs += latencyMs;
  return Math.max(0, totalMs - vendorsMs);
}
