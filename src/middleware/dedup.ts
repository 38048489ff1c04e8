/** The dedup stage: identical calls in flight share one run, and none of them can harm another by leaving. */

import type { Accept } from "../contract/call.ts";
import type { Planned } from "../contract/context.ts";
import type { MiddlewareInPlace } from "../contract/middleware.ts";
import type { Reply } from "../contract/reply.ts";
import { numberOption } from "./check-option.ts";
import { glanceAt, InFlight, isSettled, type Keyed } from "./in-flight.ts";
import { SharedRun } from "./shared-run.ts";

export interface DedupOptions {
  /** Distinct calls that are watched at once; what comes on top runs by itself. Default 10,000. */
  readonly maxInFlight?: number;
  /** A stream may be joined while what came of it is no larger than this. Default 5 MiB. */
  readonly maxPrefixBytes?: number;
  /** A reader that lags further behind a shared stream than this fails, alone. Default 5 MiB. */
  readonly maxLagBytes?: number;
}

export interface DedupStage extends MiddlewareInPlace<"dedup"> {
  /** How many distinct calls are in flight. */
  readonly inFlight: number;
}

const defaultBytes = 5 * 1024 * 1024;

/** Makes the stage. @throws LoomError `config-invalid` */
export function dedupStage(options: DedupOptions = {}): DedupStage {
  const maxInFlight = numberOption("dedup.maxInFlight", options.maxInFlight, 10_000, { min: 1, whole: true });
  const maxPrefixBytes = numberOption("dedup.maxPrefixBytes", options.maxPrefixBytes, defaultBytes, {
    min: 0,
  });
  const maxLagBytes = numberOption("dedup.maxLagBytes", options.maxLagBytes, defaultBytes, { min: 1 });
  const limits = { maxPrefixBytes, maxLagBytes };
  const wholeRuns = new InFlight<SharedRun>();
  const streamRuns = new InFlight<SharedRun>();

  function handle(ctx: Planned, next: (ctx: Planned) => Promise<Reply>): Promise<Reply> {
    ctx.cancellation.throwIfCancelled();
    const glance = glanceAt(ctx);
    const runs = ctx.call.stream ? streamRuns : wholeRuns;
    const call = new SharedKey(ctx);
    const running = runs.find(glance, call);
    if (running?.admits) {
      ctx.ledger.deduplicated = true;
      ctx.ledger.step("dedup", "joined", { leader: running.leaderId });
      ctx.emit("dedup-join", { callId: running.leaderId });
      return running.join(ctx);
    }
    if (wholeRuns.size + streamRuns.size >= maxInFlight) {
      ctx.ledger.step("dedup", "pass", { reason: `more than ${maxInFlight} calls in flight` });
      return next(ctx);
    }
    const run: SharedRun = new SharedRun(ctx, call, limits, () => runs.delete(glance, run));
    runs.add(glance, run);
    const reply = run.join(ctx);
    run.start(next);
    return reply;
  }

  return {
    name: "dedup",
    stage: "dedup",
    replaces: "dedup",
    handle,
    get inFlight() {
      return wholeRuns.size + streamRuns.size;
    },
  };
}

/** The exact key of a call, for runs: read when somebody asks, or at once when the caller might change the call. */
class SharedKey implements Keyed {
  readonly #ctx: Planned;

  constructor(ctx: Planned) {
    this.#ctx = ctx;
    if (!isSettled(ctx.call)) void ctx.key;
  }

  get text(): string | undefined {
    return this.#ctx.call.native?.text;
  }

  get key(): string {
    return this.#ctx.key + validatorMark(this.#ctx.call.accept);
  }
}

const validatorMarks = new WeakMap<Accept, string>();
let validators = 0;

/** A validator decides which answer a call gets, so calls share one only when they have the same, or none. */
function validatorMark(accept: Accept | undefined): string {
  if (accept === undefined) return "";
  let mark = validatorMarks.get(accept);
  if (mark === undefined) validatorMarks.set(accept, mark = `#${++validators}`);
  return mark;
}
