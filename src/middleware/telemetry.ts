/** The outermost stage: one record per call to every sink and listener, when there are any. */

import type { Candidate } from "../contract/call.ts";
import type { Context } from "../contract/context.ts";
import type { Middleware } from "../contract/middleware.ts";
import type { Outcome } from "../contract/reply.ts";
import type { Attempt } from "../contract/receipt.ts";
import type { CallRecord } from "../contract/sink.ts";
import { toLoomError } from "../errors/index.ts";
import { endedBy, observe } from "../kernel/index.ts";

export interface TelemetryServices {
  /** Whether anybody wants records; asked at the end of each call. */
  wanted(): boolean;
  /** Hands a record to sinks and listeners. Never throws. */
  deliver(record: CallRecord): void;
}

export function telemetryStage(services: TelemetryServices): Middleware<"telemetry"> {
  return {
    name: "telemetry",
    stage: "telemetry",
    replaces: "telemetry",
    async handle(ctx, next) {
      ctx.emit("call-start", { call: ctx.call });
      const end = (outcome: Outcome) => {
        ctx.ledger.end();
        if (services.wanted()) services.deliver(callRecord(ctx, outcome));
      };
      try {
        return observe(await next(), { end });
      } catch (error) {
        end(endedBy(toLoomError(error, "a middleware")));
        throw error;
      }
    },
  };
}

/** Everything about a finished call but its content. */
export function callRecord(ctx: Context, outcome: Outcome): CallRecord {
  const { call, ledger } = ctx;
  const receipt = ledger.receipt();
  const last: Attempt | undefined = receipt.attempts.findLast((attempt) => attempt.status === "ok") ??
    receipt.attempts.at(-1);
  return {
    callId: ctx.id,
    atMs: receipt.startedAtMs,
    modality: call.modality,
    stream: call.stream,
    ...(last === undefined
      ? named(call.candidates[0])
      : { provider: last.provider, model: last.model, upstreamModel: last.upstreamModel }),
    status: outcome.status,
    ...(outcome.status === "ok" ? {} : { errorCode: outcome.error.code }),
    latencyMs: receipt.latencyMs,
    ...(receipt.firstPartMs === undefined ? {} : { firstPartMs: receipt.firstPartMs }),
    ...(last?.usage === undefined ? {} : { usage: last.usage }),
    costUsd: receipt.cost === undefined ? 0 : receipt.cost.usd,
    savedUsd: receipt.cost === undefined ? 0 : receipt.cost.savedUsd,
    cache: receipt.cache,
    deduplicated: receipt.deduplicated,
    attempts: receipt.attempts.length,
    ...(call.tenant === undefined ? {} : { tenant: call.tenant }),
    ...(call.user === undefined ? {} : { user: call.user }),
    ...(call.team === undefined ? {} : { team: call.team }),
    ...(call.tags === undefined ? {} : { tags: call.tags }),
    ...(call.via === undefined ? {} : { via: call.via }),
    receipt,
  };
}

/** The name as it was asked for, when the call reached no vendor. */
function named({ provider, model }: Candidate): Pick<CallRecord, "provider" | "model"> {
  return { ...(provider === undefined ? {} : { provider }), ...(model === undefined ? {} : { model }) };
}
