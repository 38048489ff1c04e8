/** Waiting for a guard that needs time: not past its budget, and not past the end of the call. */

import type { Cancellation } from "../contract/cancellation.ts";
import type { Clock } from "../contract/services.ts";
import { abortedError, type Canceller } from "../kernel/index.ts";
import { LateGuard } from "./guard-rule.ts";

/**
 * Settles as `asked` does. What the guard itself does under `own` is given up when its time is over.
 *
 * @throws LateGuard; the call's own reason, when that is cancelled first
 */
export function inBudget<T>(
  asked: Promise<T>,
  budgetMs: number,
  { cancellation, own, clock }: {
    readonly cancellation: Cancellation;
    readonly own: Canceller;
    readonly clock: Clock;
  },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = () => (stopTimer(), stopListening());
    const stopTimer = clock.after(budgetMs, () => {
      stopListening();
      const late = new LateGuard(`the guard did not judge within ${budgetMs} ms`);
      reject(late);
      own.cancel(abortedError(late));
    }, { background: true });
    let stopListening = () => {};
    stopListening = cancellation.onCancel((reason) => {
      stopTimer();
      reject(reason);
      own.cancel(reason);
    });
    asked.then((value) => (done(), resolve(value)), (error) => (done(), reject(error)));
  });
}

/** Most texts of one call that a guard is asked about at the same time. */
const width = 8;

/**
 * Asks about each text, in order while the answers come at once, and about a few at a time where they do not. The first that
 * fails ends it.
 */
export function judgeEach<T, V>(texts: readonly T[], judge: (text: T) => V | Promise<V>): V[] | Promise<V[]> {
  const verdicts: V[] = [];
  let next = 0;
  while (next < texts.length) {
    const at = next++;
    const verdict = judge(texts[at] as T);
    if (isThenable(verdict)) return restOf(at, verdict);
    verdicts[at] = verdict;
  }
  return verdicts;

  async function restOf(at: number, first: Promise<V>): Promise<V[]> {
    let failed = false;
    const lane = async (pending?: Promise<V>) => {
      if (pending !== undefined) verdicts[at] = await pending;
      while (next < texts.length && !failed) {
        const mine = next++;
        verdicts[mine] = await judge(texts[mine] as T);
      }
    };
    const lanes = [lane(first)];
    while (lanes.length < width && next < texts.length) lanes.push(lane());
    try {
      await Promise.all(lanes);
    } catch (error) {
      failed = true;
      throw error;
    }
    return verdicts;
  }
}

export function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
