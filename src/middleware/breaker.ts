/** The breaker stage: a target that keeps failing is left alone for a while, and its calls go elsewhere at once. */

import { LRUCache } from "lru-cache";
import type { Attempting } from "../contract/context.ts";
import type { MiddlewareInPlace } from "../contract/middleware.ts";
import type { Reply } from "../contract/reply.ts";
import type { Clock } from "../contract/services.ts";
import type { Target } from "../contract/target.ts";
import { loomError } from "../errors/index.ts";
import { commit, observe } from "../kernel/index.ts";
import { numberOption } from "./check-option.ts";
import { Circuit, type CircuitOptions, type CircuitState } from "./circuit.ts";

export interface BreakerOptions {
  /** Share of failed calls, in percent, from which a circuit opens. Default 50. */
  readonly errorThresholdPercentage?: number;
  /** Fewer calls than this within the window never open a circuit. Default 10. */
  readonly volumeThreshold?: number;
  /** How far back calls count. Default 30,000. */
  readonly rollingWindowMs?: number;
  /** How long an open circuit stays open before one call may try the target. Default 15,000. */
  readonly resetMs?: number;
}

export interface BreakerServices {
  readonly clock: Clock;
}

/** How one target is seen, for `loom doctor` and `loom.explain`. */
export interface BreakerState {
  readonly provider: string;
  /** The upstream model. */
  readonly model: string;
  readonly state: CircuitState;
}

export interface BreakerStage extends MiddlewareInPlace<"breaker"> {
  /** Every target that was called of late. */
  states(): readonly BreakerState[];
  /** Whether calls of this target are turned away now. */
  isOpen(target: Pick<Target, "provider" | "upstreamModel">): boolean;
  close(): void;
}

/** Circuits beyond this number are forgotten, least recently used first. */
const maxCircuits = 1_000;

/** Makes the stage. @throws LoomError `config-invalid` */
export function breakerStage(options: BreakerOptions, { clock }: BreakerServices): BreakerStage {
  const { errorThresholdPercentage, volumeThreshold, rollingWindowMs, resetMs } = options;
  const settings: CircuitOptions = {
    errorThresholdPercentage: numberOption(
      "breaker.errorThresholdPercentage",
      errorThresholdPercentage,
      50,
      { min: 1, max: 100 },
    ),
    volumeThreshold: numberOption("breaker.volumeThreshold", volumeThreshold, 10, { min: 1, whole: true }),
    rollingWindowMs: numberOption("breaker.rollingWindowMs", rollingWindowMs, 30_000, { min: 100 }),
    resetMs: numberOption("breaker.resetMs", resetMs, 15_000, { min: 1 }),
  };
  const circuits = new LRUCache<string, Circuit>({
    max: maxCircuits,
    dispose: (circuit) => circuit.shutdown(),
  });
  let closed = false;

  function circuitOf({ target: { provider, upstreamModel } }: Attempting): Circuit {
    const name = `${provider}/${upstreamModel}`;
    let circuit = circuits.get(name);
    if (circuit === undefined) {
      circuits.set(name, circuit = new Circuit(provider, upstreamModel, settings, clock));
    }
    return circuit;
  }

  return {
    name: "breaker",
    stage: "breaker",
    replaces: "breaker",
    async handle(ctx, next) {
      if (closed) throw loomError("closed", "this Loom was closed", {});
      const circuit = circuitOf(ctx);
      circuit.refresh();
      report(ctx, circuit);
      if (circuit.rejects) throw openError(ctx, circuit);
      try {
        return await (ctx.call.stream ? fireStream(circuit, ctx, next) : circuit.fire(next));
      } finally {
        report(ctx, circuit);
      }
    },
    states: () => Array.from(circuits.values(), ({ provider, model, state }) => ({ provider, model, state })),
    isOpen: ({ provider, upstreamModel }) => circuits.peek(`${provider}/${upstreamModel}`)?.state === "open",
    close() {
      closed = true;
      circuits.clear();
    },
  };
}

/**
 * A stream counts once, by how it ends. The caller gets it at its first content part; the circuit waits on. Only a trial
 * counts at once as good, since all other calls wait for its verdict.
 */
function fireStream(circuit: Circuit, ctx: Attempting, next: () => Promise<Reply>): Promise<Reply> {
  const onTrial = circuit.halfOpen;
  return new Promise((resolve, reject) => {
    const run = async () => {
      const reply = await commit(await next());
      if (reply.parts !== undefined) return resolve(reply);
      await new Promise<void>((good, bad) => {
        resolve(observe(reply, {
          end(outcome) {
            if (outcome.status !== "failed") return good();
            bad(outcome.error);
            if (onTrial) circuit.countFailure(outcome.error);
          },
        }));
        if (onTrial) good();
      });
    };
    // What fails after the reply was handed on has reached the caller as the reply's end.
    circuit.fire(run).catch(reject).finally(() => report(ctx, circuit));
  });
}

function report(ctx: Attempting, circuit: Circuit): void {
  const { state, provider, model } = circuit;
  if (state === circuit.reported) return;
  circuit.reported = state;
  ctx.ledger.step("breaker", state, { target: `${provider}/${model}` });
  ctx.emit("breaker-change", { provider, model, state });
}

function openError(ctx: Attempting, circuit: Circuit): Error {
  const { provider, model, upstreamModel } = ctx.target;
  const retryAfterMs = Math.ceil(circuit.opensInMs());
  ctx.ledger.step("breaker", "skip", { target: `${provider}/${upstreamModel}`, retryAfterMs });
  return loomError(
    "breaker-open",
    `${provider}/${model} failed too often just now and is left alone` +
      (retryAfterMs > 0 ? ` for another ${retryAfterMs} ms` : " until one call has tried it"),
    {},
    { provider, model, retryAfterMs: retryAfterMs > 0 ? retryAfterMs : undefined },
  );
}
