/** Opens a provider's answer and holds it to the call's cancellation, whether the provider listens to that or not. */

import type { Cancellation } from "../contract/cancellation.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { Attempting } from "../contract/context.ts";
import type { Provider } from "../contract/provider.ts";
import type { Answer, Flow, Outcome, Receiver } from "../contract/reply.ts";
import type { Secret } from "../contract/secret.ts";
import { endedBy } from "../kernel/index.ts";

/** A provider that does not listen to the cancellation cannot hold the call: what it opens later is let go. */
export function openInTime(provider: Provider, ctx: Attempting, key: Secret | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let left: LoomErrorLike | undefined;
    const stopListening = ctx.cancellation.onCancel((reason) => reject(left = reason));
    provider.open(ctx, key).then((answer) => {
      stopListening();
      if (left === undefined) resolve(answer);
      else if ("source" in answer) answer.source(nobody).cancel(left);
    }, (error) => {
      stopListening();
      reject(error);
    });
  });
}

const nobody: Receiver = { parts: () => {}, end: () => {} };

/** The source, held to ending at once when the call is cancelled, whether its provider listens or not. */
export function endingWith(
  cancellation: Cancellation,
  source: (receiver: Receiver) => Flow,
): (receiver: Receiver) => Flow {
  return (receiver) => {
    let ended = false;
    const end = (outcome: Outcome) => {
      if (ended) return;
      ended = true;
      stopListening();
      receiver.end(outcome);
    };
    const flow = source({ parts: (batch) => void (ended || receiver.parts(batch)), end });
    const stopListening = cancellation.onCancel((reason) => {
      queueMicrotask(() => end(endedBy(reason)));
      flow.cancel(reason);
    });
    return flow;
  };
}
