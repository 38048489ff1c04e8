/** Follows work that a vendor has begun, until its answer is there. What was begun is never begun a second time. */

import type { Cancellation } from "../contract/cancellation.ts";
import type { Attempting } from "../contract/context.ts";
import type { Codec, Pending, WireRequest } from "../contract/dialect.ts";
import type { Part } from "../contract/part.ts";
import type { Clock, Random } from "../contract/services.ts";
import { type ErrorDetails, LoomError, loomError, toLoomError } from "../errors/index.ts";
import { sleep } from "../util/backoff.ts";
import type { Exchanged } from "./exchange.ts";

/** Between two questions: from 1 s, growing by half each time, to 10 s. */
const firstWaitMs = 1_000;
const growth = 1.5;
const longestWaitMs = 10_000;
/** Questions that may fail in a row before the job is given up as unreachable. */
const maxLostPolls = 10;
/** How long telling the vendor to stop may take. */
const cancelMs = 5_000;

export interface JobServices {
  readonly clock: Clock;
  readonly random: Random;
  /** The vendor's codec, which reads errors. */
  readonly codec: Codec;
  send(ctx: Attempting, codec: Codec, request: WireRequest): Promise<Exchanged>;
}

/**
 * Asks until the answer is there, or the call ends. An answer that is lost (a dropped connection, a 5xx, a 429) is asked for
 * again.
 *
 * @throws LoomError what the vendor says of a failed job, never with recovery `same-target`: the job would be paid for twice
 */
export async function follow(
  begun: Pending,
  ctx: Attempting,
  services: JobServices,
): Promise<readonly Part[]> {
  let pending = begun;
  let lost = 0;
  ctx.ledger.step("wire", "job", { jobId: begun.jobId });
  for (let round = 1;; round++) {
    try {
      const waitMs = pending.waitMs ?? waitOf(round, services.random);
      if (waitMs > 0) await sleep(waitMs, services.clock, ctx.cancellation);
    } catch (reason) {
      stop(pending, ctx, services);
      throw reason;
    }
    const asked = await ask(ctx, pending, services);
    if ("decoded" in asked) {
      if (!("next" in asked.decoded)) return asked.decoded;
      // Another step of the same job begins its waits anew.
      if (asked.decoded.next.path !== pending.next.path) round = 0;
      pending = asked.decoded;
      lost = 0;
      continue;
    }
    const { error } = asked;
    if (ctx.cancellation.reason !== undefined) {
      stop(pending, ctx, services);
      throw ctx.cancellation.reason;
    }
    if (asked.final || error.recovery !== "same-target") throw settled(error, pending, asked.final);
    if (++lost >= maxLostPolls) throw settled(error, pending, false);
    ctx.ledger.step("wire", "poll-lost", { jobId: pending.jobId, code: error.code });
    if (error.retryAfterMs !== undefined && error.retryAfterMs > 0) {
      pending = { ...pending, waitMs: Math.min(error.retryAfterMs, 60_000) };
    }
  }
}

type Asked = { readonly decoded: readonly Part[] | Pending } | {
  readonly error: LoomError;
  /** The vendor's answer arrived, and says that the job failed. */
  readonly final: boolean;
};

async function ask(ctx: Attempting, pending: Pending, services: JobServices): Promise<Asked> {
  let verdict: unknown;
  const decode: Codec["decode"] & NonNullable<Codec["decodeBytes"]> = (body, head) => {
    try {
      return pending.decode(body, head);
    } catch (error) {
      verdict = error;
      throw error;
    }
  };
  try {
    const came = await services.send(ctx, { ...services.codec, decode, decodeBytes: decode }, pending.next);
    if ("decoded" in came) return { decoded: came.decoded };
    throw loomError("internal", "a question about a job was answered with a stream", {});
  } catch (cause) {
    const error = toLoomError(cause, "the dialect");
    return { error: error as LoomError, final: verdict !== undefined };
  }
}

/** The waits grow, each shortened by up to a quarter, so that jobs begun together are not asked for together. */
function waitOf(round: number, random: Random): number {
  return Math.min(longestWaitMs, firstWaitMs * growth ** (round - 1)) * (1 - random() / 4);
}

/**
 * A job that failed may be tried elsewhere, but is not begun again here. One that nobody can see the end of may still
 * succeed and be charged, so that it ends the call.
 */
function settled(error: LoomError, { jobId }: Pending, final: boolean): LoomError {
  const { code, data, message, provider, model, status, requestId } = error;
  const recovery = !final ? "never" : error.recovery === "same-target" ? "next-target" : error.recovery;
  const details: ErrorDetails = { provider, model, status, requestId, cause: error, recovery };
  return loomError(code as "provider-failed", `${message} (job ${jobId})`, data as object, details);
}

/** Tells the vendor that nobody waits any more, where it can be told. Nobody waits for that either. */
function stop({ cancel, jobId }: Pending, ctx: Attempting, services: JobServices): void {
  if (cancel === undefined) return;
  const late = deadline(services.clock);
  const codec: Codec = { ...services.codec, decode: () => [] };
  ctx.ledger.step("wire", "job-cancel", { jobId });
  services.send(ctx.with({ cancellation: late }), codec, cancel).catch((error) => {
    ctx.ledger.step("wire", "job-cancel-failed", { jobId, code: toLoomError(error, "the dialect").code });
  }).finally(() => late.stop());
}

/** A cancellation that comes after `cancelMs`, for what is sent when the call itself is over. */
function deadline(clock: Clock): Cancellation & { stop(): void } {
  const controller = new AbortController();
  const { signal } = controller;
  const error = loomError("timed-out", `no answer within ${cancelMs} ms`, {
    phase: "total",
    afterMs: cancelMs,
  });
  const stop = clock.after(cancelMs, () => controller.abort(error), { background: true });
  return {
    signal,
    stop,
    get reason() {
      return signal.aborted ? error : undefined;
    },
    onCancel(listener) {
      const tell = () => listener(error);
      signal.addEventListener("abort", tell, { once: true });
      return () => signal.removeEventListener("abort", tell);
    },
    throwIfCancelled: () => signal.throwIfAborted(),
  };
}
