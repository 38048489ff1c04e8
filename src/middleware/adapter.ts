/** The innermost stage: reads the key, makes one attempt at one target, and keeps the attempt's account. */

import type { Attempting } from "../contract/context.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { Middleware } from "../contract/middleware.ts";
import type { Provider } from "../contract/provider.ts";
import type { Answer, Reply } from "../contract/reply.ts";
import type { Secret } from "../contract/secret.ts";
import { loomError, toLoomError } from "../errors/index.ts";
import { attempting, endedBy, observe, orCancelled, streamedReply, wholeReply } from "../kernel/index.ts";
import { endingWith, openInTime } from "./opening.ts";
import { closeEntry, Tally } from "./tally.ts";

/** A provider as this Loom has configured it. */
export interface ActiveProvider {
  readonly provider: Provider;
  /** The key for the next attempt. Synchronous unless a vault must be asked. */
  key(ctx: Attempting): Secret | undefined | Promise<Secret | undefined>;
  /** The vendor refused the key. True: another one may be there now, so that one more try makes sense. */
  keyRejected(): boolean;
}

export interface AdapterServices {
  /** Synchronous once the provider is loaded. */
  provider(id: string): ActiveProvider | Promise<ActiveProvider>;
}

export function adapterStage(services: AdapterServices): Middleware<"adapter"> {
  return {
    name: "adapter",
    stage: "adapter",
    replaces: "adapter",
    async handle(given) {
      const ctx = withOwnSystem(given);
      const found = services.provider(ctx.target.provider);
      const active = found instanceof Promise ? await found : found;
      try {
        return await attempt(ctx, active);
      } catch (error) {
        const refused = (error as LoomErrorLike).code === "auth-rejected";
        if (!refused || !active.keyRejected()) throw error;
        ctx.ledger.step("adapter", "new-key");
        return await attempt(ctx, active);
      }
    },
  };
}

/** A `system` among the params of a catalog entry or a candidate is a turn, as it is in a request; it wins over the call's own. */
function withOwnSystem(ctx: Attempting): Attempting {
  const { call, target } = ctx;
  if (typeof target.params["system"] !== "string" || target.modality !== "text") return ctx;
  const { system, ...params } = target.params as typeof target.params & { readonly system: string };
  const rest = call.messages.filter(({ role }) => role !== "system");
  const messages = [{ role: "system" as const, content: system }, ...rest];
  return attempting(ctx.with({ call: { ...call, messages } }), { ...target, params }, ctx.attempt);
}

async function attempt(ctx: Attempting, active: ActiveProvider): Promise<Reply> {
  const { provider } = active;
  ctx.cancellation.throwIfCancelled();
  if (!provider.modalities.includes(ctx.target.modality)) {
    throw loomError(
      "unsupported",
      `${provider.label} has no ${ctx.target.modality} models; it offers ${provider.modalities.join(", ")}`,
      { feature: ctx.target.modality },
      { provider: ctx.target.provider, model: ctx.target.model },
    );
  }
  const asked = active.key(ctx);
  const key = asked instanceof Promise ? await orCancelled(asked, ctx.cancellation) : asked;
  const entry = ctx.ledger.open(ctx);
  const { provider: id, model } = ctx.target;
  ctx.emit("attempt-start", { provider: id, model, attempt: ctx.attempt });
  let answer: Answer;
  try {
    answer = await openInTime(provider, ctx, key);
  } catch (fault) {
    const error = toLoomError(fault, `provider "${id}"`);
    closeEntry(ctx, entry, endedBy(error));
    throw error;
  }
  if (answer.requestId !== undefined) entry.update({ requestId: answer.requestId });
  const tally = new Tally(ctx, entry);
  const head = { target: ctx.target, origin: "vendor" as const, requestId: answer.requestId };
  return "parts" in answer
    ? observe(wholeReply(head, answer.parts), tally)
    : observe(streamedReply(head, endingWith(ctx.cancellation, answer.source)), tally);
}
