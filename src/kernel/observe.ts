/** Looks at a reply, or rewrites it, on its way out: one synchronous call per batch, for whole and streamed alike. */

import type { Batch, Outcome, Reply, Verbatim } from "../contract/reply.ts";
import type { Part } from "../contract/part.ts";
import { toLoomError } from "../errors/index.ts";
import { endedBy, type ReplyHead, streamedReply, wholeReply } from "./reply.ts";

/** What `observe` calls. Either may be left out. */
export interface Observer {
  part?(part: Part): void;
  /** Once, when the reply has ended, however it ended. */
  end?(outcome: Outcome): void;
}

const ok: Outcome = { status: "ok" };

/**
 * Watches a reply without changing it. For a whole reply the calls come at once.
 *
 * An observer that throws fails the reply with `internal`; the source is let go.
 */
export function observe(reply: Reply, observer: Observer): Reply {
  const { parts } = reply;
  if (parts !== undefined) {
    let ended = false;
    try {
      if (observer.part !== undefined) { for (const part of parts) observer.part(part); }
      ended = true;
      observer.end?.(ok);
    } catch (error) {
      const fault = toLoomError(error, "an observer of the reply");
      if (!ended) observer.end?.(endedBy(fault));
      throw fault;
    }
    return reply;
  }
  return tapped(reply, reply.verbatim, {
    batch: observer.part === undefined ? undefined : (batch) => {
      for (const part of batch) observer.part?.(part);
      return batch;
    },
    end: observer.end?.bind(observer),
  });
}

/** How `transform` rewrites. */
export interface Transformer {
  /** Gives the parts that go on in place of `batch`; may hold some back for later. */
  batch(batch: readonly Part[]): readonly Part[];
  /** The source ended well: gives what was held back. */
  flush?(): readonly Part[];
}

/** Rewrites a reply on its way out. A transformer that throws fails the reply with what it threw. */
export function transform(reply: Reply, transformer: Transformer): Reply {
  if (reply.parts !== undefined) {
    try {
      const parts = transformer.batch(reply.parts);
      return wholeReply(reply, transformer.flush === undefined ? parts : [...parts, ...transformer.flush()]);
    } catch (error) {
      throw toLoomError(error, "a middleware reading the reply");
    }
  }
  return tapped(reply, undefined, {
    batch: (batch) => transformer.batch(batch),
    flush: transformer.flush?.bind(transformer),
  });
}

interface Tap {
  readonly batch?: ((batch: Batch) => Batch) | undefined;
  readonly flush?: (() => readonly Part[]) | undefined;
  readonly end?: ((outcome: Outcome) => void) | undefined;
}

/** Puts a tap between a streamed reply and its reader, keeping the promise of exactly one end. */
function tapped(reply: Reply, verbatim: Verbatim | undefined, tap: Tap): Reply {
  const head: ReplyHead = reply;
  return streamedReply(head, (receiver) => {
    let done = false;
    const finish = (outcome: Outcome) => {
      if (done) return;
      done = true;
      let final = outcome;
      try {
        tap.end?.(outcome);
      } catch (error) {
        if (outcome.status === "ok") final = endedBy(toLoomError(error, "an observer of the reply"));
      }
      receiver.end(final);
    };
    const flow = reply.flow({
      parts(batch) {
        if (done) return;
        let passed = batch;
        if (tap.batch !== undefined) {
          try {
            passed = tap.batch(batch);
          } catch (error) {
            const fault = toLoomError(error, "a middleware reading the reply");
            finish(endedBy(fault));
            flow.cancel(fault);
            return;
          }
        }
        if (passed.length > 0 || passed.frames !== undefined) receiver.parts(passed);
      },
      end(outcome) {
        if (!done && outcome.status === "ok" && tap.flush !== undefined) {
          try {
            const rest = tap.flush();
            if (rest.length > 0) receiver.parts(rest);
          } catch (error) {
            finish(endedBy(toLoomError(error, "a middleware reading the reply")));
            return;
          }
        }
        finish(outcome);
      },
    });
    return flow;
  }, verbatim);
}
