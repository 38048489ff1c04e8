/** The outermost stage: one record per call to every sink and listener, when there are any. */

import type { Candidate } from "../contract/call.ts";
import type { Context } from "../contract/context.ts";
import type { Middleware } from "../contract/middleware.ts";
import type { Outcome, Reply } from "../contract/reply.ts";
import type { Attempt } from "../contract/receipt.ts";
import type { CallRecord } from "../contract/sink.ts";
import type { Target } from "../contract/target.ts";
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
      let reply: Reply | undefined;
      const end = (outcome: Outcome) => {
        ctx.ledger.end();
        if (services.wanted()) services.deliver(callRecord(ctx, outcome, reply?.target));
      };
      try {
        return observe(reply = await next(), { end });
      } catch (error) {
        end(endedBy(toLoomError(error, "a middleware")));
        throw error;
      }
    },
  };
}

/** Everything about a finished call but its content. @param answered whose answer it is, which may be a stored one */
export function callRecord(ctx: Context, outcome: Outcome, answered?: Target): CallRecord {
  const { call, ledger } = ctx;
  const receipt = ledger.receipt();
  const last: Attempt | undefined = receipt.attempts.findLast((attempt) => attempt.status === "ok") ??
    receipt.attempts.at(-1);
  const record: { -readonly [K in keyof CallRecord]: CallRecord[K] } = {
    callId: ctx.id,
    atMs: receipt.startedAtMs,
    modality: call.modality,
    stream: call.stream,
    status: outcome.status,
    latencyMs: receipt.latencyMs,
    costUsd: receipt.cost === undefined ? 0 : receipt.cost.usd,
    savedUsd: receipt.cost === undefined ? 0 : receipt.cost.savedUsd,
    cache: receipt.cache,
    deduplicated: receipt.deduplicated,
    attempts: receipt.attempts.length,
    receipt,
  };
  if (last === undefined) name(record, answered ?? call.candidates[0]);
  else {
    record.provider = last.provider;
    record.model = last.model;
    record.upstreamModel = last.upstreamModel;
    if (last.usage !== undefined) record.usage = last.usage;
  }
  if (outcome.status !== "ok") record.errorCode = outcome.error.code;
  if (receipt.firstPartMs !== undefined) record.firstPartMs = receipt.firstPartMs;
  const { tenant, user, team, tags, via } = call;
  if (tenant !== undefined) record.tenant = tenant;
  if (user !== undefined) record.user = user;
  if (team !== undefined) record.team = team;
  if (tags !== undefined) record.tags = tags;
  if (via !== undefined) record.via = via;
  return record;
}

/** The name as it was asked for, when the call reached no vendor. */
function name(record: { provider?: string; model?: string }, { provider, model }: Candidate): void {
  if (provider !== undefined) record.provider = provider;
  if (model !== undefined) record.model = model;
}
