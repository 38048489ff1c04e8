/** The cache stage: an answer that is already known is given at once; a new one is kept for the next who asks. */

import { hash } from "node:crypto";
import type { Planned } from "../contract/context.ts";
import type { MiddlewareInPlace } from "../contract/middleware.ts";
import type { Outcome, Reply } from "../contract/reply.ts";
import type { Clock } from "../contract/services.ts";
import type { Cache, CachedAnswer } from "../contract/storage.ts";
import type { Target } from "../contract/target.ts";
import type { Usage } from "../contract/usage.ts";
import { attempting, observe, replay, wholeReply } from "../kernel/index.ts";
import { numberOption } from "./check-option.ts";
import { judge, type ToResult } from "./judge.ts";
import { PendingWrites } from "./pending-writes.ts";
import { AnswerGatherer } from "./stored-answer.ts";

export interface CacheStageOptions {
  /** A cache that has not answered by then is not waited for. Default 250. */
  readonly timeoutMs?: number;
  /** Larger answers are not stored. Default 4 MiB. */
  readonly maxEntryBytes?: number;
}

export interface CacheStageServices {
  readonly cache: Cache;
  readonly clock: Clock;
  /** What an answer cost, in nano-USD; `null`: unknown. */
  readonly price: (ctx: Planned, target: Target, usage: Usage) => number | null;
  /** What a call's validator is shown. */
  readonly toResult: ToResult;
}

