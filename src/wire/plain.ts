/** One plain request with a whole answer: for vaults, polls, and whatever else a plugin talks to. */

import type { Agent } from "undici";
import type { Clock, PlainReply, PlainRequest } from "../contract/services.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { BodyCollector } from "./body.ts";
import { networkFault, tooLarge, wrongEncoding } from "./faults.ts";
import { foreignEncoding } from "./head.ts";

/** Most bytes of such an answer. */
export const maxPlainBytes: number = 16 * 1024 * 1024;

/**
 * Sends it and reads the answer, whatever its status. Redirects are given back like any other status.
 *
 * @throws LoomError `connection-failed`, `timed-out`, `aborted`, or `invalid-reply` for what cannot be read
 */
export async function plainRequest(
  agent: Agent,
  clock: Clock,
  request: PlainRequest,
  connectMs: number,
): Promise<PlainReply> {
  if (!URL.canParse(request.url)) throw loomError("invalid-request", "url is not a URL", { path: "url" });
  const url = new URL(request.url);
  const timeoutMs = request.timeoutMs ?? 30_000;
  const stop = new AbortController();
  const leave = () =>
    stop.abort(loomError("aborted", "the call was aborted", {}, { cause: request.signal?.reason }));
  const stopTimer = clock.after(timeoutMs, () => stop.abort(late(url.host, timeoutMs)));
  request.signal?.addEventListener("abort", leave, { once: true });
  try {
    if (request.signal?.aborted) leave();
    return await send(agent, url, request, stop.signal);
  } catch (cause) {
    if (stop.signal.aborted) throw stop.signal.reason;
    throw networkFault(cause, { provider: url.host, model: "" }, connectMs);
  } finally {
    stopTimer();
    request.signal?.removeEventListener("abort", leave);
  }
}

async function send(agent: Agent, url: URL, request: PlainRequest, signal: AbortSignal): Promise<PlainReply> {
  const { statusCode: status, headers, body } = await agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method as "GET",
    headers: { ...request.headers },
    body: request.body ?? null,
    signal,
  });
  const collected = new BodyCollector();
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    collected.add(chunk);
    if (collected.size > maxPlainBytes) throw tooLarge({ provider: url.host });
  }
  const encoding = foreignEncoding(headers);
  if (encoding !== undefined) throw wrongEncoding(encoding, { provider: url.host });
  return { status, headers, body: collected.text() };
}

function late(host: string, afterMs: number): LoomError {
  return loomError("timed-out", `${host} did not answer within ${afterMs} ms`, { phase: "total", afterMs });
}
