/** Makes replies: whole ones that are just their parts, and streamed ones that start a source when they are read. */

import type { Flow, Origin, Outcome, Receiver, Reply, Verbatim } from "../contract/reply.ts";
import type { Part } from "../contract/part.ts";
import type { Target } from "../contract/target.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import { abortedError } from "./cancellation.ts";
import { loomError } from "../errors/index.ts";

/** What a reply says besides its content. */
export interface ReplyHead {
  readonly target: Target;
  readonly origin: Origin;
  readonly requestId?: string | undefined;
}

const ok: Outcome = { status: "ok" };

/** A reply whose parts are all here. `verbatim`: only where they are what the vendor wrote. */
export function wholeReply(head: ReplyHead, parts: readonly Part[], verbatim?: Verbatim): Reply {
  return new WholeReply(head, parts, verbatim);
}

/** A reply that streams from `source`, which is started when somebody reads. */
export function streamedReply(
  head: ReplyHead,
  source: (receiver: Receiver) => Flow,
  verbatim?: Verbatim,
): Reply {
  return new StreamedReply(head, source, verbatim);
}

/** The parts of a whole reply, delivered as a stream would: what a cache hit is to a caller who streams. */
export function replay(head: ReplyHead, parts: readonly Part[]): Reply {
  return streamedReply(head, (receiver) => deliver(parts, receiver));
}

class WholeReply implements Reply {
  readonly target: Target;
  readonly origin: Origin;
  declare readonly requestId?: string;
  readonly parts: readonly Part[];
  declare readonly verbatim?: Verbatim;

  constructor(head: ReplyHead, parts: readonly Part[], verbatim: Verbatim | undefined) {
    this.target = head.target;
    this.origin = head.origin;
    if (head.requestId !== undefined) this.requestId = head.requestId;
    if (verbatim !== undefined) this.verbatim = verbatim;
    this.parts = parts;
  }

  flow(receiver: Receiver): Flow {
    return deliver(this.parts, receiver);
  }
}

class StreamedReply implements Reply {
  readonly target: Target;
  readonly origin: Origin;
  declare readonly requestId?: string;
  declare readonly verbatim?: Verbatim;
  #source: ((receiver: Receiver) => Flow) | undefined;

  constructor(head: ReplyHead, source: (receiver: Receiver) => Flow, verbatim: Verbatim | undefined) {
    this.target = head.target;
    this.origin = head.origin;
    if (head.requestId !== undefined) this.requestId = head.requestId;
    if (verbatim !== undefined) this.verbatim = verbatim;
    this.#source = source;
  }

  flow(receiver: Receiver): Flow {
    const source = this.#source;
    if (source === undefined) throw loomError("internal", "a streamed reply was read twice", {});
    this.#source = undefined;
    return source(receiver);
  }
}

/** Delivers parts that are already here, one turn later, honouring pause and cancel. */
function deliver(parts: readonly Part[], receiver: Receiver): Flow {
  let paused = false;
  let ended = false;
  const run = () => {
    if (ended || paused) return;
    ended = true;
    if (parts.length > 0) receiver.parts(parts);
    receiver.end(ok);
  };
  queueMicrotask(run);
  return {
    pause: () => void (paused = true),
    resume: () => {
      if (!paused) return;
      paused = false;
      queueMicrotask(run);
    },
    cancel: (reason) => {
      if (ended) return;
      ended = true;
      receiver.end(endedBy(reason));
    },
  };
}

/** The outcome of a flow that was given up: a passed deadline is a failure, a caller who left is not. */
export function endedBy(reason: LoomErrorLike): Outcome {
  return reason.code === "aborted"
    ? { status: "cancelled", error: reason }
    : { status: "failed", error: reason };
}

/** Reads a reply to its end. @throws what broke it */
export function collect(reply: Reply): Promise<readonly Part[]> {
  if (reply.parts !== undefined) return Promise.resolve(reply.parts);
  return new Promise((resolve, reject) => {
    const parts: Part[] = [];
    reply.flow({
      parts: (batch) => {
        // One by one: a batch of very many parts would not fit the stack as arguments.
        for (const part of batch) parts.push(part);
      },
      end: (outcome) => outcome.status === "ok" ? resolve(parts) : reject(outcome.error),
    });
  });
}

/** Lets go of a reply that nobody will read. */
export function discard(reply: Reply): void {
  if (reply.parts !== undefined) return;
  reply.flow({ parts: () => {}, end: () => {} }).cancel(abortedError());
}
