/** What a vendor is asked beside calls: how long a prompt is, and to keep the beginning of conversations. */

import type { Call } from "../contract/call.ts";
import type { Message, Tool } from "../contract/message.ts";
import type { CacheOrder, ContextCache, TokenCount } from "../contract/operations.ts";
import { LoomError } from "../errors/index.ts";
import type { Engine, RunOptions } from "./engine.ts";
import { invalidRequest as invalid } from "./invalid-request.ts";
import type { GenerateRequest } from "./generate-request.ts";
import { operate } from "./operate.ts";
import { toCall } from "./request.ts";

/** What to keep at the vendor. */
export interface ContextCacheRequest {
  readonly provider: string;
  readonly model: string;
  /** The beginning of the conversations to come: one user turn, or several turns. */
  readonly contents: string | readonly Message[];
  readonly system?: string;
  readonly tools?: readonly Tool[];
  /** Default: the vendor's own, which is an hour at Gemini. */
  readonly ttlSeconds?: number;
  readonly displayName?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** The count of one request, and who counted. */
export interface CountedTokens extends TokenCount {
  readonly provider: string;
  readonly model: string;
}

/** Asks the vendor how many tokens a request would have. @throws LoomError `unsupported`, where the vendor cannot say */
export function countTokens(
  engine: Engine,
  request: GenerateRequest,
  options: RunOptions,
): Promise<CountedTokens> {
  return countCall(engine, toCall(request, false), options);
}

/** As `countTokens`, of a call that was read already. */
export async function countCall(engine: Engine, call: Call, options: RunOptions): Promise<CountedTokens> {
  return await operate(
    engine,
    call,
    options,
    "token counting",
    (provider, ctx, key) =>
      provider.countTokens?.(ctx, key).then((count) => ({
        ...count,
        provider: ctx.target.provider,
        model: ctx.target.model,
      })),
  );
}

/** @throws LoomError `unsupported`, where the vendor keeps nothing, or by itself */
export async function createContextCache(
  engine: Engine,
  request: ContextCacheRequest,
  options: RunOptions,
): Promise<ContextCache> {
  const { provider, model, contents, system, tools, ttlSeconds, displayName } = request;
  if (contents === undefined) throw invalid("contents", "is missing; give a text or the turns to keep");
  if (ttlSeconds !== undefined && !(typeof ttlSeconds === "number" && ttlSeconds > 0)) {
    throw invalid("ttlSeconds", "must be a number of seconds above 0");
  }
  const call = toCall({
    provider,
    model,
    ...(typeof contents === "string" ? { prompt: contents } : { messages: contents }),
    ...(system === undefined ? {} : { system }),
    ...(tools === undefined ? {} : { tools }),
  }, false);
  const order: CacheOrder = {
    ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
    ...(displayName === undefined ? {} : { displayName }),
  };
  return await operate(
    engine,
    call,
    options,
    "context caches",
    (active, ctx, key) => active.contextCaches?.create(ctx, key, order),
  );
}

/** A cache that is gone already is deleted, too. */
export async function deleteContextCache(
  engine: Engine,
  { provider, model, id }: Pick<ContextCache, "provider" | "model" | "id">,
  options: RunOptions,
): Promise<void> {
  if (typeof id !== "string" || id === "") {
    throw invalid("id", "is missing; give what createContextCache gave");
  }
  const call = toCall({ provider, model, prompt: id }, false);
  try {
    await operate(
      engine,
      call,
      options,
      "context caches",
      (active, ctx, key) => active.contextCaches?.delete(ctx, key, id),
    );
  } catch (error) {
    if (!LoomError.is(error) || error.status !== 404) throw error;
  }
}
