/** Contexts for tests of plugins and middleware: a call with sensible defaults, made with the kernel's own functions. */

import type { Call } from "../contract/call.ts";
import type { Cancellation } from "../contract/cancellation.ts";
import type { Attempting, Context, Planned } from "../contract/context.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { Clock } from "../contract/services.ts";
import type { Plan, Target } from "../contract/target.ts";
import {
  abortedError,
  attempting,
  callContext,
  CallLedger,
  Canceller,
  EventBus,
  planned,
} from "../kernel/index.ts";
import { fakeClock } from "./fake-clock.ts";

/** What a test cares about; everything left out has a default. */
export interface FakeContextOptions {
  readonly id?: string;
  /** Laid over `fakeCall()`. */
  readonly call?: Partial<Call>;
  /** The targets of the plan, each laid over `fakeTarget()`; the first is the one being tried. Default: one. */
  readonly targets?: readonly Partial<Target>[];
  /** Short for one entry in `targets`. */
  readonly target?: Partial<Target>;
  /** Default 1. */
  readonly attempt?: number;
  /** Measures the ledger. Default: a fake clock of its own. */
  readonly clock?: Clock;
  readonly cancellation?: Cancellation;
  /** When the call's total deadline passes, in the clock's `monotonic()` milliseconds. Default 600,000. */
  readonly deadlineMs?: number;
  /** What `ctx.emit` writes to, for tests that listen. */
  readonly events?: EventBus;
}

/** A cancellation that a test can trigger. */
export interface FakeCancellation extends Cancellation {
  /** Cancels, once. Default reason: the caller gave up. */
  cancel(reason?: LoomErrorLike): void;
}

/** A text call that asks `acme/m1` to say hi, with `change` laid over it. */
export function fakeCall(change: Partial<Call> = {}): Call {
  return {
    modality: "text",
    candidates: [{ provider: "acme", model: "m1" }],
    messages: [{ role: "user", content: "Say hi in five words." }],
    params: {},
    stream: false,
    useCache: true,
    ...change,
  };
}

/** The target `acme/m1`, asked for upstream as `m1-2026`, with `change` laid over it. */
export function fakeTarget(change: Partial<Target> = {}): Target {
  return {
    provider: "acme",
    modality: "text",
    model: "m1",
    upstreamModel: "m1-2026",
    params: {},
    ...change,
  };
}

/** A cancellation that nothing has triggered yet. */
export function fakeCancellation(): FakeCancellation {
  const canceller = new Canceller();
  return {
    get reason() {
      return canceller.reason;
    },
    get signal() {
      return canceller.signal;
    },
    onCancel: (listener) => canceller.onCancel(listener),
    throwIfCancelled: () => canceller.throwIfCancelled(),
    cancel: (reason = abortedError()) => canceller.cancel(reason),
  };
}

/** The context outside of `resolve`: what telemetry and cost see. */
export function fakeContext(options: FakeContextOptions = {}): Context {
  const { id = "call-1", clock = fakeClock(), deadlineMs = 600_000 } = options;
  const { cancellation = new Canceller(), events = new EventBus(rethrow) } = options;
  return callContext(
    { id, deadlineMs, ledger: new CallLedger(id, clock), events },
    fakeCall(options.call),
    cancellation,
  );
}

/** The context inside of `resolve`: what guard, limit, cache and dedup see. */
export function fakePlanned(options: FakeContextOptions = {}): Planned {
  const ctx = fakeContext(options);
  return planned(ctx, fakePlan(ctx.call, options));
}

/**
 * The context of one attempt: what a provider and a dialect see. Unless a target says otherwise, it has the call's modality
 * and params.
 *
 * @example
 * ```ts
 * import { fakeAttempting } from "loom-router/testing";
 * const ctx = fakeAttempting({ call: { stream: true, params: { temperature: 0 } }, target: { provider: "groq" } });
 * console.log(ctx.target.provider, ctx.target.params.temperature); // groq 0
 * ```
 */
export function fakeAttempting(options: FakeContextOptions = {}): Attempting {
  const ctx = fakePlanned(options);
  return attempting(ctx, ctx.plan.targets[0], options.attempt ?? 1);
}

function fakePlan(call: Call, options: FakeContextOptions): Plan {
  const changes = options.targets ?? [options.target ?? {}];
  const [first, ...rest] = changes.map((change) =>
    fakeTarget({ modality: call.modality, params: call.params, ...change })
  );
  if (first === undefined) throw new RangeError("fakePlanned: targets may not be empty");
  return { targets: [first, ...rest], skipped: [] };
}

/** A test wants to hear of a listener that throws. */
function rethrow(error: unknown): never {
  throw error;
}
