/** Streams parts on the injected clock, stands still when asked to, and breaks off where a fault says so. */

import type {
  Cancellation,
  Clock,
  Flow,
  LoomErrorLike,
  Outcome,
  Part,
  Receiver,
  Target,
} from "../../../src/plugin.ts";
import { isContent } from "../../../src/plugin.ts";
import { breaksOff, faultError, type FaultOptions } from "./fault.ts";

export interface StreamOptions {
  readonly clock: Clock;
  readonly cancellation: Cancellation;
  readonly target: Target;
  readonly delayMs: number;
  readonly fault: FaultOptions | undefined;
}

/** A source of `parts`, one batch each. Parts that are no content come with the next one, without a delay of their own. */
export function streamOf(parts: readonly Part[], options: StreamOptions): (receiver: Receiver) => Flow {
  const { clock, cancellation, target, delayMs, fault } = options;
  const cut = fault !== undefined && breaksOff(fault) ? fault : undefined;
  return (receiver) => {
    let next = 0;
    let seen = 0;
    let paused = false;
    let running = false;
    let ended = false;
    let stopTimer = () => {};
    let offCancel = () => {};

    const end = (outcome: Outcome) => {
      if (ended) return;
      ended = true;
      stopTimer();
      offCancel();
      receiver.end(outcome);
    };
    const cancel = (error: LoomErrorLike) =>
      end({ status: error.code === "aborted" ? "cancelled" : "failed", error });

    /** Delivers until there is something to wait for. */
    const run = () => {
      if (running) return;
      running = true;
      while (!paused && !ended) {
        if (cut !== undefined && breaksHere(cut)) {
          end({ status: "failed", error: faultError(cut, target, seen) });
        } else if (next === parts.length) end({ status: "ok" });
        else if (deliver() && delayMs > 0) {
          schedule();
          break;
        }
      }
      running = false;
    };
    const breaksHere = ({ cutAfterParts = 0 }: FaultOptions) =>
      seen >= cutAfterParts || parts[next]?.type === "usage" || next === parts.length;
    /** Whether content was delivered. */
    const deliver = (): boolean => {
      const part = parts[next++];
      if (part === undefined) return false;
      const content = isContent(part);
      if (content) seen++;
      receiver.parts([part]);
      return content;
    };
    const schedule = () => {
      stopTimer();
      if (!ended && !paused) stopTimer = clock.after(delayMs, run);
    };

    if (cancellation.reason === undefined) {
      offCancel = cancellation.onCancel(cancel);
      if (delayMs > 0) schedule();
      else queueMicrotask(run);
    } else {
      const { reason } = cancellation;
      queueMicrotask(() => cancel(reason));
    }
    return {
      pause() {
        paused = true;
        stopTimer();
      },
      resume() {
        if (!paused) return;
        paused = false;
        if (delayMs > 0) schedule();
        else queueMicrotask(run);
      },
      cancel,
    };
  };
}
