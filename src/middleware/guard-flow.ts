/** A streamed answer behind its guards: one end, told after the vendor has been let go, also while a guard still thinks. */

import type { Batch, Flow, Outcome, Receiver, Reply } from "../contract/reply.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { Part } from "../contract/part.ts";
import type { Clock } from "../contract/services.ts";
import { loomError, toLoomError } from "../errors/index.ts";
import { endedBy, streamedReply } from "../kernel/index.ts";
import type { GuardedAnswer } from "./guard-answer.ts";

/** A source that was told to stop and has not ended by then is not waited for. */
const graceMs = 1_000;

/** What the vendor wrote stays behind: the reply that this gives has no words but its parts. */
export function guardedStream(reply: Reply, answer: GuardedAnswer, clock: Clock): Reply {
  return streamedReply(reply, (receiver) => new GuardedFlow(reply, answer, clock, receiver));
}

class GuardedFlow implements Receiver, Flow {
  readonly #flow: Flow;
  readonly #answer: GuardedAnswer;
  readonly #clock: Clock;
  readonly #receiver: Receiver;
  /** What ended it here; the source's own end is waited for. */
  #fault: LoomErrorLike | undefined;
  #sourceEnded = false;
  #done = false;
  #stopTimer: (() => void) | undefined;

  constructor(reply: Reply, answer: GuardedAnswer, clock: Clock, receiver: Receiver) {
    this.#answer = answer;
    this.#clock = clock;
    this.#receiver = receiver;
    this.#flow = reply.flow(this);
  }

  parts(batch: Batch): void {
    if (this.#done || this.#fault !== undefined) return;
    let passed: readonly Part[];
    try {
      passed = this.#answer.add(batch);
    } catch (error) {
      return this.#fail(toLoomError(error, "a guard"));
    }
    if (passed.length > 0) this.#receiver.parts(passed);
  }

  end(outcome: Outcome): void {
    this.#sourceEnded = true;
    if (this.#done) return;
    if (this.#fault !== undefined) return this.#finish(endedBy(this.#fault));
    // What is held of an answer that broke may be the half of what is looked for.
    if (outcome.status !== "ok") return this.#finish(outcome);
    try {
      const rest = this.#answer.end();
      if (!(rest instanceof Promise)) return this.#deliver(rest);
      rest.then(
        (parts) => this.#deliver(parts),
        (error) => this.#finish(endedBy(toLoomError(error, "a guard"))),
      );
    } catch (error) {
      this.#finish(endedBy(toLoomError(error, "a guard")));
    }
  }

  #deliver(parts: readonly Part[]): void {
    if (this.#done) return;
    if (parts.length > 0) this.#receiver.parts(parts);
    this.#finish({ status: "ok" });
  }

  #fail(fault: LoomErrorLike): void {
    this.#fault = fault;
    // The vendor has done nothing wrong, and its attempt does not count as failed.
    this.#flow.cancel(loomError("aborted", "a guard ended the answer", {}));
    if (this.#done) return;
    this.#stopTimer = this.#clock.after(graceMs, () => this.#finish(endedBy(fault)), { background: true });
  }

  #finish(outcome: Outcome): void {
    if (this.#done) return;
    this.#done = true;
    this.#stopTimer?.();
    this.#answer.record();
    this.#receiver.end(outcome);
  }

  pause(): void {
    if (this.#fault === undefined) this.#flow.pause();
  }

  resume(): void {
    this.#flow.resume();
  }

  cancel(reason: LoomErrorLike): void {
    // Only a guard is still waited for.
    if (this.#sourceEnded) this.#finish(endedBy(reason));
    else this.#flow.cancel(reason);
  }
}
