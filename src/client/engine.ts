/** Runs calls through the composed chain: deadline, cancellation, ledger, and their end. */

import type { Catalog } from "../catalog/index.ts";
import type { Call } from "../contract/call.ts";
import type { Context } from "../contract/context.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { Middleware } from "../contract/middleware.ts";
import type { Reply } from "../contract/reply.ts";
import type { Clock } from "../contract/services.ts";
import { LoomError, loomError, toLoomError } from "../errors/index.ts";
import {
  abortedError,
  callContext,
  CallLedger,
  Canceller,
  type Chain,
  compose,
  type EventBus,
  streamedReply,
} from "../kernel/index.ts";
import { arrange } from "../middleware/arrange.ts";
import { open, type Opened } from "./open.ts";
import type { LoomOptions } from "./options.ts";

/** A call on its way. */
export interface Running {
  readonly ctx: Context;
  /** Rejects with a LoomError that carries the receipt. */
  readonly reply: Promise<Reply>;
  /** Gives the call up. */
  cancel(reason: LoomErrorLike): void;
}

/** What a call is run under. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** Opens a Loom. @throws LoomError `config-invalid` or `plugin-invalid` */
export async function openEngine(
  options: LoomOptions,
  catalog: Catalog,
  events: EventBus,
  added: readonly Middleware[],
): Promise<Engine> {
  return new Engine(await open(options, catalog, events), events, added);
}

export class Engine {
  readonly opened: Opened;
  readonly #events: EventBus;
  readonly #idPrefix: string;
  #count = 0;
  #composed: Composed;
  /** What has not ended. A list: a Set whose members come and go with every call leaves old tables behind, full of calls. */
  readonly #running: Scope[] = [];

  constructor(opened: Opened, events: EventBus, added: readonly Middleware[]) {
    this.opened = opened;
    this.#events = events;
    this.#idPrefix = `call_${crypto.randomUUID().slice(0, 8)}`;
    this.#composed = composed(opened, added);
  }

  /** The chain in order, for `loom doctor`. */
  get order(): readonly Middleware[] {
    return this.#composed.order;
  }

  /** Composes the chain anew; calls under way keep the one they started with. */
  compose(added: readonly Middleware[]): void {
    this.#composed = composed(this.opened, added);
  }

  /** @param operation stands in for the adapter, and for all stages that are about calls, in what is asked beside calls */
  run(call: Call, options: RunOptions, operation?: Middleware<"adapter">): Running {
    const { clock } = this.opened;
    const scope = this.scope(options);
    const { canceller } = scope;
    const id = `${this.#idPrefix}${(this.#count++).toString(36)}`;
    const ledger = new CallLedger(id, clock);
    const deadlineMs = clock.monotonic() + options.timeoutMs;
    const ctx = callContext({ id, deadlineMs, ledger, events: this.#events }, call, canceller);
    const chain = operation !== undefined
      ? this.#beside(operation)
      : call.output?.validate === undefined
      ? this.#composed.plain
      : this.#composed.withOutput;
    return { ctx, reply: this.#reply(chain, ctx, scope), cancel: (reason) => canceller.cancel(reason) };
  }

  /** What ends with its deadline, with its caller's signal, and with this Loom. `end` must be called, once. */
  scope({ signal, timeoutMs }: RunOptions): Scope {
    return new Scope(this.#running, this.opened.clock, signal, timeoutMs);
  }

  /** The chain of an operation: names are resolved, failures tried again. */
  #beside(operation: Middleware<"adapter">): Chain {
    const { resolve, failover, retry } = this.opened.builtIns;
    const links = [resolve, failover, retry, operation].filter((link) => link !== undefined) as Middleware[];
    return compose(links, new Set(links));
  }

  async #reply(chain: Chain, ctx: Context, scope: Scope): Promise<Reply> {
    try {
      ctx.cancellation.throwIfCancelled();
      const reply = await chain(ctx);
      if (reply.parts !== undefined) {
        scope.end();
        return reply;
      }
      return streamedReply(reply, (receiver) =>
        reply.flow({
          parts: (batch) => receiver.parts(batch),
          end: (outcome) => {
            scope.end();
            receiver.end(
              outcome.status === "ok" ? outcome : { ...outcome, error: traced(outcome.error, ctx) },
            );
          },
        }), reply.verbatim);
    } catch (fault) {
      scope.end();
      throw traced(toLoomError(fault, "the chain"), ctx);
    }
  }

  /** Gives up every call that has not ended. */
  cancelAll(reason: LoomErrorLike): void {
    for (const { canceller } of [...this.#running]) canceller.cancel(reason);
  }
}

/** The time in which a call, or an operation beside calls, may run. */
class Scope {
  readonly canceller: Canceller = new Canceller();
  readonly #all: Scope[];
  /** Its place among all; -1: it has ended. */
  #place: number;
  readonly #stopTimer: () => void;
  readonly #stopListening: (() => void) | undefined;

  constructor(all: Scope[], clock: Clock, signal: AbortSignal | undefined, timeoutMs: number) {
    const { canceller } = this;
    this.#all = all;
    this.#place = all.push(this) - 1;
    this.#stopTimer = clock.after(timeoutMs, () => canceller.cancel(tooLate(timeoutMs)));
    this.#stopListening = listen(signal, canceller);
  }

  end(): void {
    const last = this.#place === -1 ? undefined : this.#all.pop();
    if (last === undefined) return;
    if (last !== this) {
      last.#place = this.#place;
      this.#all[last.#place] = last;
    }
    this.#place = -1;
    this.#stopTimer();
    this.#stopListening?.();
  }
}

/** The chain of calls without an output schema, and that of calls with one. */
interface Composed {
  /** The plain chain's links, outermost first. */
  readonly order: readonly Middleware[];
  readonly plain: Chain;
  readonly withOutput: Chain;
}

function composed(
  { builtIns, middleware, routing, output }: Opened,
  added: readonly Middleware[],
): Composed {
  const own = new Set<Middleware>([...Object.values(builtIns), ...routing, output]);
  const order = arrange(builtIns, [...middleware, ...added]);
  const withOutput = arrange(builtIns, [...middleware, ...added, output]);
  return { order, plain: compose(order, own), withOutput: compose(withOutput, own) };
}

/** The error with this call's receipt. Calls that shared a run share its error, so all but the first get a copy. */
function traced(error: LoomErrorLike, ctx: Context): LoomErrorLike {
  if (!LoomError.is(error) || error.trace?.callId === ctx.id) return error;
  const own = error.trace === undefined ? error : copyOf(error);
  own.trace = ctx.ledger.receipt();
  return own;
}

function copyOf(error: LoomError): LoomError {
  const copy = loomError(error.code, error.message, error.data, error);
  if (error.stack !== undefined) copy.stack = error.stack;
  return copy;
}

function listen(signal: AbortSignal | undefined, canceller: Canceller): (() => void) | undefined {
  if (signal === undefined) return undefined;
  const abort = () => canceller.cancel(abortedError(signal.reason));
  if (signal.aborted) {
    abort();
    return undefined;
  }
  signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
}

function tooLate(afterMs: number): LoomErrorLike {
  return loomError(
    "timed-out",
    `the call took longer than its total deadline of ${afterMs} ms`,
    { phase: "total", afterMs },
    { recovery: "never" },
  );
}
