/** The innermost stage: reads the key, makes one attempt at one target, and keeps the attempt's account. */

import type { Attempting, LedgerEntry } from "../contract/context.ts";
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
      checkModality(ctx, active.provider);
      for (let again = false;; again = true) {
        ctx.cancellation.throwIfCancelled();
        const asked = active.key(ctx);
        const key = asked instanceof Promise ? await orCancelled(asked, ctx.cancellation) : asked;
        const entry = begin(ctx);
        try {
          return replyOf(ctx, entry, active.provider, await open(active.provider, ctx, key));
        } catch (fault) {
          const error = toLoomError(fault, `provider "${ctx.target.provider}"`);
          closeEntry(ctx, entry, endedBy(error));
          if (again || error.code !== "auth-rejected" || !active.keyRejected()) throw error;
          ctx.ledger.step("adapter", "new-key");
        }
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

function checkModality({ target }: Attempting, { modalities, label }: Provider): void {
  if (modalities.includes(target.modality)) return;
  throw loomError(
    "unsupported",
    `${label} has no ${target.modality} models; it offers ${modalities.join(", ")}`,
    { feature: target.modality },
    { provider: target.provider, model: target.model },
  );
}

function begin(ctx: Attempting): LedgerEntry {
  const { provider, model } = ctx.target;
  ctx.emit("attempt-start", { provider, model, attempt: ctx.attempt });
  return ctx.ledger.open(ctx);
}

function open(provider: Provider, ctx: Attempting, key: Secret | undefined): Promise<Answer> {
  return provider.honoursCancellation ? provider.open(ctx, key) : openInTime(provider, ctx, key);
}

function replyOf(ctx: Attempting, entry: LedgerEntry, provider: Provider, answer: Answer): Reply {
  const { requestId } = answer;
  if (requestId !== undefined) entry.update({ requestId });
  const tally = new Tally(ctx, entry);
  const head = { target: ctx.target, origin: "vendor" as const, requestId };
  if ("parts" in answer) return observe(wholeReply(head, answer.parts), tally);
  const { source } = answer;
  return observe(
    streamedReply(head, provider.honoursCancellation ? source : endingWith(ctx.cancellation, source)),
    tally,
  );
}
