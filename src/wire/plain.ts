/** One plain request with a whole answer: for vaults, polls, and whatever else a plugin talks to. */

import type { Agent } from "undici";
import type { PlainReply, PlainRequest } from "../contract/services.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { BodyCollector } from "./body.ts";
import { networkFault } from "./faults.ts";

/** Most bytes of such an answer. */
const maxBytes = 16 * 1024 * 1024;

/** Sends it and reads the answer, whatever its status. @throws LoomError `connection-failed`, `timed-out` or `aborted` */
export async function plainRequest(
  agent: Agent,
  request: PlainRequest,
  connectMs: number,
): Promise<PlainReply> {
  const url = new URL(request.url);
  const timeoutMs = request.timeoutMs ?? 30_000;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
  try {
    const reply = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method as "GET",
      headers: { ...request.headers },
      body: request.body ?? null,
      signal,
    });
    const body = new BodyCollector();
    for await (const chunk of reply.body as AsyncIterable<Uint8Array>) {
      body.add(chunk);
      if (body.size > maxBytes) {
        throw loomError("invalid-reply", `${url.host} answered with more than ${maxBytes} bytes`, {});
      }
    }
    return { status: reply.statusCode, headers: reply.headers, body: body.text() };
  } catch (cause) {
    if (LoomError.is(cause)) throw cause;
    if (deadline.aborted) {
      throw loomError("timed-out", `${url.host} did not answer within ${timeoutMs} ms`, {
        phase: "total",
        afterMs: timeoutMs,
      }, { cause });
    }
    if (request.signal?.aborted) throw loomError("aborted", "the call was aborted", {}, { cause });
    throw networkFault(cause, { provider: url.host, model: "" }, connectMs);
  }
}