export interface CacheStage extends MiddlewareInPlace<"cache"> {
  /** Whether a call of this key would be answered from the cache. @throws what the cache throws */
  holds(callKey: string): Promise<boolean>;
  /** Forgets every stored answer. */
  clear(): Promise<void>;
  /** Settles when every answer so far is stored. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Changes when stored answers or the call key change their form, so that old entries are not found. */
const keyPrefix = "loom1:";

/** Makes the stage. @throws LoomError `config-invalid` */
export function cacheStage(options: CacheStageOptions, services: CacheStageServices): CacheStage {
  const { cache, clock, price, toResult } = services;
  const timeoutMs = numberOption("cache.timeoutMs", options.timeoutMs, 250, { min: 1, max: 60_000 });
  const maxEntryBytes = numberOption("cache.maxEntryBytes", options.maxEntryBytes, 4 * 1024 * 1024, {
    min: 1,
  });
  const writes = new PendingWrites({ cache, clock });

  async function handle(ctx: Planned, next: (ctx: Planned) => Promise<Reply>): Promise<Reply> {
    if (!ctx.call.useCache) return await next(ctx);
    const key = storageKey(ctx.key);
    const asked = lookUp(ctx, key);
    const stored = asked instanceof Promise ? await asked : asked;
    if (stored !== undefined && (ctx.call.accept === undefined || await accepted(ctx, stored))) {
      return hit(ctx, key, stored);
    }
    ctx.ledger.cache = "miss";
    ctx.ledger.step("cache", "miss");
    return gather(ctx, key, await next(ctx));
  }

  function lookUp(ctx: Planned, key: string): CachedAnswer | undefined | Promise<CachedAnswer | undefined> {
    const pending = writes.get(key);
    if (pending !== undefined) return pending;
    try {
      const found = cache.get(key);
      return isThenable(found) ? lookUpSlowly(ctx, found) : checked(found);
    } catch (error) {
      failed(ctx, "get", error);
      return undefined;
    }
  }

  async function lookUpSlowly(
    ctx: Planned,
    asked: Promise<CachedAnswer | undefined>,
  ): Promise<CachedAnswer | undefined> {
    try {
      return checked(await inTime(asked, ctx));
    } catch (error) {
      ctx.cancellation.throwIfCancelled();
      failed(ctx, "get", error);
      return undefined;
    }
  }

  function inTime<T>(asked: Promise<T>, { cancellation }: Planned): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = () => (stopTimer(), stopListening());
      const stopTimer = clock.after(
        timeoutMs,
        () => (stopListening(), reject(new Error(`the cache did not answer within ${timeoutMs} ms`))),
        { background: true },
      );
      const stopListening = cancellation.onCancel((reason) => (stopTimer(), reject(reason)));
      asked.then((value) => (done(), resolve(value)), (error) => (done(), reject(error)));
    });
  }

  /** A validator judges stored answers too: another may have taken what this one would not. */
  async function accepted(ctx: Planned, stored: CachedAnswer): Promise<boolean> {
    const { accept } = ctx.call;
    if (accept === undefined) return true;
    const inner = attempting(ctx, targetOf(ctx, stored), 1);
    const verdict = await judge(inner, accept, stored.parts, toResult);
    if (!verdict.accepted) ctx.ledger.step("cache", "reject", { reason: verdict.reason });
    return verdict.accepted;
  }

  function hit(ctx: Planned, key: string, stored: CachedAnswer): Reply {
    const { ledger } = ctx;
    const { nanoUsd, callId, storedAtMs } = stored;
    ledger.cache = "hit";
    ledger.savedNanoUsd = nanoUsd;
    ledger.step("cache", "hit", { madeBy: callId, ageMs: clock.now() - storedAtMs, savedNanoUsd: nanoUsd });
    ctx.emit("cache-hit", { key });
    const head = { target: targetOf(ctx, stored), origin: "cache" as const };
    return ctx.call.stream ? replay(head, stored.parts) : wholeReply(head, stored.parts);
  }

  function gather(ctx: Planned, key: string, reply: Reply): Reply {
    // Whoever ran the call stores it; those who joined have nothing to add.
    if (reply.origin !== "vendor") return reply;
    const gatherer = new AnswerGatherer(maxEntryBytes);
    return observe(reply, {
      part: (part) => gatherer.part(part),
      end: (outcome) => store(ctx, key, reply.target, gatherer, outcome),
    });
  }

  function store(
    ctx: Planned,
    key: string,
    target: Target,
    gatherer: AnswerGatherer,
    outcome: Outcome,
  ): void {
    if (outcome.status !== "ok") return;
    const gathered = gatherer.result(ctx.call.modality);
    if (gathered.refused !== undefined) {
      return ctx.ledger.step("cache", "not-stored", { reason: gathered.refused });
    }
    const { parts, usage } = gathered;
    const { provider, modality, model, upstreamModel } = target;
    const answer: CachedAnswer = {
      target: { provider, modality, model, upstreamModel },
      parts,
      nanoUsd: usage === undefined ? null : priced(ctx, target, usage),
      callId: ctx.id,
      storedAtMs: clock.now(),
    };
    writes.add(key, answer, (error) => failed(ctx, "set", error));
  }

  /** A price list that fails must not take the answer with it. */
  function priced(ctx: Planned, target: Target, usage: Usage): number | null {
    try {
      return price(ctx, target, usage);
    } catch (error) {
      failed(ctx, "set", error);
      return null;
    }
  }

  return {
    name: "cache",
    stage: "cache",
    replaces: "cache",
    handle,
    async holds(callKey) {
      const key = storageKey(callKey);
      return checked(writes.get(key) ?? await cache.get(key)) !== undefined;
    },
    async clear() {
      // What is being written would come back after the rest is gone.
      await writes.idle();
      await cache.clear();
    },
    idle: () => writes.idle(),
    close: () => writes.idle(),
  };
}

function storageKey(callKey: string): string {
  return keyPrefix + hash("sha256", callKey);
}

function failed(ctx: Planned, operation: "get" | "set", error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  ctx.ledger.step("cache", "error", { operation, message: message.slice(0, 500) });
  ctx.emit("cache-error", { operation, error });
}

/** The plan's own target where it is still there; else one made of what was stored. */
function targetOf(ctx: Planned, { target }: CachedAnswer): Target {
  const { provider, upstreamModel } = target;
  return ctx.plan.targets.find((planned) =>
    planned.provider === provider && planned.upstreamModel === upstreamModel
  ) ?? { ...target, params: {} };
}

/** Passes on what looks like an answer; other processes, or other versions, may have written something else. */
function checked(found: unknown): CachedAnswer | undefined {
  if (found === undefined || found === null) return undefined;
  const { parts, target } = found as Partial<CachedAnswer>;
  const fits = Array.isArray(parts) && parts.length > 0 &&
    parts.every((part: unknown) => typeof (part as { type?: unknown } | null)?.type === "string") &&
    typeof target?.provider === "string" && typeof target.model === "string" &&
    typeof target.upstreamModel === "string";
  if (!fits) throw new TypeError("the cache holds something under this key that is not an answer");
  return found as CachedAnswer;
}

function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
