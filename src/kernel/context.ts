/** Makes the context of a call, and the wider ones that stages hand inward. */

import type { Attempting, Context, Planned } from "../contract/context.ts";
import type { Call } from "../contract/call.ts";
import type { Cancellation } from "../contract/cancellation.ts";
import type { Events } from "../contract/events.ts";
import type { Json } from "../contract/json.ts";
import type { Plan, Target } from "../contract/target.ts";
import { loomError } from "../errors/index.ts";
import { callKey } from "./call-key.ts";
import type { EventBus } from "./events.ts";
import type { CallLedger } from "./ledger.ts";

/** What all contexts of one call share. */
export interface CallFrame {
  readonly id: string;
  readonly deadlineMs: number;
  readonly ledger: CallLedger;
  readonly events: EventBus;
}

/** The outermost context of a call. */
export function callContext(frame: CallFrame, call: Call, cancellation: Cancellation): Context {
  return new CallContext(frame, call, cancellation, undefined, undefined, 0);
}

/** The context inside of `resolve`. */
export function planned(ctx: Context, plan: Plan): Planned {
  const { frame, call, cancellation } = ctx as CallContext;
  return new CallContext(frame, call, cancellation, plan, undefined, 0);
}

/** The context of one attempt at one target. */
export function attempting(ctx: Planned, target: Target, attempt: number): Attempting {
  const { frame, call, cancellation, plan } = ctx as CallContext;
  return new CallContext(frame, call, cancellation, plan, target, attempt);
}

/** The context of a run that several calls wait for: a cancellation of its own, and in `frame` a deadline that may move. */
export function shared(ctx: Planned, cancellation: Cancellation): SharedContext {
  const { frame: { id, deadlineMs, ledger, events }, call, plan } = ctx as CallContext;
  const frame = { id, deadlineMs, ledger, events };
  return { ctx: new CallContext(frame, call, cancellation, plan, undefined, 0), frame };
}

export interface SharedContext {
  readonly ctx: Planned;
  readonly frame: { deadlineMs: number };
}

/**
 * One class for all three widths: the stage types decide what a middleware may read, and reading a field that is not there
 * yet is a fault that says so.
 */
class CallContext implements Attempting {
  readonly frame: CallFrame;
  readonly call: Call;
  readonly cancellation: Cancellation;
  readonly attempt: number;
  readonly #plan: Plan | undefined;
  readonly #target: Target | undefined;
  #key: string | undefined;

  constructor(
    frame: CallFrame,
    call: Call,
    cancellation: Cancellation,
    plan: Plan | undefined,
    target: Target | undefined,
    attempt: number,
  ) {
    this.frame = frame;
    this.call = call;
    this.cancellation = cancellation;
    this.#plan = plan;
    this.#target = target;
    this.attempt = attempt;
  }

  get id(): string {
    return this.frame.id;
  }
  get deadlineMs(): number {
    return this.frame.deadlineMs;
  }
  get ledger(): CallLedger {
    return this.frame.ledger;
  }
  get signal(): AbortSignal {
    return this.cancellation.signal;
  }
  get plan(): Plan {
    return this.#plan ?? missing("plan", "resolve");
  }
  get target(): Target {
    return this.#target ?? missing("target", "failover");
  }
  get key(): string {
    return this.#key ??= callKey(this.call, this.plan);
  }

  note(name: string, detail?: Json): void {
    this.frame.ledger.step(name, "note", detail);
  }

  emit<K extends keyof Events>(type: K, data: Events[K]): void {
    this.frame.events.emit(type, data, this.frame.id);
  }

  with(change: { readonly call?: Call; readonly cancellation?: Cancellation }): this {
    const { call = this.call, cancellation = this.cancellation } = change;
    return new CallContext(this.frame, call, cancellation, this.#plan, this.#target, this.attempt) as this;
  }
}

function missing(field: string, stage: string): never {
  throw loomError("internal", `ctx.${field} was read outside of the "${stage}" stage`, {});
}
